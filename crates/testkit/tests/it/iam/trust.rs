//! Whom roles trust: people, not their names (docs/cognito/identity-pools-and-iam.md §9.1).

use poolhouse_testkit::{TestServer, on_both};
use poolhouse_wire::{iam, sts};
use serde_json::json;

use super::{ACCOUNT, Keys, allow, ok, refused, text, told, user};

fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

fn trusting(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}}}"#
    )
}

async fn assume(server: &TestServer, keys: &Keys, role: &str) -> Result<Keys, String> {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let input = [("RoleArn", role.as_str()), ("RoleSessionName", "work")];
    let begun = keys.caller(server).of(&sts::SERVICE).query("AssumeRole", &input).await;
    begun.map(|xml| Keys::of(&xml)).map_err(|error| error.code)
}

/// Takes away what hangs on a user, and him.
async fn remove(server: &TestServer, name: &str, keys: &Keys) {
    ok(server, "DeleteAccessKey", &[("UserName", name), ("AccessKeyId", &keys.id)]).await;
    ok(server, "DeleteUser", &[("UserName", name)]).await;
}

on_both! {
    async fn a_user_who_is_made_again_is_not_trusted_again(server) {
        let ann = user(server, "ann", None).await;
        ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trusting(&user_arn("ann")))]).await;
        assume(server, &ann, "r").await.unwrap();
        // A new name is the same user.
        ok(server, "UpdateUser", &[("UserName", "ann"), ("NewUserName", "anna")]).await;
        assume(server, &ann, "r").await.unwrap();
        let shown = text(&ok(server, "GetRole", &[("RoleName", "r")]).await, "AssumeRolePolicyDocument");
        assert!(shown.contains("user%2Fanna"), "{shown}");
        // Who takes the old name is not.
        let other = user(server, "ann", None).await;
        assert_eq!(assume(server, &other, "r").await.err().unwrap(), "AccessDenied");
        let id = text(&ok(server, "GetUser", &[("UserName", "anna")]).await, "UserId");
        remove(server, "anna", &ann).await;
        let again = user(server, "anna", None).await;
        assert_eq!(assume(server, &again, "r").await.err().unwrap(), "AccessDenied");
        for operation in ["ListRoles", "GetAccountAuthorizationDetails"] {
            let shown = text(&ok(server, operation, &[]).await, "AssumeRolePolicyDocument");
            assert!(shown.contains(&id) && !shown.contains("anna"), "{shown}");
        }
        // Saved anew, the document means who has the name now.
        ok(server, "UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", &trusting(&user_arn("anna")))]).await;
        assume(server, &again, "r").await.unwrap();
    }

    async fn roles_and_their_sessions_are_held_by_their_ids_as_well(server) {
        let ann = user(server, "ann", Some(&allow("sts:*"))).await;
        let base = trusting(ACCOUNT);
        ok(server, "CreateRole", &[("RoleName", "base"), ("AssumeRolePolicyDocument", &base)]).await;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/base");
        let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/base/work");
        for (name, principal) in [("by-role", &role), ("by-session", &session)] {
            ok(server, "CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &trusting(principal))]).await;
        }
        let first = assume(server, &ann, "base").await.unwrap();
        assume(server, &first, "by-role").await.unwrap();
        assume(server, &first, "by-session").await.unwrap();
        ok(server, "DeleteRole", &[("RoleName", "base")]).await;
        ok(server, "CreateRole", &[("RoleName", "base"), ("AssumeRolePolicyDocument", &base)]).await;
        let second = assume(server, &ann, "base").await.unwrap();
        assert_eq!(assume(server, &second, "by-role").await.err().unwrap(), "AccessDenied");
        assert_eq!(assume(server, &second, "by-session").await.err().unwrap(), "AccessDenied");
    }

    async fn nobody_is_trusted_who_is_not_there(server) {
        for principal in [user_arn("bob"), format!("arn:aws:sts::{ACCOUNT}:assumed-role/none/s"), "AIDA5BCDEFGHIJKLMNOPQ".to_owned()] {
            let refusal = refused(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trusting(&principal))]).await;
            let text = format!(r#"Invalid principal in policy: "AWS":"{principal}""#);
            assert_eq!(refusal, (400, "MalformedPolicyDocument".to_owned(), text));
        }
        // Nobody here can be of another account.
        let foreign = "arn:aws:iam::123456789012:user/bob";
        ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trusting(foreign))]).await;
    }

    // identity-pools-and-iam §8.2, §10.3
    async fn a_role_is_asked_for_by_its_tags_and_policies_come_after_the_permission(server) {
        let tagged = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{
            "StringEquals":{"aws:ResourceTag/team":"blue","iam:ResourceTag/team":"blue"}}}}"#;
        let ann = user(server, "ann", Some(tagged)).await;
        ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trusting(ACCOUNT))]).await;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
        let bad = async || {
            let input = [("RoleArn", role.as_str()), ("RoleSessionName", "work"), ("Policy", "{}")];
            told(ann.caller(server).of(&sts::SERVICE).query("AssumeRole", &input).await).1
        };
        assert_eq!(assume(server, &ann, "r").await.err().unwrap(), "AccessDenied");
        assert_eq!(bad().await, "AccessDenied");
        ok(server, "TagRole", &[("RoleName", "r"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")]).await;
        assume(server, &ann, "r").await.unwrap();
        assert_eq!(bad().await, "MalformedPolicyDocument");
    }

    async fn policies_are_known_by_their_tags_and_users_by_their_boundaries(server) {
        let read = "arn:aws:iam::aws:policy/AmazonCognitoReadOnly";
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"*","Condition":{{"StringEquals":{{"aws:ResourceTag/team":"blue"}}}}}},
                {{"Effect":"Allow","Action":["iam:PutUserPolicy","iam:CreateUser"],"Resource":"*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{read}"}}}}}}]}}"#
        );
        let ann = user(server, "ann", Some(&policy)).await;
        let ann = ann.caller(server).of(&iam::SERVICE);
        let arn = text(&ok(server, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &allow("s3:*"))]).await, "Arn");
        let document = allow("sqs:*");
        let version = [("PolicyArn", arn.as_str()), ("PolicyDocument", document.as_str())];
        assert_eq!(told(ann.query("CreatePolicyVersion", &version).await).1, "AccessDenied");
        ok(server, "TagPolicy", &[("PolicyArn", &arn), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "blue")]).await;
        ann.query("CreatePolicyVersion", &version).await.unwrap();
        // Nobody outside the boundary is given a policy.
        ok(server, "CreateUser", &[("UserName", "bob")]).await;
        let put = [("UserName", "bob"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
        assert_eq!(told(ann.query("PutUserPolicy", &put).await).1, "AccessDenied");
        ok(server, "PutUserPermissionsBoundary", &[("UserName", "bob"), ("PermissionsBoundary", read)]).await;
        ann.query("PutUserPolicy", &put).await.unwrap();
        assert_eq!(told(ann.query("CreateUser", &[("UserName", "eve")]).await).1, "AccessDenied");
        ann.query("CreateUser", &[("UserName", "eve"), ("PermissionsBoundary", read)]).await.unwrap();
    }

    // identity-pools-and-iam §8.2: what was begun with a key ends with it
    async fn sessions_of_a_users_own_end_with_the_key(server) {
        let ann = user(server, "ann", Some(&allow("cognito-idp:*"))).await;
        let other = Keys::of(&ok(server, "CreateAccessKey", &[("UserName", "ann")]).await);
        let session = async |keys: &Keys| {
            let begun = keys.caller(server).of(&sts::SERVICE).query("GetSessionToken", &[]).await;
            Keys::of(&begun.unwrap())
        };
        let (of_ann, of_other) = (session(&ann).await, session(&other).await);
        let list = json!({ "MaxResults": 1 });
        of_ann.caller(server).ok("ListUserPools", list.clone()).await;
        let status = async |status| {
            ok(server, "UpdateAccessKey", &[("UserName", "ann"), ("AccessKeyId", &ann.id), ("Status", status)]).await
        };
        status("Inactive").await;
        assert_eq!(of_ann.caller(server).refused("ListUserPools", list.clone()).await.0, "UnrecognizedClientException");
        of_other.caller(server).ok("ListUserPools", list.clone()).await;
        status("Active").await;
        of_ann.caller(server).ok("ListUserPools", list.clone()).await;
        ok(server, "DeleteAccessKey", &[("UserName", "ann"), ("AccessKeyId", &ann.id)]).await;
        assert_eq!(of_ann.caller(server).refused("ListUserPools", list.clone()).await.0, "UnrecognizedClientException");
        of_other.caller(server).ok("ListUserPools", list).await;
    }

    async fn denials_are_counted_by_action(server) {
        let ann = user(server, "ann", None).await;
        for _ in 0..2 {
            ann.caller(server).refused("ListUserPools", json!({ "MaxResults": 1 })).await;
        }
        ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trusting(ACCOUNT))]).await;
        assert_eq!(assume(server, &ann, "r").await.err().unwrap(), "AccessDenied");
        let counted: Vec<_> = server.engine().denials().figures().into_iter().collect();
        assert_eq!(counted, [("cognito-idp:ListUserPools", 2), ("sts:AssumeRole", 1)]);
    }
}
