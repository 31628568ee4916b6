//! The SDK's documents, which are JSON under another name.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

pub(crate) fn to_json(document: &Document) -> Value {
    match document {
        Document::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), to_json(value))).collect()
        }
        Document::Array(values) => values.iter().map(to_json).collect(),
        Document::Number(Number::PosInt(number)) => (*number).into(),
        Document::Number(Number::NegInt(number)) => (*number).into(),
        Document::Number(Number::Float(number)) => (*number).into(),
        Document::String(text) => text.as_str().into(),
        Document::Bool(value) => (*value).into(),
        Document::Null => Value::Null,
    }
}

pub(crate) fn from_json(value: Value) -> Document {
    match value {
        Value::Object(members) => {
            Document::Object(members.into_iter().map(|(name, value)| (name, from_json(value))).collect())
        }
        Value::Array(values) => Document::Array(values.into_iter().map(from_json).collect()),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text),
        Value::Bool(value) => Document::Bool(value),
        Value::Null => Document::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_its_json_says() {
        let json = serde_json::json!({ "a": [1, -2, 0.5, "x", true, null], "b": { "c": u64::MAX, "d": {} } });
        assert_eq!(to_json(&from_json(json.clone())), json);
    }
}
