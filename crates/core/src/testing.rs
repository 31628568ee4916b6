//! For tests that throw bytes at what strangers reach first.

use poolhouse_crypto::seal::Key;
use poolhouse_ports::Entropy;
use serde_json::Value;

use crate::sealing::PoolKeys;
use crate::users::filter;

/// What a filter of ListUsers asks for, written anew; `None` for what is none.
pub fn filter(text: &str) -> Option<String> {
    let filter = filter::parse(text).ok()??;
    let value = filter.value.replace('\\', r"\\").replace('"', r#"\""#);
    let operator = if filter.prefix { "^=" } else { "=" };
    Some(format!("\"{}\" {operator} \"{value}\"", filter.attribute))
}

/// The keys of a pool.
#[derive(Debug)]
pub struct Sealed(PoolKeys);

impl Sealed {
    /// Keys that are always the same.
    pub fn new() -> Self {
        Self(PoolKeys::new("us-east-1_a", &Key::new([7; 32]), Entropy::system()))
    }

    /// What a token holds, and what a block does.
    pub fn open(&self, text: &str) -> [Option<Value>; 2] {
        [self.0.open_token("kind", text), self.0.open_block("kind", text)]
    }
}

impl Default for Sealed {
    fn default() -> Self {
        Self::new()
    }
}
