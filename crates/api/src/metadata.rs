//! What a request gives to triggers: read from the body and the head, past the handlers.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use poolhouse_kernel::request::Metadata;
use poolhouse_wire::Operation;
use serde_json::Value;

/// The metadata of a request whose body was checked.
pub(crate) fn of(operation: Operation, headers: &HeaderMap, body: &Value) -> Metadata {
    let sdk = sdk(headers);
    let client_metadata = body.get("ClientMetadata").and_then(map);
    match operation {
        // triggers-and-messages §7: at the begin of a sign-in, it goes to the triggers that judge it, and to
        // no others.
        Operation::InitiateAuth | Operation::AdminInitiateAuth => {
            Metadata { validation_data: client_metadata, client_metadata: None, sdk }
        }
        _ => {
            let validation_data = body.get("ValidationData").and_then(list);
            Metadata { validation_data, client_metadata, sdk }
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

/// The SDK as it names itself in one of two headers, in the form of the events (triggers-and-messages §4,
/// observed).
fn sdk(headers: &HeaderMap) -> Option<String> {
    let names = ["x-amz-user-agent", "user-agent"].into_iter();
    let texts = names.filter_map(|name| headers.get(name)?.to_str().ok());
    let mut words = texts.flat_map(str::split_whitespace);
    words.find(|word| word.starts_with("aws-sdk-")).map(|word| word.replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sdk_names_itself() {
        let sdk =
            |agent: &str| sdk(&HeaderMap::from_iter([("user-agent".parse().ok()?, agent.parse().ok()?)]));
        let node = "aws-sdk-nodejs/2.856.0 linux/v14.16.0 callback";
        assert_eq!(sdk(node).as_deref(), Some("aws-sdk-nodejs-2.856.0"));
        assert_eq!(sdk("Boto3/1.40.1 md/Botocore#1.40.1"), None);
    }

    // triggers-and-messages §7, documented
    #[test]
    fn what_begins_a_sign_in_reaches_its_judges_alone() {
        let body = json!({ "ClientMetadata": { "a": "1" }, "ValidationData": [{ "Name": "b" }] });
        let of = |operation| {
            let Metadata { validation_data, client_metadata, .. } = of(operation, &HeaderMap::new(), &body);
            (json!(validation_data), json!(client_metadata))
        };
        assert_eq!(of(Operation::InitiateAuth), (json!({ "a": "1" }), json!(null)));
        assert_eq!(of(Operation::SignUp), (json!({ "b": "" }), json!({ "a": "1" })));
    }
}
