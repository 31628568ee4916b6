//! The one entrance for guesses at what a user knows or has (docs/decisions/0018-a-place-for-each-guess.md).
//!
//! ```text
//! take a place ─► look at the lock ─► compare ─► count the wrong one, or end the count ─► leave
//!                 └──────────── one guess at a time, on this node ────────────┘
//! ```
//!
//! Nothing that costs, calls out or answers stands between comparing and settling: triggers, signatures and messages
//! come after the place is left. What [`Place::right`] and [`Place::wrong`] decide is committed by then, so that the
//! counter in the database has the last word over all nodes.
//!
//! A wrong guess whose count the database did not take is owed by its place (docs/decisions/0031-guesses-that-are-owed.md):
//! whoever comes there next has it counted first, and is looked at only then.
//!
//! A read node reads the count from a standby, which may not have the last guesses yet. It remembers whose guesses were
//! wrong here: when they are right, the count at the primary is asked (docs/decisions/0065-a-read-node-knows-how-old-it-is.md).

use std::hash::Hash;

use poolhouse_kernel::Fault;
use poolhouse_kernel::turns::Turn;
use poolhouse_ports::{PoolId, Sub};
use poolhouse_wire::user_pools::{EventResponseType, EventType};

use crate::limits::lockout;
use crate::model::guess::Guess;
use crate::model::{Client, Pool};
use crate::state::places::{Places, WrongGuess};
use crate::threat::events::{Event, Noted};
use crate::{Cx, nobody};

/// What is written down of a wrong guess beside its count.
pub(crate) enum Trace<'a> {
    Nothing,
    /// An event of this kind, and for which pool and client.
    Event(Event, EventType, &'a Pool, &'a Client),
    /// As many rows as the event of a user would be.
    Nobody(&'a Pool),
}

/// The place of a guess that is to be looked at now. One that is dropped without a verdict was none.
#[must_use]
pub(crate) struct Place<'a> {
    cx: &'a Cx,
    places: &'a Places,
    turn: Turn,
    at: WrongGuess,
    /// Whether wrong guesses are on record.
    has_failures: bool,
}

impl<'a> Place<'a> {
    /// Waits for the place, and looks at the lock.
    ///
    /// # Errors
    /// `NotAuthorizedException` while `sub` is locked out; `TooManyRequestsException` when the line is full; what hinders
    /// the database from counting a guess that is owed here.
    pub(crate) async fn take(cx: &'a Cx, pool_id: &PoolId, sub: &Sub, guess: Guess) -> Result<Self, Fault> {
        Self::among(&cx.state().guesses, cx, pool_id, sub, guess).await
    }

    /// As [`Place::take`], for a guess that a function of the pool looks at.
    ///
    /// # Errors
    /// As [`Place::take`].
    pub(crate) async fn take_elsewhere(
        cx: &'a Cx,
        pool_id: &PoolId,
        sub: &Sub,
        guess: Guess,
    ) -> Result<Self, Fault> {
        Self::among(&cx.state().guesses_elsewhere, cx, pool_id, sub, guess).await
    }

    async fn among(
        places: &'a Places,
        cx: &'a Cx,
        pool_id: &PoolId,
        sub: &Sub,
        guess: Guess,
    ) -> Result<Self, Fault> {
        let turn = places.turn((pool_id, sub, guess)).await?;
        let at = WrongGuess { pool_id: pool_id.to_owned(), sub: sub.to_owned(), guess };
        let place = Self { cx, places, turn, at, has_failures: false };
        place.pay().await?;
        let has_failures =
            guess.is_counted() && lockout::check(&mut cx.read().await?, pool_id, sub, guess, cx.now).await?;
        let has_failures = has_failures || places.was_counted(&place.turn, &place.at);
        Ok(Self { has_failures, ..place })
    }

    /// What is guessed.
    pub(crate) fn guess(&self) -> Guess {
        self.at.guess
    }

