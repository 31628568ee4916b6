//! What policies would say, and what the account has.

use poolhouse_testkit::{element, on_both};
use poolhouse_wire::sts;

use super::{ACCOUNT, allow, ok, refused, text, told, user};

const READ: &str = r#"{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"},
{"Effect":"Deny","Action":"cognito-idp:ListGroups","Resource":"*"}]}"#;

fn pool(id: &str) -> String {
    format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{id}")
}

/// How often a text stands in another.
fn count(xml: &str, part: &str) -> usize {
    xml.matches(part).count()
}

on_both! {
    // identity-pools-and-iam §10.4
    async fn a_simulation_names_the_statements_that_decide(server) {
        let ask = async |more: &[(&str, &str)]| {
            let mut input = vec![("PolicyInputList.member.1", READ)];
            input.extend(more);
            ok(server, "SimulateCustomPolicy", &input).await
        };
        let allowed = ask(&[("ActionNames.member.1", "cognito-idp:ListUserPools")]).await;
        assert_eq!((text(&allowed, "EvalDecision"), text(&allowed, "EvalResourceName")), ("allowed".to_owned(), "*".to_owned()));
        assert_eq!((text(&allowed, "SourcePolicyId"), text(&allowed, "SourcePolicyType")), ("PolicyInputList.1".to_owned(), "IAM Policy".to_owned()));
        let place = "<StartPosition><Line>1</Line><Column>38</Column></StartPosition><EndPosition><Line>2</Line><Column>63</Column></EndPosition>";
        assert!(allowed.contains(place), "{allowed}");
        assert_eq!(element(&allowed, "ResourceSpecificResults"), None);
        let denied = ask(&[("ActionNames.member.1", "cognito-idp:ListGroups")]).await;
        assert_eq!(text(&denied, "EvalDecision"), "explicitDeny");
        assert_eq!(count(&denied, "<SourcePolicyId>"), 1);
        assert!(denied.contains("<Line>3</Line>"), "{denied}");
        let nothing = ask(&[("ActionNames.member.1", "cognito-idp:CreateGroup")]).await;
        assert_eq!(text(&nothing, "EvalDecision"), "implicitDeny");
        assert!(nothing.contains("<MatchedStatements></MatchedStatements>") || nothing.contains("<MatchedStatements/>"), "{nothing}");
    }

    // identity-pools-and-iam §10.4, documented: one result for an action, the strictest of its resources'
    async fn resources_are_judged_one_by_one(server) {
        let (mine, other) = (pool("us-east-1_mine"), pool("us-east-1_other"));
        let document = allow("cognito-idp:*").replace(r#""Resource":"*""#, &format!(r#""Resource":"{mine}""#));
        let answer = ok(server, "SimulateCustomPolicy", &[
            ("PolicyInputList.member.1", &document), ("ActionNames.member.1", "cognito-idp:CreateGroup"),
            ("ResourceArns.member.1", &mine), ("ResourceArns.member.2", &other),
        ]).await;
        assert_eq!((count(&answer, "<EvalActionName>"), text(&answer, "EvalDecision")), (1, "implicitDeny".to_owned()));
        let each = text(&answer, "ResourceSpecificResults");
        assert!(each.contains(&format!("<EvalResourceName>{mine}</EvalResourceName><EvalResourceDecision>allowed<")), "{each}");
        assert!(each.contains(&format!("<EvalResourceName>{other}</EvalResourceName><EvalResourceDecision>implicitDeny<")), "{each}");
    }

    async fn what_is_not_known_of_a_request_is_named(server) {
        let document = allow("iam:*").replace(
            r#""Resource":"*""#,
            r#""Resource":"arn:aws:iam::000000000000:user/${aws:username}","Condition":{"Bool":{"aws:SecureTransport":"true"},"ForAllValues:StringLike":{"aws:TagKeys":"a*"}}"#,
        );
        let keys = ok(server, "GetContextKeysForCustomPolicy", &[("PolicyInputList.member.1", &document)]).await;
        assert_eq!(text(&keys, "ContextKeyNames"), "<member>aws:username</member><member>aws:SecureTransport</member><member>aws:TagKeys</member>");
        let ann = format!("arn:aws:iam::{ACCOUNT}:user/ann");
        let base = [("PolicyInputList.member.1", document.as_str()), ("ActionNames.member.1", "iam:GetUser"), ("ResourceArns.member.1", &ann)];
        let ask = async |more: &[(&str, &str)]| {
            let mut input = base.to_vec();
            input.extend(more);
            ok(server, "SimulateCustomPolicy", &input).await
        };
        let unknown = ask(&[]).await;
        assert_eq!(text(&unknown, "EvalDecision"), "implicitDeny");
        let named = "<MissingContextValues><member>aws:username</member><member>aws:SecureTransport</member><member>aws:TagKeys</member></MissingContextValues>";
        assert!(text(&unknown, "ResourceSpecificResults").contains(named), "{unknown}");
        let entries = [
            ("CallerArn", ann.as_str()),
            ("ContextEntries.member.1.ContextKeyName", "aws:securetransport"), ("ContextEntries.member.1.ContextKeyType", "boolean"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", "true"),
            ("ContextEntries.member.2.ContextKeyName", "aws:TagKeys"), ("ContextEntries.member.2.ContextKeyType", "stringList"),
            ("ContextEntries.member.2.ContextKeyValues.member.1", "ab"), ("ContextEntries.member.2.ContextKeyValues.member.2", "ac"),
        ];
        let known = ask(&entries).await;
        assert_eq!(text(&known, "EvalDecision"), "allowed");
        assert!(!known.contains("<member>aws:"), "{known}");
    }

    async fn a_boundary_and_an_organization_bound_what_is_simulated(server) {
        let base = [("PolicyInputList.member.1", allow("*")), ("ActionNames.member.1", "iam:GetUser".to_owned())];
        let ask = async |more: &[(&str, &str)]| {
            let mut input: Vec<(&str, &str)> = base.iter().map(|(name, value)| (*name, value.as_str())).collect();
            input.extend(more);
            ok(server, "SimulateCustomPolicy", &input).await
        };
        let elsewhere = allow("cognito-idp:*");
        let bounded = ask(&[("PermissionsBoundaryPolicyInputList.member.1", &elsewhere)]).await;
        assert_eq!((text(&bounded, "EvalDecision"), text(&bounded, "AllowedByPermissionsBoundary")), ("implicitDeny".to_owned(), "false".to_owned()));
        let level = "OrderedOrganizationPolicyInputList.member.1.ServiceControlPolicyInputList.member.1";
        let above = ask(&[(level, &elsewhere)]).await;
        assert_eq!((text(&above, "EvalDecision"), text(&above, "AllowedByOrganizations")), ("implicitDeny".to_owned(), "false".to_owned()));
        let above = ask(&[(level, &allow("*"))]).await;
        assert_eq!((text(&above, "EvalDecision"), text(&above, "AllowedByOrganizations")), ("allowed".to_owned(), "true".to_owned()));
    }

    async fn a_principal_is_simulated_with_what_it_has(server) {
        user(server, "ann", Some(&allow("iam:GetUser"))).await;
        ok(server, "CreateGroup", &[("GroupName", "g")]).await;
        ok(server, "AttachGroupPolicy", &[("GroupName", "g"), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonCognitoReadOnly")]).await;
        ok(server, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]).await;
        let ann = format!("arn:aws:iam::{ACCOUNT}:user/ann");
        let ask = async |action: &str, more: &[(&str, &str)]| {
            let mut input = vec![("PolicySourceArn", ann.as_str()), ("ActionNames.member.1", action)];
            input.extend(more);
            ok(server, "SimulatePrincipalPolicy", &input).await
        };
        assert_eq!(text(&ask("iam:GetUser", &[]).await, "SourcePolicyId"), "user_ann_p");
        assert_eq!(text(&ask("cognito-idp:ListUsers", &[]).await, "SourcePolicyId"), "AmazonCognitoReadOnly");
        let without = [("PolicyExclusionList.member.1.PolicyType", "aws-managed"), ("PolicyExclusionList.member.1.PolicyArn", "arn:aws:iam::aws:policy/AmazonCognitoReadOnly")];
        assert_eq!(text(&ask("cognito-idp:ListUsers", &without).await, "EvalDecision"), "implicitDeny");
        let inline = "PolicyExclusionList.member.1.InlinePolicyIdentifier";
        let names = ["PolicyName", "AttachmentType", "AttachmentName"].map(|member| format!("{inline}.{member}"));
        let without = [("PolicyExclusionList.member.1.PolicyType", "inline"), (&names[0], "p"), (&names[1], "user"), (&names[2], "Ann")];
        assert_eq!(text(&ask("iam:GetUser", &without).await, "EvalDecision"), "implicitDeny");
        assert_eq!(text(&ask("iam:CreateUser", &[("PolicyInputList.member.1", &allow("iam:*"))]).await, "SourcePolicyId"), "PolicyInputList.1");
        ok(server, "PutUserPermissionsBoundary", &[("UserName", "ann"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonCognitoPowerUser")]).await;
        assert_eq!(text(&ask("iam:GetUser", &[]).await, "AllowedByPermissionsBoundary"), "false");
        let group = ok(server, "SimulatePrincipalPolicy", &[("PolicySourceArn", &format!("arn:aws:iam::{ACCOUNT}:group/g")), ("ActionNames.member.1", "cognito-idp:ListUsers")]).await;
        assert_eq!(text(&group, "EvalDecision"), "allowed");
        let keys = ok(server, "GetContextKeysForPrincipalPolicy", &[("PolicySourceArn", &ann), ("PolicyInputList.member.1", &allow("*").replace(r#""*"}"#, r#""arn:aws:iam::1:user/${aws:username}"}"#))]).await;
        assert_eq!(text(&keys, "ContextKeyNames"), "<member>aws:username</member>");
    }

    async fn what_cannot_be_simulated_is_refused(server) {
        let action = ("ActionNames.member.1", "iam:GetUser");
        let custom = async |more: &[(&str, &str)]| {
            let mut input = vec![("PolicyInputList.member.1", READ), action];
            input.extend(more);
            refused(server, "SimulateCustomPolicy", &input).await
        };
        for more in [
            ("PolicyInputList.member.2", "{}"), ("ResourcePolicy", READ), ("ResourceOwner", "123456789012"), ("CallerArn", "arn:aws:iam::000000000000:role/r"),
            ("ContextEntries.member.1.ContextKeyType", "string"),
        ] {
            let refusal = custom(&[more]).await;
            assert_eq!((refusal.0, refusal.1.as_str()), (400, "InvalidInput"), "{more:?} {refusal:?}");
        }
        let principal = async |arn: &str| refused(server, "SimulatePrincipalPolicy", &[("PolicySourceArn", arn), action]).await;
        let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/s");
        let unclear = format!("Invalid Entity Arn: {session} does not clearly define entity type and name.");
        assert_eq!(principal(&session).await, (400, "InvalidInput".to_owned(), unclear));
        let unknown = (404, "NoSuchEntity".to_owned(), "The user with name bob cannot be found.".to_owned());
        assert_eq!(principal(&format!("arn:aws:iam::{ACCOUNT}:user/bob")).await, unknown);
        let decode = server.admin().of(&sts::SERVICE).query("DecodeAuthorizationMessage", &[("EncodedMessage", "abc")]).await;
        assert_eq!(told(decode).1, "InvalidAuthorizationMessageException");
    }

    async fn simulations_come_in_pages(server) {
        let actions = ["iam:GetUser", "iam:GetRole", "iam:GetGroup"];
        let names: Vec<String> = (1..=3).map(|n| format!("ActionNames.member.{n}")).collect();
        let mut input = vec![("PolicyInputList.member.1", READ), ("MaxItems", "2")];
        input.extend(names.iter().map(String::as_str).zip(actions));
        let first = ok(server, "SimulateCustomPolicy", &input).await;
        assert_eq!((count(&first, "<EvalActionName>"), text(&first, "IsTruncated")), (2, "true".to_owned()));
        let marker = text(&first, "Marker");
        let mut next = input.clone();
        next.push(("Marker", &marker));
        let last = ok(server, "SimulateCustomPolicy", &next).await;
        assert_eq!((text(&last, "EvalActionName"), text(&last, "IsTruncated")), ("iam:GetGroup".to_owned(), "false".to_owned()));
        next.push(("ActionNames.member.4", "iam:GetPolicy"));
        assert_eq!(refused(server, "SimulateCustomPolicy", &next).await.1, "ValidationError");
    }

    // identity-pools-and-iam §10.4
    async fn the_whole_account_is_listed(server) {
        user(server, "ann", Some(&allow("iam:GetUser"))).await;
        ok(server, "CreateGroup", &[("GroupName", "g")]).await;
        ok(server, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]).await;
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
        ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", trust)]).await;
        let own = text(&ok(server, "CreatePolicy", &[("PolicyName", "own"), ("PolicyDocument", &allow("s3:*"))]).await, "Arn");
        ok(server, "AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", &own)]).await;
        let (mut marker, mut pages) = (None, Vec::new());
        loop {
            let mut input = vec![("MaxItems", "3"), ("Filter.member.1", "User"), ("Filter.member.2", "Group"), ("Filter.member.3", "Role"), ("Filter.member.4", "LocalManagedPolicy")];
            input.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = ok(server, "GetAccountAuthorizationDetails", &input).await;
            marker = element(&page, "Marker");
            pages.push(page);
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(pages.len(), 2);
        let (first, last) = (&pages[0], &pages[1]);
        let users = text(first, "UserDetailList");
        assert_eq!((text(&users, "UserName"), text(&users, "GroupList")), ("ann".to_owned(), "<member>g</member>".to_owned()));
        assert!(text(&users, "PolicyDocument").starts_with("%7B%22Version"));
        let roles = text(first, "RoleDetailList");
        assert_eq!((text(&roles, "RoleName"), text(&roles, "PolicyArn")), ("r".to_owned(), own));
        assert_eq!(text(&text(first, "GroupDetailList"), "GroupName"), "g");
        let policies = text(last, "Policies");
        assert_eq!((text(&policies, "AttachmentCount"), text(&policies, "IsDefaultVersion")), ("1".to_owned(), "true".to_owned()));
        let all = ok(server, "GetAccountAuthorizationDetails", &[]).await;
        assert!(all.contains("AdministratorAccess") && all.contains("<IsTruncated>false"), "{all}");
    }
}
