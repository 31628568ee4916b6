//! The places at which guesses at users are looked at.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use poolhouse_kernel::Fault;
use poolhouse_kernel::turns::{Turn, Turns};
use poolhouse_ports::{PoolId, Sub};
use poolhouse_wire::ErrorCode;

use crate::model::guess::Guess;

/// How many may be at one user's place, the one whose guess is looked at included.
const LINE: usize = 8;

/// The places of a node: a table of fixed size.
pub(crate) struct Places {
    turns: Turns,
    /// What places owe, by their numbers; whoever has the turn pays.
    owed: Mutex<HashMap<usize, Owed>>,
}

/// A wrong guess that is still to be counted.
#[derive(Clone)]
pub(crate) struct Owed {
    pub(crate) pool_id: PoolId,
    pub(crate) sub: Sub,
    pub(crate) guess: Guess,
}

impl Places {
    /// A table of `places`; at least one.
    pub(crate) fn new(places: usize) -> Self {
        Self { turns: Turns::new(places), owed: Mutex::default() }
    }

    /// How many guesses wait to be looked at.
    pub(crate) fn waiting(&self) -> usize {
        self.turns.waiting()
    }

    /// What the place of a turn owes.
    pub(crate) fn owed(&self, turn: &Turn) -> Option<Owed> {
        self.all_owed().get(&turn.place()).cloned()
    }

    /// The place of a turn owes this from now on, or nothing.
    pub(crate) fn set_owed(&self, turn: &Turn, owed: Option<Owed>) {
        match owed {
            Some(owed) => self.all_owed().insert(turn.place(), owed),
            None => self.all_owed().remove(&turn.place()),
        };
    }

    fn all_owed(&self) -> MutexGuard<'_, HashMap<usize, Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
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
