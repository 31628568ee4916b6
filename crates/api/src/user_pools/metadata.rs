//! What a request gives to triggers: read from the body, past the handlers.

use std::collections::BTreeMap;

use poolhouse_kernel::request::Metadata;
use poolhouse_wire::user_pools::Operation;
use serde_json::Value;

/// Reads the metadata of a request whose body was checked.
pub(super) fn read(metadata: &mut Metadata, operation: Operation, body: &Value) {
    let client_metadata = body.get("ClientMetadata").and_then(map);
    match operation {
        // triggers-and-messages §7: at the begin of a sign-in, it goes to the triggers that judge it, and to
        // no others.
        Operation::InitiateAuth | Operation::AdminInitiateAuth => metadata.validation_data = client_metadata,
        _ => {
            metadata.validation_data = body.get("ValidationData").and_then(list);
            metadata.client_metadata = client_metadata;
        }
    }
}

fn map(value: &Value) -> Option<BTreeMap<String, String>> {
    let entries = value.as_object()?.iter();
    Some(entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
}

/// A list of `Name` and `Value`; an absent value is an empty one.
fn list(value: &Value) -> Option<BTreeMap<String, String>> {
    let text = |entry: &Value, member: &str| entry.get(member).and_then(Value::as_str).map(str::to_owned);
    let entries = value.as_array()?.iter();
    Some(entries.filter_map(|e| Some((text(e, "Name")?, text(e, "Value").unwrap_or_default()))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // triggers-and-messages §7, documented
    #[test]
    fn what_begins_a_sign_in_reaches_its_judges_alone() {
        let body = json!({ "ClientMetadata": { "a": "1" }, "ValidationData": [{ "Name": "b" }] });
        let of = |operation| {
            let mut metadata = Metadata::default();
            read(&mut metadata, operation, &body);
            (json!(metadata.validation_data), json!(metadata.client_metadata))
        };
        assert_eq!(of(Operation::InitiateAuth), (json!({ "a": "1" }), json!(null)));
        assert_eq!(of(Operation::SignUp), (json!({ "b": "" }), json!({ "a": "1" })));
    }
}
