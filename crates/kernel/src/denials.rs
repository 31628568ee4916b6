//! How often policies have denied something since the start, by action.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The counters of this node.
#[derive(Debug, Default)]
pub struct Denials(Mutex<BTreeMap<&'static str, u64>>);

impl Denials {
    /// Counts one. Actions are those of the operations' table, so that there are no more of them than it has.
    pub fn count(&self, action: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(action).or_default() += 1;
    }

    /// All of them.
    pub fn figures(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
