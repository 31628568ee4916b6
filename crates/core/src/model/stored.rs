//! What is stored must be read by every later release: each form of it has documents that a server wrote, in
//! `crates/core/fixtures` (docs/decisions/0034-stored-forms-are-the-domains-own.md).

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Holds a type against the documents of the fixture: each decodes, and encodes to the same JSON again.
#[track_caller]
pub(crate) fn check<T: Serialize + DeserializeOwned>(fixture: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture).with_extension("json");
    let documents: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(!documents.is_empty(), "{fixture} has no document");
    for document in documents {
        // As it is read: from text.
        let decoded: T = serde_json::from_str(&document.to_string()).unwrap();
        assert_eq!(serde_json::to_value(decoded).unwrap(), document, "{fixture}");
    }
}
