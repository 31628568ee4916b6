//! For tests that throw bytes at what strangers reach first.

use poolhouse_crypto::seal::Key;
use poolhouse_ports::Entropy;
use serde_json::Value;

use crate::sealing::DataKeys;

/// Data keys.
#[derive(Debug)]
pub struct Sealed(DataKeys);

impl Sealed {
    /// Keys that are always the same.
    pub fn new() -> Self {
        Self(DataKeys::new("us-east-1_a", &Key::new([7; 32]), Entropy::system()))
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
