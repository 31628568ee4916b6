//! Threat protection: spec/operations-and-protection.md §9. What is not in the service model is a choice of ours.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod configuration;

use serde_json::{Value, json};

/// The settings of a pool with threat protection in this mode.
fn protected(mode: &str) -> Value {
    json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode } })
}

/// A refusal as code and text.
fn refusal(code: &str, text: &str) -> (String, String) {
    (code.to_owned(), text.to_owned())
}
