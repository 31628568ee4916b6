//! The account's users, groups, roles and policies, and what they may do
//! (docs/cognito/identity-pools-and-iam.md §8–§11).
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod account;
mod decision;
mod keys;
mod oidc_providers;
mod policies;
mod saml_providers;
mod sessions;
mod simulation;
mod trust;
mod web_identities;

use poolhouse_testkit::{ApiError, Caller, TestServer, element, sign};
use poolhouse_wire::{iam, sts};

/// The account of tests.
const ACCOUNT: &str = "000000000000";

/// Lets an action through on every resource.
fn allow(action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
    )
}

/// The root, who asks for the account.
fn root(server: &TestServer) -> Caller<'_> {
    server.admin().of(&iam::SERVICE)
}

async fn ok(server: &TestServer, operation: &str, input: &[(&str, &str)]) -> String {
    match root(server).query(operation, input).await {
        Ok(xml) => xml,
        Err(error) => panic!("{operation} {input:?} answered {error:?}"),
    }
}

/// Status, code and text of a refusal.
async fn refused(server: &TestServer, operation: &str, input: &[(&str, &str)]) -> (u16, String, String) {
    told(root(server).query(operation, input).await)
}

#[track_caller]
fn told(answer: Result<String, ApiError>) -> (u16, String, String) {
    let ApiError { status, code, message } = answer.unwrap_err();
    (status, code, message)
}

/// What stands in the first element of that name.
#[track_caller]
fn text(xml: &str, name: &str) -> String {
    element(xml, name).unwrap_or_else(|| panic!("no {name} in {xml}"))
}

/// An access key of a user, and perhaps a session token.
pub(crate) struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

impl Keys {
    /// From an answer of CreateAccessKey, AssumeRole or GetSessionToken.
    fn of(xml: &str) -> Self {
        Self {
            id: text(xml, "AccessKeyId"),
            secret: text(xml, "SecretAccessKey"),
            token: element(xml, "SessionToken"),
        }
    }

    /// Whoever has them, asking about user pools.
    pub(crate) fn caller<'a>(&'a self, server: &'a TestServer) -> Caller<'a> {
        let keys = sign::Keys { access_key_id: &self.id, secret_access_key: &self.secret };
        let caller = server.admin().signing(keys);
        self.token.iter().fold(caller, |caller, token| caller.showing(token))
    }

    /// Who asks, as STS sees it.
    async fn arn(&self, server: &TestServer) -> String {
        let asked = self.caller(server).of(&sts::SERVICE).query("GetCallerIdentity", &[]).await;
        text(&asked.unwrap(), "Arn")
    }
}

/// A user with an access key and, if any, a policy.
pub(crate) async fn user(server: &TestServer, name: &str, policy: Option<&str>) -> Keys {
    ok(server, "CreateUser", &[("UserName", name)]).await;
    if let Some(document) = policy {
        let policy = [("UserName", name), ("PolicyName", "p"), ("PolicyDocument", document)];
        ok(server, "PutUserPolicy", &policy).await;
    }
    Keys::of(&ok(server, "CreateAccessKey", &[("UserName", name)]).await)
}
