//! What policies allow, and in which words they refuse.

use poolhouse_testkit::on_both;
use poolhouse_wire::iam;
use serde_json::json;

use super::{ACCOUNT, allow, ok, told, user};

fn denied(text: &str) -> (String, String) {
    ("AccessDeniedException".to_owned(), text.to_owned())
}

on_both! {
    // protocol §5.2
    async fn who_has_no_policy_may_do_nothing(server) {
        let (pool, keys) = (server.pool(json!({})).await, user(server, "ann", None).await);
        let ann = keys.caller(server);
        let who = format!("User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform:");
        let because = |action: &str| format!("because no identity-based policy allows the {action} action");
        assert_eq!(
            ann.refused("DescribeUserPool", json!({ "UserPoolId": pool })).await,
            denied(&format!(
                "{who} cognito-idp:DescribeUserPool on resource: arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{pool} {}",
                because("cognito-idp:DescribeUserPool")
            ))
        );
        assert_eq!(
            ann.refused("ListUserPools", json!({ "MaxResults": 1 })).await,
            denied(&format!("{who} cognito-idp:ListUserPools on resource: * {}", because("cognito-idp:ListUserPools")))
        );
        assert_eq!(
            ann.refused("CreateUserPool", json!({ "PoolName": "p" })).await,
            denied(&format!(
                "{who} cognito-idp:CreateUserPool on resource: arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/* {}",
                because("cognito-idp:CreateUserPool")
            ))
        );
        // A pool that there is not is not told from one that there is; constraints come first.
        let none = ann.refused("DescribeUserPool", json!({ "UserPoolId": "us-east-1_none" })).await;
        assert_eq!(none.0, "AccessDeniedException");
        assert_eq!(ann.refused("DescribeUserPool", json!({ "UserPoolId": "" })).await.0, "InvalidParameterException");
        // What needs no permission is not asked about.
        assert_eq!(keys.arn(server).await, format!("arn:aws:iam::{ACCOUNT}:user/ann"));
    }

    async fn a_change_of_a_policy_counts_from_the_next_call_on(server) {
        let keys = user(server, "ann", Some(&allow("cognito-idp:List*"))).await;
        let ann = keys.caller(server);
        let list = json!({ "MaxResults": 1 });
        ann.ok("ListUserPools", list.clone()).await;
        let deny = allow("*").replace("Allow", "Deny");
        ok(server, "PutUserPolicy", &[("UserName", "ann"), ("PolicyName", "no"), ("PolicyDocument", &deny)]).await;
        let (_, text) = ann.refused("ListUserPools", list.clone()).await;
        assert!(text.ends_with("on resource: * with an explicit deny in an identity-based policy"), "{text}");
        ok(server, "DeleteUserPolicy", &[("UserName", "ann"), ("PolicyName", "NO")]).await;
        ann.ok("ListUserPools", list.clone()).await;
        ok(server, "DeleteUserPolicy", &[("UserName", "ann"), ("PolicyName", "p")]).await;
        ann.refused("ListUserPools", list.clone()).await;
        // By a group, and by a managed policy of it.
        ok(server, "CreateGroup", &[("GroupName", "readers")]).await;
        let read = "arn:aws:iam::aws:policy/AmazonCognitoReadOnly";
        ok(server, "AttachGroupPolicy", &[("GroupName", "readers"), ("PolicyArn", read)]).await;
        ann.refused("ListUserPools", list.clone()).await;
        ok(server, "AddUserToGroup", &[("GroupName", "readers"), ("UserName", "ann")]).await;
        ann.ok("ListUserPools", list.clone()).await;
        // Within a boundary.
        let nothing = "arn:aws:iam::aws:policy/AmazonCognitoUnauthenticatedIdentities";
        ok(server, "PutUserPermissionsBoundary", &[("UserName", "ann"), ("PermissionsBoundary", nothing)]).await;
        let (_, text) = ann.refused("ListUserPools", list.clone()).await;
        assert!(text.ends_with("because no permissions boundary allows the cognito-idp:ListUserPools action"), "{text}");
        ok(server, "DeleteUserPermissionsBoundary", &[("UserName", "ann")]).await;
        ann.ok("ListUserPools", list.clone()).await;
        ok(server, "RemoveUserFromGroup", &[("GroupName", "readers"), ("UserName", "ann")]).await;
        ann.refused("ListUserPools", list).await;
    }

    // protocol §5.3, observed: asked on the ARN, before it is looked whether there is such a group
    async fn whoever_names_a_role_needs_to_pass_it(server) {
        let pool = server.pool(json!({})).await;
        let keys = user(server, "ann", Some(&allow("cognito-idp:*"))).await;
        let ann = keys.caller(server);
        let role = format!("arn:aws:iam::{ACCOUNT}:role/editors");
        let group = json!({ "UserPoolId": pool, "GroupName": "editors", "RoleArn": role });
        let text = format!(
            "User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole action"
        );
        assert_eq!(ann.refused("CreateGroup", group.clone()).await, denied(&text));
        assert_eq!(ann.refused("UpdateGroup", group.clone()).await, denied(&text));
        ann.ok("CreateGroup", json!({ "UserPoolId": pool, "GroupName": "editors" })).await;
        let pass = allow("iam:PassRole").replace(r#""*"}"#, &format!(r#""{role}"}}"#));
        ok(server, "PutUserPolicy", &[("UserName", "ann"), ("PolicyName", "q"), ("PolicyDocument", &pass)]).await;
        ann.ok("UpdateGroup", group).await;
    }

    // What keeps a helper of the administrators from becoming one of them.
    async fn who_may_attach_some_policies_attaches_no_others(server) {
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{{"ArnNotEquals":{{"iam:PolicyARN":"{admin}"}}}}}}}}"#
        );
        let keys = user(server, "ann", Some(&policy)).await;
        let ann = keys.caller(server).of(&iam::SERVICE);
        let attach = async |arn: &str| ann.query("AttachUserPolicy", &[("UserName", "ann"), ("PolicyArn", arn)]).await;
        attach("arn:aws:iam::aws:policy/AmazonCognitoReadOnly").await.unwrap();
        assert_eq!(told(attach(admin).await).1, "AccessDenied");
    }

    async fn who_is_renamed_must_be_allowed_both_names(server) {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:UpdateUser","Resource":"arn:aws:iam::{ACCOUNT}:user/interns/*"}}}}"#
        );
        let keys = user(server, "ann", Some(&policy)).await;
        ok(server, "CreateUser", &[("UserName", "bob"), ("Path", "/interns/")]).await;
        let ann = keys.caller(server).of(&iam::SERVICE);
        let bob = async |member: &str, value: &str| {
            ann.query("UpdateUser", &[("UserName", "bob"), (member, value)]).await
        };
        assert_eq!(told(bob("NewPath", "/admins/").await).1, "AccessDenied");
        bob("NewPath", "/interns/summer/").await.unwrap();
    }

    async fn a_role_is_passed_by_its_own_tags_and_a_pool_has_its_own_region(server) {
        let pool = server.pool(json!({ "UserPoolTags": { "passable": "yes" } })).await;
        let policy = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"cognito-idp:CreateGroup","Resource":"*","Condition":{
                "StringEquals":{"aws:RequestedRegion":"us-east-1"}}},
            {"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{
                "StringEquals":{"aws:ResourceTag/passable":"yes"}}}]}"#;
        let keys = user(server, "ann", Some(policy)).await;
        let ann = keys.caller(server);
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
        ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", trust)]).await;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
        let group = json!({ "UserPoolId": pool, "GroupName": "g", "RoleArn": role });
        let (_, text) = ann.refused("CreateGroup", group.clone()).await;
        assert!(text.contains("iam:PassRole"), "{text}");
        let tag = [("RoleName", "r"), ("Tags.member.1.Key", "passable"), ("Tags.member.1.Value", "yes")];
        ok(server, "TagRole", &tag).await;
        ann.ok("CreateGroup", group).await;
        // Two tags of which one would hide the other from a policy.
        let tags = json!({ "PoolName": "p", "UserPoolTags": { "team": "a", "Team": "b" } });
        assert_eq!(server.admin().refused("CreateUserPool", tags).await.0, "UserPoolTaggingException");
    }

    async fn policies_know_tags_and_where_a_request_comes_from(server) {
        let settings = json!({ "UserPoolTags": { "team": "blue" } });
        let (blue, other) = (server.pool(settings).await, server.pool(json!({})).await);
        let policy = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"cognito-idp:DescribeUserPool","Resource":"*","Condition":{
                "StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"},
                "IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}},
            {"Effect":"Allow","Action":"cognito-idp:TagResource","Resource":"*","Condition":{
                "StringEquals":{"aws:RequestTag/team":"blue"},
                "ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}]}"#;
        let keys = user(server, "ann", Some(policy)).await;
        ok(server, "TagUser", &[("UserName", "ann"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")]).await;
        let (near, far) = (keys.caller(server).at("192.0.2.7"), keys.caller(server).at("198.51.100.1"));
        near.ok("DescribeUserPool", json!({ "UserPoolId": blue })).await;
        far.refused("DescribeUserPool", json!({ "UserPoolId": blue })).await;
        near.refused("DescribeUserPool", json!({ "UserPoolId": other })).await;
        near.refused("DescribeUserPool", json!({ "UserPoolId": "us-east-1_none" })).await;
        let arn = format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{other}");
        let tag = |tags| json!({ "ResourceArn": arn, "Tags": tags });
        near.refused("TagResource", tag(json!({ "team": "red" }))).await;
        near.refused("TagResource", tag(json!({ "team": "blue", "more": "" }))).await;
        near.ok("TagResource", tag(json!({ "team": "blue" }))).await;
        near.ok("DescribeUserPool", json!({ "UserPoolId": other })).await;
    }

    // identity-pools-and-iam §10.3: of IAM itself the resource is named without its ARN
    async fn the_account_is_guarded_as_all_else(server) {
        let own = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::{ACCOUNT}:user/team/${{aws:username}}"}}}}"#
        );
        let keys = user(server, "ann", Some(&own)).await;
        let ann = keys.caller(server).of(&iam::SERVICE);
        let refusal = told(ann.query("GetUser", &[]).await);
        assert_eq!((refusal.0, refusal.1.as_str()), (403, "AccessDenied"));
        ok(server, "UpdateUser", &[("UserName", "ann"), ("NewPath", "/team/")]).await;
        ann.query("GetUser", &[]).await.unwrap();
        ann.query("CreateAccessKey", &[("UserName", "Ann")]).await.unwrap();
        let (_, _, text) = told(ann.query("DeleteUser", &[("UserName", "bob")]).await);
        let who = format!("User: arn:aws:iam::{ACCOUNT}:user/team/ann is not authorized to perform:");
        assert!(text.starts_with(&format!("{who} iam:DeleteUser on resource: user bob because")), "{text}");
    }

    // protocol §5: a signature on what nobody signs is no principal
    async fn operations_for_users_are_not_asked_about(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let keys = user(server, "ann", Some(&allow("*").replace("Allow", "Deny"))).await;
        let wrong = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": { "USERNAME": "u", "PASSWORD": "p" } });
        assert_ne!(keys.caller(server).refused("InitiateAuth", wrong).await.0, "AccessDeniedException");
    }
}
