//! Temporary credentials (docs/cognito/identity-pools-and-iam.md §8).

use poolhouse_testkit::{ApiError, TestServer, on_both};
use poolhouse_wire::sts;
use serde_json::json;

use super::{ACCOUNT, Keys, allow, ok, told, user};

/// A role that the account's users may take if their policies say so, and what it may do.
async fn role(server: &TestServer, action: &str) -> String {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":["sts:AssumeRole","sts:TagSession"]}}}}"#
    );
    ok(server, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)]).await;
    ok(
        server,
        "PutRolePolicy",
        &[("RoleName", "r"), ("PolicyName", "p"), ("PolicyDocument", &allow(action))],
    )
    .await;
    format!("arn:aws:iam::{ACCOUNT}:role/r")
}

async fn assume(
    server: &TestServer,
    keys: &Keys,
    role: &str,
    more: &[(&str, &str)],
) -> Result<String, ApiError> {
    let mut input = vec![("RoleArn", role), ("RoleSessionName", "work")];
    input.extend(more);
    keys.caller(server).of(&sts::SERVICE).query("AssumeRole", &input).await
}

on_both! {
    async fn a_role_lends_its_permissions_for_a_while(server) {
        let role = role(server, "cognito-idp:List*").await;
        let ann = user(server, "ann", Some(&allow("sts:*"))).await;
        let list = json!({ "MaxResults": 1 });
        assert_eq!(ann.caller(server).refused("ListUserPools", list.clone()).await.0, "AccessDeniedException");
        let begun = assume(server, &ann, &role, &[("DurationSeconds", "900")]).await.unwrap();
        assert_eq!(super::text(&begun, "Expiration"), "2030-01-01T00:15:00Z");
        let session = Keys::of(&begun);
        assert!(session.id.starts_with("ASIA"));
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/work");
        assert_eq!(session.arn(server).await, arn);
        session.caller(server).ok("ListUserPools", list.clone()).await;
        let (code, text) = session.caller(server).refused("CreateUserPool", json!({ "PoolName": "p" })).await;
        assert_eq!(code, "AccessDeniedException");
        assert!(text.starts_with(&format!("User: {arn} is not authorized to perform: cognito-idp:CreateUserPool")), "{text}");
        // What of key and token does not belong together is unknown, and so is a key without its token.
        let other = Keys::of(&assume(server, &ann, &role, &[]).await.unwrap());
        for (id, token) in [(&session.id, &other.token), (&session.id, &None), (&session.id, &Some("x".to_owned()))] {
            let mixed = Keys { id: id.clone(), secret: session.secret.clone(), token: token.clone() };
            assert_eq!(mixed.caller(server).refused("ListUserPools", list.clone()).await.0, "UnrecognizedClientException");
        }
        server.clock().advance_seconds(899);
        session.caller(server).ok("ListUserPools", list.clone()).await;
        server.clock().advance_seconds(1);
        let expired = session.caller(server).refused("ListUserPools", list.clone()).await;
        assert_eq!(expired, ("ExpiredTokenException".to_owned(), "The security token included in the request is expired".to_owned()));
        // A role that is gone takes its sessions with it.
        other.caller(server).ok("ListUserPools", list.clone()).await;
        ok(server, "DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "p")]).await;
        assert_eq!(other.caller(server).refused("ListUserPools", list.clone()).await.0, "AccessDeniedException");
        ok(server, "DeleteRole", &[("RoleName", "r")]).await;
        assert_eq!(other.caller(server).refused("ListUserPools", list).await.0, "UnrecognizedClientException");
    }

    async fn who_may_not_assume_a_role_does_not_learn_whether_there_is_one(server) {
        let role = role(server, "*").await;
        let ann = user(server, "ann", None).await;
        let (status, code, text) = told(assume(server, &ann, &role, &[]).await);
        let words = format!("User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sts:AssumeRole on resource: {role}");
        assert_eq!((status, code.as_str()), (403, "AccessDenied"));
        assert!(text.starts_with(&words), "{text}");
        let (_, code, text) = told(assume(server, &ann, &format!("{role}2"), &[]).await);
        assert_eq!((code.as_str(), text), ("AccessDenied", format!("{words}2")));
        let root = server.admin().of(&sts::SERVICE).query("AssumeRole", &[("RoleArn", &role), ("RoleSessionName", "work")]).await;
        assert_eq!(told(root).2, "Roles may not be assumed by root accounts.");
    }

    async fn a_session_policy_bounds_a_session(server) {
        let role = role(server, "*").await;
        let ann = user(server, "ann", Some(&allow("sts:*"))).await;
        let list = json!({ "MaxResults": 1 });
        let bounded = assume(server, &ann, &role, &[("Policy", &allow("cognito-idp:ListUserPools"))]).await.unwrap();
        assert!(bounded.contains("<PackedPolicySize>"), "{bounded}");
        let session = Keys::of(&bounded);
        session.caller(server).ok("ListUserPools", list.clone()).await;
        let (_, text) = session.caller(server).refused("CreateUserPool", json!({ "PoolName": "p" })).await;
        assert!(text.ends_with("because no session policy allows the cognito-idp:CreateUserPool action"), "{text}");
        let read = [("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AmazonCognitoReadOnly")];
        let session = Keys::of(&assume(server, &ann, &role, &read).await.unwrap());
        session.caller(server).ok("ListUserPools", list).await;
        session.caller(server).refused("CreateUserPool", json!({ "PoolName": "p" })).await;
        assert_eq!(told(assume(server, &ann, &role, &[("Policy", "{}")]).await).1, "MalformedPolicyDocument");
    }

    // identity-pools-and-iam §8.2, recorded
    async fn tags_of_sessions_are_policies_business(server) {
        let role = role(server, "sts:*").await;
        let ann = user(server, "ann", Some(&allow("sts:*"))).await;
        let tag = |key, value| vec![("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
        let with = |mut tags: Vec<(&'static str, &'static str)>, more: &[(&'static str, &'static str)]| {
            tags.extend(more);
            tags
        };
        let twice = with(tag("a", "1"), &[("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "2")]);
        assert_eq!(
            told(assume(server, &ann, &role, &twice).await),
            (400, "InvalidParameterValue".to_owned(), "Duplicate tag keys found. Please note that Tag keys are case insensitive.".to_owned())
        );
        let missing = told(assume(server, &ann, &role, &[("TransitiveTagKeys.member.1", "a")]).await);
        assert_eq!(missing.2, "The specified transitive tag key must be included in the requested tags.");
        let tags = with(tag("team", "blue"), &[("TransitiveTagKeys.member.1", "team")]);
        let first = Keys::of(&assume(server, &ann, &role, &tags).await.unwrap());
        let conflict = told(assume(server, &first, &role, &tag("team", "red")).await);
        assert!(conflict.2.contains("conflicts with a transitive tag key from the calling session"), "{conflict:?}");
        let long = told(assume(server, &first, &role, &[("DurationSeconds", "3601")]).await);
        assert_eq!((long.0, long.1.as_str()), (400, "ValidationError"));
        assume(server, &first, &role, &[]).await.unwrap();
        let no_arn = told(assume(server, &ann, "x".repeat(20).as_str(), &[]).await);
        assert_eq!(no_arn, (400, "ValidationError".to_owned(), format!("{} is invalid", "x".repeat(20))));
    }

    async fn a_session_of_a_users_own_has_his_permissions(server) {
        let ann = user(server, "ann", Some(&allow("cognito-idp:*"))).await;
        let caller = ann.caller(server).of(&sts::SERVICE);
        let session = Keys::of(&caller.query("GetSessionToken", &[("DurationSeconds", "900")]).await.unwrap());
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        assert_eq!(session.arn(server).await, format!("arn:aws:iam::{ACCOUNT}:user/ann"));
        let again = session.caller(server).of(&sts::SERVICE).query("GetSessionToken", &[]).await;
        assert_eq!(told(again).1, "AccessDenied");
        let root = Keys::of(&server.admin().of(&sts::SERVICE).query("GetSessionToken", &[]).await.unwrap());
        root.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
    }
}
