//! Identity pools: from a login to an identity, a role and credentials (docs/cognito/identity-pools-and-iam.md §1–§9).
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod admission;
mod credentials;
mod decision;
mod developers;
mod guests;
mod openid_connect;
mod pools;
mod role_choice;
mod roles;
mod saml;
mod social;
mod storm;
mod tokens;

use poolhouse_testkit::{Caller, TestServer, sign};
use poolhouse_wire::{iam, identity_pools};
use serde_json::{Value, json};

/// The account of tests.
const ACCOUNT: &str = "000000000000";

/// What `create` is told beside the name.
async fn identity_pool(server: &TestServer, settings: Value) -> String {
    let mut input = json!({ "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": false });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    text(&admin(server).ok("CreateIdentityPool", input).await["IdentityPoolId"])
}

/// The root, who asks for identity pools.
fn admin(server: &TestServer) -> Caller<'_> {
    server.admin().of(&identity_pools::SERVICE)
}

/// An app in a user's hands.
fn public(server: &TestServer) -> Caller<'_> {
    server.public().of(&identity_pools::SERVICE)
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A user pool with a client, as identity pools name it.
struct Users {
    pool: String,
    client: String,
    provider: String,
}

impl Users {
    async fn make(server: &TestServer) -> Self {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
        Self { pool, client, provider }
    }

    /// As CognitoIdentityProviders has it.
    fn configured(&self) -> Value {
        json!({ "ProviderName": self.provider, "ClientId": self.client })
    }

    /// What a role mapping is called.
    fn mapping(&self) -> String {
        format!("{}:{}", self.provider, self.client)
    }

    /// An ID token of a user who exists.
    async fn id_token(&self, server: &TestServer, user: &str) -> String {
        text(&server.sign_in(&self.client, user).await["IdToken"])
    }

    /// A user, and the logins that prove it.
    async fn logins(&self, server: &TestServer, user: &str) -> Value {
        server.user(&self.pool, user, json!({})).await;
        self.logins_by(&self.id_token(server, user).await)
    }

    fn logins_by(&self, token: &str) -> Value {
        json!({ self.provider.clone(): token })
    }
}

/// An identity pool whose users are those of a user pool.
async fn with_users(server: &TestServer, settings: Value) -> (Users, String) {
    let users = Users::make(server).await;
    let mut all = json!({ "CognitoIdentityProviders": [users.configured()] });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let id = identity_pool(server, all).await;
    (users, id)
}

async fn id(server: &TestServer, pool: &str, logins: &Value) -> String {
    let answer = public(server).ok("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await;
    text(&answer["IdentityId"])
}

/// A role that identities of the pool get if `amr` says so, with what it may do; returns its ARN.
async fn role(server: &TestServer, name: &str, pool: &str, amr: &str, policy: &str) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {
            "StringEquals": { "cognito-identity.amazonaws.com:aud": pool },
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": amr },
        },
    }]});
    trusted_role(server, name, &trust, policy).await
}

async fn trusted_role(server: &TestServer, name: &str, trust: &Value, policy: &str) -> String {
    let account = server.admin().of(&iam::SERVICE);
    let trust = trust.to_string();
    account.query("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)]).await.unwrap();
    let input = [("RoleName", name), ("PolicyName", "p"), ("PolicyDocument", policy)];
    account.query("PutRolePolicy", &input).await.unwrap();
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// Lets an action through on every resource.
fn allow(action: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" } })
        .to_string()
}

async fn set_roles(server: &TestServer, pool: &str, roles: Value, mappings: Value) {
    let input = json!({ "IdentityPoolId": pool, "Roles": roles, "RoleMappings": mappings });
    admin(server).ok("SetIdentityPoolRoles", input).await;
}

/// What an identity signs with.
struct Session {
    id: String,
    secret: String,
    token: String,
    expiration: i64,
}

impl Session {
    fn of(answer: &Value) -> Self {
        let credentials = &answer["Credentials"];
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
        let expiration = credentials["Expiration"].as_f64().unwrap() as i64;
        Self {
            id: text(&credentials["AccessKeyId"]),
            secret: text(&credentials["SecretKey"]),
            token: text(&credentials["SessionToken"]),
            expiration,
        }
    }

    async fn get(server: &TestServer, identity: &str, logins: &Value) -> Self {
        let input = json!({ "IdentityId": identity, "Logins": logins });
        Self::of(&public(server).ok("GetCredentialsForIdentity", input).await)
    }

    fn caller<'a>(&'a self, server: &'a TestServer) -> Caller<'a> {
        let keys = sign::Keys { access_key_id: &self.id, secret_access_key: &self.secret };
        server.admin().signing(keys).showing(&self.token)
    }
}
