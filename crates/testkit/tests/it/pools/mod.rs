//! User pools: their defaults, changes, lists, MFA configuration, tags and certificates.

pub(crate) mod certificate;
mod create;
mod defaults;
mod delete;
mod list;
mod mfa;
mod schema;
mod tags;
mod tiers;
mod update;

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

/// What DescribeUserPool answers.
async fn describe(server: &TestServer, pool: &str) -> Value {
    server.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await["UserPool"].clone()
}

/// Calls an operation that must answer `InvalidParameterException`; returns the text.
async fn invalid(server: &TestServer, operation: &str, input: Value) -> String {
    let (code, text) = server.admin().refused(operation, input).await;
    assert_eq!(code, "InvalidParameterException", "{text}");
    text
}

/// One object made of two; the second wins.
fn merged(mut first: Value, second: Value) -> Value {
    if let (Some(into), Value::Object(from)) = (first.as_object_mut(), second) {
        into.extend(from);
    }
    first
}

/// An SMS configuration that is valid.
fn sms() -> Value {
    json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" })
}

/// An e-mail configuration with a sender of one's own.
fn own_sender() -> Value {
    let arn = "arn:aws:ses:us-east-1:000000000000:identity/example.com";
    json!({ "EmailSendingAccount": "DEVELOPER", "SourceArn": arn })
}
