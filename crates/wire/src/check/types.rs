//! JSON types: what each kind of shape accepts, and the texts for what it does not (protocol §3.1).

use serde_json::Value;

use super::CheckError;
use super::constraint::Measured;
use crate::constraints::Kind;

/// Brings a value into the one form that decoding and constraints expect.
pub(super) fn normalise(kind: &Kind, value: &mut Value) {
    match (kind, value) {
        // null = absent; pycognito sends `"DEVICE_KEY": null` among its parameters
        (Kind::Map(..), Value::Object(map)) => map.retain(|_, value| !value.is_null()),
        (Kind::Integer | Kind::Long, value) => {
            if let Some(whole) = value.as_f64().filter(|_| value.is_f64()).and_then(whole) {
                *value = whole.into();
            }
        }
        _ => {}
    }
}

/// A number without fraction, within the range in which such a number is exact.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// What constraints look at in a value; fails if the JSON type is wrong.
pub(super) fn measure<'a>(kind: &Kind, value: &'a Value) -> Result<Measured<'a>, CheckError> {
    match (kind, value) {
        (Kind::String, Value::String(text)) => Ok(Measured::text(text)),
        (Kind::Integer | Kind::Long, Value::Number(number)) => {
            let fits = |n: &i64| matches!(kind, Kind::Long) || i32::try_from(*n).is_ok();
            number.as_i64().filter(fits).map(Measured::size).ok_or(CheckError::Serialization(None))
        }
        (Kind::Blob, Value::String(text)) => {
            // The service's text is not known.
            let not_base64 = || CheckError::Serialization(Some("The blob is not base64.".to_owned()));
            base64_length(text.as_bytes()).map(Measured::length).ok_or_else(not_base64)
        }
        (Kind::List(_), Value::Array(list)) => Ok(Measured::length(list.len())),
        (Kind::Map(..), Value::Object(map)) => Ok(Measured::length(map.len())),
        (Kind::Boolean, Value::Bool(_))
        | (Kind::Timestamp, Value::Number(_))
        | (Kind::Structure(_), Value::Object(_))
        | (Kind::Document, _) => Ok(Measured::size(0)),
        _ => Err(unexpected(kind, value)),
    }
}

/// The error for a value of the wrong JSON type.
pub(super) fn unexpected(kind: &Kind, value: &Value) -> CheckError {
    let class = match value {
        Value::Array(_) => return serialization("Start of list found where not expected"),
        Value::Object(_) => return serialization("Start of structure or map found where not expected."),
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(_) => "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
        Value::String(_) | Value::Null => "java.lang.String",
    };
    let target = match kind {
        Kind::List(_) => return serialization("Expected list or null"),
        Kind::Map(..) => return serialization("Expected map or null"),
        Kind::Structure(_) | Kind::Document => return serialization("Expected null"),
        Kind::String => "an String",
        Kind::Integer => "an Integer",
        Kind::Long => "an Long",
        Kind::Boolean => "a Boolean",
        Kind::Blob => "a Blob",
        Kind::Timestamp => "milliseconds since epoch",
    };
    serialization(&format!("class {class} can not be converted to {target}"))
}

fn serialization(message: &str) -> CheckError {
    CheckError::Serialization(Some(message.to_owned()))
}

/// How many bytes padded base64 holds; `None` if it is not that.
pub(super) fn base64_length(text: &[u8]) -> Option<usize> {
    let data = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let in_alphabet = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    (text.len().is_multiple_of(4) && data.iter().all(in_alphabet))
        .then_some(data.len() / 4 * 3 + data.len() % 4 * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_base64() {
        for (text, length) in [("", 0), ("QQ==", 1), ("QUI=", 2), ("QUJD", 3), ("QUJDRA==", 4)] {
            assert_eq!(base64_length(text.as_bytes()), Some(length), "{text}");
        }
        for text in ["Q", "QQ", "QQ=", "Q===", "QQ==QQ==", "Q Q=", "====", "QÄ="] {
            assert_eq!(base64_length(text.as_bytes()), None, "{text}");
        }
    }
}
