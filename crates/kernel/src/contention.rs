//! What is kept of requests that got in each other's way: of each one, and in all.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use poolhouse_wire::Operation;

use crate::turns::Turn;

/// What one request went through.
#[derive(Debug, Default)]
pub(crate) struct Contended {
    turn: Mutex<Option<Turn>>,
    /// Whether the database has asked for a repeat.
    repeating: AtomicBool,
}

impl Contended {
    /// The turn that the request has.
    pub(crate) fn turn(&self) -> MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database has asked for a repeat.
    pub(crate) fn begin_repeating(&self) {
        self.repeating.store(true, Ordering::Relaxed);
    }

    /// Whether it has.
    pub(crate) fn is_repeating(&self) -> bool {
        self.repeating.load(Ordering::Relaxed)
    }
}

/// How often requests got in each other's way.
pub struct Contention {
    /// Those of the operations in their order, then that of everything else.
    operations: Box<[Counts]>,
}

/// The figures of one operation.
#[derive(Debug, Default)]
struct Counts {
    repeats: AtomicU64,
    refused: AtomicU64,
}

impl Default for Contention {
    fn default() -> Self {
        Self { operations: (0..=Operation::ALL.len()).map(|_| Counts::default()).collect() }
    }
}

impl Contention {
    fn of(&self, operation: Option<Operation>) -> &Counts {
        let last = self.operations.len() - 1;
        &self.operations[operation.map_or(last, |operation| (operation as usize).min(last))]
    }

    pub(crate) fn count_repeat(&self, operation: Option<Operation>) {
        self.of(operation).repeats.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_refused(&self, operation: Option<Operation>) {
        self.of(operation).refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How often requests for the operation were repeated at the database's wish; `None` stands for everything that
    /// is no operation.
    pub fn repeats(&self, operation: Option<Operation>) -> u64 {
        self.of(operation).repeats.load(Ordering::Relaxed)
    }

    /// How many requests for the operation were refused because their turn did not come or the budget was spent.
    pub fn refused(&self, operation: Option<Operation>) -> u64 {
        self.of(operation).refused.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Contention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contention")
    }
}
