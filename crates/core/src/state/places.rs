//! The places at which guesses at users are looked at.

use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use poolhouse_kernel::Fault;
use poolhouse_kernel::turns::{Turn, Turns};
use poolhouse_wire::ErrorCode;

use crate::model::guess::Guess;

/// How many may be at one user's place, the one whose guess is looked at included.
const LINE: usize = 8;

/// The places of a node: a table of fixed size.
pub(crate) struct Places {
    turns: Turns,
    /// What each place owes; whoever has its turn pays.
    owed: Box<[Mutex<Option<Owed>>]>,
}

/// A wrong guess that is still to be counted.
#[derive(Clone)]
pub(crate) struct Owed {
    pub(crate) pool_id: String,
    pub(crate) sub: String,
    pub(crate) guess: Guess,
}

impl Places {
    /// A table of `places`; at least one.
    pub(crate) fn new(places: usize) -> Self {
        let owed = std::iter::repeat_with(Mutex::default).take(places.max(1)).collect();
        Self { turns: Turns::new(places), owed }
    }

    /// What the place of a turn owes.
    pub(crate) fn owed(&self, turn: &Turn) -> MutexGuard<'_, Option<Owed>> {
        self.owed[turn.place()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn at `thing`.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the line is full.
    pub(crate) async fn turn(&self, thing: impl Hash) -> Result<Turn, Fault> {
        let turn = self.turns.take_within(thing, LINE).await;
        turn.ok_or_else(|| Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"))
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}
