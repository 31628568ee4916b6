//! How many rows have expired, for the metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How many this node has removed since its start, by table.
#[derive(Debug, Default)]
pub struct Expired(Mutex<BTreeMap<&'static str, u64>>);

impl Expired {
    /// Tables of which nothing has expired are counted, too: their figures are there before they grow.
    pub(crate) fn count<const N: usize>(&self, rows: [(&'static str, u64); N]) {
        let mut expired = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (table, count) in rows {
            *expired.entry(table).or_default() += count;
        }
    }

    /// All of them.
    pub fn figures(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
