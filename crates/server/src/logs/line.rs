//! A record as a line of JSON.

use poolhouse_ports::LogRecord;
use serde_json::{Value, json};

/// The record with where it was to go. What is JSON stays JSON, so that it can be searched.
pub(super) fn value(record: &LogRecord) -> Value {
    let text = Value::from(record.text.as_str());
    let is_document = record.text.starts_with('{');
    let document = is_document.then(|| serde_json::from_str(&record.text).ok()).flatten();
    json!({
        "timestamp": record.at.millis(),
        "destination": record.destination,
        "stream": record.stream,
        "record": document.unwrap_or(text),
    })
}
