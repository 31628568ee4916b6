//! Who may administer identity pools (identity-pools-and-iam §11).

use poolhouse_testkit::{Caller, TestServer, element, on_both, sign};
use poolhouse_wire::{iam, identity_pools};
use serde_json::{Value, json};

use super::{ACCOUNT, admin, allow, id, identity_pool, text};

/// A user with this policy.
struct User {
    id: String,
    secret: String,
}

impl User {
    async fn make(server: &TestServer, policy: &str) -> Self {
        let account = server.admin().of(&iam::SERVICE);
        account.query("CreateUser", &[("UserName", "ann")]).await.unwrap();
        let input = [("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", policy)];
        account.query("PutUserPolicy", &input).await.unwrap();
        let key = account.query("CreateAccessKey", &[("UserName", "ann")]).await.unwrap();
        Self { id: element(&key, "AccessKeyId").unwrap(), secret: element(&key, "SecretAccessKey").unwrap() }
    }

    fn caller<'a>(&'a self, server: &'a TestServer) -> Caller<'a> {
        admin(server).signing(sign::Keys { access_key_id: &self.id, secret_access_key: &self.secret })
    }
}

fn statements(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

async fn put(server: &TestServer, policy: &str) {
    let input = [("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", policy)];
    server.admin().of(&iam::SERVICE).query("PutUserPolicy", &input).await.unwrap();
}

on_both! {
    async fn a_policy_may_speak_of_one_pool_and_of_its_tags(server) {
        let (mine, other) = (identity_pool(server, json!({ "IdentityPoolTags": { "team": "blue" } })).await, identity_pool(server, json!({})).await);
        let ann = User::make(server, &allow("none:None")).await;
        let describe = |pool: &str| json!({ "IdentityPoolId": pool });
        let arn = |pool: &str| format!("arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{pool}");
        let (code, message) = ann.caller(server).refused("DescribeIdentityPool", describe(&mine)).await;
        assert_eq!(code, "AccessDeniedException");
        assert!(message.contains(&format!("cognito-identity:DescribeIdentityPool on resource: {}", arn(&mine))), "{message}");
        for policy in [
            statements(&json!([{ "Effect": "Allow", "Action": "cognito-identity:*", "Resource": arn(&mine) }])),
            statements(&json!([{
                "Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*",
                "Condition": { "StringEquals": { "aws:ResourceTag/team": "blue" } },
            }])),
        ] {
            put(server, &policy).await;
            ann.caller(server).ok("DescribeIdentityPool", describe(&mine)).await;
            ann.caller(server).ok("ListTagsForResource", json!({ "ResourceArn": arn(&mine) })).await;
            for refused in [
                ann.caller(server).refused("DescribeIdentityPool", describe(&other)).await,
                ann.caller(server).refused("ListTagsForResource", json!({ "ResourceArn": arn(&other) })).await,
                ann.caller(server).refused("ListIdentityPools", json!({ "MaxResults": 1 })).await,
            ] {
                assert_eq!(refused.0, "AccessDeniedException");
            }
        }
    }

    // protocol §5.3
    async fn whoever_sets_roles_must_be_allowed_to_pass_them(server) {
        let id = identity_pool(server, json!({})).await;
        let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let ann = User::make(server, &statements(&json!([
            { "Effect": "Allow", "Action": "cognito-identity:SetIdentityPoolRoles", "Resource": "*" },
            { "Effect": "Allow", "Action": "iam:PassRole", "Resource": role("member") },
        ]))).await;
        let set = |roles: Value| json!({ "IdentityPoolId": id, "Roles": roles });
        ann.caller(server).ok("SetIdentityPoolRoles", set(json!({ "authenticated": role("member") }))).await;
        let (code, text) = ann
            .caller(server)
            .refused("SetIdentityPoolRoles", set(json!({ "unauthenticated": role("admin") })))
            .await;
        assert_eq!(code, "AccessDeniedException");
        let words = format!("is not authorized to perform: iam:PassRole on resource: {}", role("admin"));
        assert!(text.contains(&words), "{text}");
        put(server, &allow("cognito-identity:SetIdentityPoolRoles")).await;
        ann.caller(server).ok("SetIdentityPoolRoles", set(json!({}))).await;
    }

    async fn identities_are_judged_by_their_pool(server) {
        let open = json!({ "AllowUnauthenticatedIdentities": true });
        let (mine, other) = (identity_pool(server, open.clone()).await, identity_pool(server, open).await);
        let (one, two) = (id(server, &mine, &json!({})).await, id(server, &other, &json!({})).await);
        let arn = format!("arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{mine}");
        let actions = json!(["cognito-identity:DescribeIdentity", "cognito-identity:DeleteIdentities"]);
        let ann = User::make(server, &statements(&json!([{
            "Effect": "Allow", "Action": actions, "Resource": "*",
            "Condition": { "StringEquals": { "cognito-identity:IdentityPoolArn": arn } },
        }]))).await;
        let described = ann.caller(server).ok("DescribeIdentity", json!({ "IdentityId": one })).await;
        assert_eq!(text(&described["IdentityId"]), one);
        let denied = ann.caller(server).refused("DescribeIdentity", json!({ "IdentityId": two })).await;
        assert_eq!(denied.0, "AccessDeniedException");
        let delete = |ids: Value| json!({ "IdentityIdsToDelete": ids });
        for ids in [json!([two]), json!([one, two])] {
            assert_eq!(ann.caller(server).refused("DeleteIdentities", delete(ids)).await.0, "AccessDeniedException");
        }
        // Nor does one that is allowed hide one that is denied.
        put(server, &statements(&json!([
            { "Effect": "Allow", "Action": actions, "Resource": "*" },
            {
                "Effect": "Deny", "Action": actions, "Resource": "*",
                "Condition": { "StringNotEquals": { "cognito-identity:IdentityPoolArn": arn } },
            },
        ]))).await;
        assert_eq!(ann.caller(server).refused("DeleteIdentities", delete(json!([one, two]))).await.0, "AccessDeniedException");
        ann.caller(server).ok("DeleteIdentities", delete(json!([one]))).await;
    }

    // identity-pools-and-iam §1: a signature is ignored where none is asked for
    async fn who_asks_for_an_identity_needs_no_signature(server) {
        let pool = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let ann = User::make(server, &allow("none:None")).await;
        let broken = sign::Keys { access_key_id: "AKIAUNKNOWN000000000", secret_access_key: "x" };
        for caller in [ann.caller(server), server.admin().of(&identity_pools::SERVICE).signing(broken)] {
            caller.ok("GetId", json!({ "IdentityPoolId": pool })).await;
        }
    }
}
