//! What became of the lines of imports, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its user is there now.
    Succeeded,
    /// Its user was there before.
    Skipped,
    /// The pool does not take it; the text says why.
    Failed(String),
}

impl Outcome {
    /// The line of the log, in AWS's words (docs/cognito/operations-and-protection.md §11, documented).
    pub(crate) fn line(&self, number: i64) -> String {
        match self {
            Self::Succeeded => format!("[SUCCEEDED] Line Number {number} - The import succeeded."),
            Self::Skipped => format!("[SKIPPED] Line Number {number} - The user already exists."),
            Self::Failed(reason) => format!("[FAILED] Line Number {number} - {reason}"),
        }
    }
}

/// How many lines this node has done since its start.
#[derive(Debug, Default)]
pub struct Imports {
    succeeded: AtomicU64,
    skipped: AtomicU64,
    failed: AtomicU64,
}

impl Imports {
    pub(crate) fn count(&self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Succeeded => &self.succeeded,
            Outcome::Skipped => &self.skipped,
            Outcome::Failed(_) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// All of them, by what became of them.
    pub fn figures(&self) -> [(&'static str, u64); 3] {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [("succeeded", of(&self.succeeded)), ("skipped", of(&self.skipped)), ("failed", of(&self.failed))]
    }
}