    /// The guess was right: the count ends. Without one, nothing is written.
    ///
    /// # Errors
    /// `NotAuthorizedException` when another node has locked `sub` out meanwhile.
    pub(crate) async fn right(self) -> Result<(), Fault> {
        if !self.has_failures {
            return Ok(());
        }
        let WrongGuess { pool_id, sub, guess } = &self.at;
        let mut tx = self.cx.write().await?;
        lockout::reset(&mut tx, pool_id, sub, *guess, self.cx.now).await?;
        tx.commit().await?;
        if self.places.was_counted(&self.turn, &self.at) {
            self.places.set_counted(&self.turn, None);
        }
        Ok(())
    }

    /// The guess was wrong: counts it, and leaves the place. It is owed from the beginning, for a database that fails in
    /// the middle does not always say so.
    ///
    /// # Errors
    /// `NotAuthorizedException` when another node has locked `sub` out meanwhile.
    pub(crate) async fn wrong(self, trace: Trace<'_>) -> Result<(), Fault> {
        if self.at.guess.is_counted() {
            self.places.set_owed(&self.turn, Some(self.at.clone()));
        }
        self.count(&self.at, &trace).await
    }

    /// Counts what is owed here, whoever guessed it.
    async fn pay(&self) -> Result<(), Fault> {
        let Some(owed) = self.places.owed(&self.turn) else { return Ok(()) };
        match self.count(&owed, &Trace::Nothing).await {
            // Somebody is locked out, perhaps another than who pays.
            Err(fault) if lockout::is_lock(&fault) => Ok(()),
            counted => counted,
        }
    }

    /// Counts a wrong guess, after which nothing is owed. A guess that comes after the locking one is not counted.
    async fn count(&self, owed: &WrongGuess, trace: &Trace<'_>) -> Result<(), Fault> {
        let counted = self.cx.repeat(|| count(self.cx, owed, trace)).await;
        if counted.as_ref().is_ok() || counted.as_ref().is_err_and(lockout::is_lock) {
            self.places.set_owed(&self.turn, None);
            if self.cx.engine().store().is_read_node() {
                self.places.set_counted(&self.turn, Some(owed.clone()));
            }
        }
        counted
    }
}

async fn count(cx: &Cx, wrong: &WrongGuess, trace: &Trace<'_>) -> Result<(), Fault> {
    let WrongGuess { pool_id, sub, guess } = wrong;
    let mut tx = cx.write().await?;
    lockout::count_failure(&mut tx, pool_id, sub, *guess, cx.now).await?;
    match trace {
        Trace::Nothing => {}
        Trace::Event(event, kind, pool, client) => {
            let noted = Noted { kind: kind.clone(), response: EventResponseType::Fail };
            event.put(&mut tx, cx, pool, client, sub, noted).await?;
        }
        Trace::Nobody(pool) => nobody::leave(&mut tx, cx, pool, sub, nobody::event_rows(pool)).await?,
    }
    Ok(tx.commit().await?)
}

/// Refuses while guesses of this kind at `sub` are locked: before anything is done that only serves one. The place of the
/// guess looks once more.
///
/// # Errors
/// `NotAuthorizedException`.
pub(crate) async fn check_lock(cx: &Cx, pool_id: &PoolId, sub: &Sub, guess: Guess) -> Result<(), Fault> {
    lockout::check(&mut cx.read().await?, pool_id, sub, guess, cx.now).await.map(drop)
}

/// Ends the count of wrong guesses because more was proven than a guess. Without a count, nothing is written.
///
/// # Errors
/// `NotAuthorizedException` while `sub` is locked out: others may have guessed meanwhile.
pub(crate) async fn proven(cx: &Cx, pool_id: &PoolId, sub: &Sub, guess: Guess) -> Result<(), Fault> {
    if !lockout::check(&mut cx.read().await?, pool_id, sub, guess, cx.now).await? {
        return Ok(());
    }
    let mut tx = cx.write().await?;
    lockout::reset(&mut tx, pool_id, sub, guess, cx.now).await?;
    Ok(tx.commit().await?)
}

/// Waits for the turn of who tries `what` of `sub`, whose tries are counted in another way than here.
///
/// # Errors
/// `TooManyRequestsException` when the line is full.
pub(crate) async fn turn(cx: &Cx, pool_id: &PoolId, sub: &Sub, what: impl Hash) -> Result<Turn, Fault> {
    cx.state().guesses.turn((pool_id, sub, what)).await
}
