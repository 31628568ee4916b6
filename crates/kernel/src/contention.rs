//! What is kept of requests that got in each other's way: of each one, and in all.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// How often requests got in each other's way, by operation: those of which any did, and `None` for what is no operation.
#[derive(Debug, Default)]
pub struct Contention(Mutex<BTreeMap<Option<Operation>, Figures>>);

/// The figures of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How often transactions were repeated at the database's wish.
    pub repeats: u64,
    /// How many requests were refused because their turn did not come or the budget was spent.
    pub refused: u64,
}

impl Contention {
    pub(crate) fn count(&self, operation: Option<Operation>, add: impl FnOnce(&mut Figures)) {
        add(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default());
    }

    /// All figures.
    pub fn figures(&self) -> BTreeMap<Option<Operation>, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
