//! What a provider says of somebody, once it was verified: the one entrance for the users of providers, whatever their
//! protocol.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::model::federation::ProviderSession;

/// What a provider calls an attribute, and its value: a text, a number, a truth value, or a list of them.
pub(crate) type Claims = BTreeMap<String, Value>;

/// Somebody, in the words of a provider. Whoever makes one has verified all of it: signature, issuer, audience, time and
/// single use. Its `Debug` form names nobody.
pub(crate) struct Assertion {
    /// The provider's own name for its user, which never changes.
    pub(crate) subject: String,
    /// The entity id of a SAML provider.
    pub(crate) issuer: Option<String>,
    /// What it says of the user.
    pub(crate) claims: Claims,
    /// The same as it came, for the function that looks at it before anything is made of it
    /// (triggers-and-messages §8.11).
    pub(crate) documents: Value,
    /// How the user proved who they are, by the provider's own names.
    pub(crate) acr: Option<String>,
    /// By what.
    pub(crate) amr: Vec<String>,
    /// When the user proved it, in seconds, by the provider's clock; absent where it does not say.
    pub(crate) authenticated_at: Option<i64>,
    /// When the provider's word ends, in seconds; absent where it does not say.
    pub(crate) until: Option<i64>,
    /// The session of a SAML provider.
    pub(crate) session: Option<ProviderSession>,
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("claims", &self.claims.len()).finish_non_exhaustive()
    }
}

/// A claim as the text that an attribute holds; None where it says nothing. Several values are one text, in brackets
/// (federation §4, documented).
pub(crate) fn text_of(claim: &Value) -> Option<String> {
    match claim {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => Some(claim.to_string()),
        Value::Array(values) => {
            let values = values.iter().filter_map(text_of).map(|value| crate::form::encoded(&value));
            Some(format!("[{}]", values.collect::<Vec<_>>().join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // federation §4
    #[test]
    fn a_claim_is_a_text() {
        for (claim, text) in [
            (json!("a b"), Some("a b")),
            (json!(true), Some("true")),
            (json!(1.5), Some("1.5")),
            (json!(null), None),
            (json!(["a b", "c.d-e_f*", "g,h", 7]), Some("[a+b, c.d-e_f*, g%2Ch, 7]")),
            (json!([]), Some("[]")),
            (json!({ "a": 1 }), Some("{\"a\":1}")),
        ] {
            assert_eq!(text_of(&claim).as_deref(), text, "{claim}");
        }
    }
}
