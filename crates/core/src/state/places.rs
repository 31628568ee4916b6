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
    owed: Mutex<HashMap<usize, WrongGuess>>,
    /// Whose wrong guess was counted last, by the numbers of places.
    counted: Mutex<HashMap<usize, WrongGuess>>,
}

/// A wrong guess, which is still to be counted or was.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrongGuess {
    pub(crate) pool_id: PoolId,
    pub(crate) sub: Sub,
    pub(crate) guess: Guess,
}

impl Places {
    /// A table of `places`; at least one.
    pub(crate) fn new(places: usize) -> Self {
        Self { turns: Turns::new(places), owed: Mutex::default(), counted: Mutex::default() }
    }

    /// How many guesses wait to be looked at.
    pub(crate) fn waiting(&self) -> usize {
        self.turns.waiting()
    }

    /// What the place of a turn owes.
    pub(crate) fn owed(&self, turn: &Turn) -> Option<WrongGuess> {
        locked(&self.owed).get(&turn.place()).cloned()
    }

    /// The place of a turn owes this from now on, or nothing.
    pub(crate) fn set_owed(&self, turn: &Turn, owed: Option<WrongGuess>) {
        match owed {
            Some(owed) => locked(&self.owed).insert(turn.place(), owed),
            None => locked(&self.owed).remove(&turn.place()),
        };
    }

    /// Whether this wrong guess is the one that was counted last at the place of a turn.
    pub(crate) fn was_counted(&self, turn: &Turn, wrong: &WrongGuess) -> bool {
        locked(&self.counted).get(&turn.place()) == Some(wrong)
    }

    /// This wrong guess was counted at the place of a turn, or none is to be remembered.
    pub(crate) fn set_counted(&self, turn: &Turn, wrong: Option<WrongGuess>) {
        match wrong {
            Some(wrong) => locked(&self.counted).insert(turn.place(), wrong),
            None => locked(&self.counted).remove(&turn.place()),
        };
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}
