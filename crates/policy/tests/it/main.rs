//! Documents and decisions, from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod decisions;
mod documents;
mod operators;
mod oracle;
mod properties;
mod trust;

use std::sync::Arc;

use poolhouse_policy::{Context, Policies, Policy, Request};
use serde_json::{Value, json};

pub(crate) const POOL: &str = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc";

/// A policy of version 2012-10-17 with these statements.
pub(crate) fn policy(statement: &Value) -> Arc<Policy> {
    let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    Arc::new(Policy::parse(&document).unwrap_or_else(|error| panic!("{document}: {error}")))
}

/// Whether one policy allows `cognito-idp:CreateGroup` on the pool.
pub(crate) fn allows(statement: &Value, context: &Context) -> bool {
    let policies = [policy(statement)];
    Policies::of(&policies).decide(&Request::new("cognito-idp:CreateGroup", POOL, context)).is_allowed()
}

/// Whether a condition holds.
pub(crate) fn holds(condition: &Value, context: &Context) -> bool {
    allows(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }), context)
}
