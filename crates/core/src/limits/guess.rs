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

use std::hash::Hash;

use poolhouse_kernel::Fault;
use poolhouse_kernel::turns::{Turn, Turns};
use poolhouse_store::Tx;
use poolhouse_wire::ErrorCode;

use crate::Cx;
use crate::limits::lockout::{self, Guess};

/// How many may be at one user's place, the one whose guess is looked at included.
const LINE: usize = 8;

/// The place of a guess that is to be looked at now. One that is dropped without a verdict was none.
#[must_use]
pub(crate) struct Place<'a> {
    cx: &'a Cx,
    pool_id: String,
    sub: String,
    guess: Guess,
    /// Whether wrong guesses are on record.
    has_failures: bool,
    _turn: Turn,
}

impl<'a> Place<'a> {
    /// Waits for the place, and looks at the lock.
    ///
    /// # Errors
    /// `NotAuthorizedException` while `sub` is locked out; `TooManyRequestsException` when the line is full.
    pub(crate) async fn take(cx: &'a Cx, pool_id: &str, sub: &str, guess: Guess) -> Result<Self, Fault> {
        Self::at(cx, &cx.state().guesses, (pool_id, sub), guess).await
    }

    /// As [`Place::take`], for a guess that another directory looks at.
    ///
    /// # Errors
    /// As [`Place::take`].
    pub(crate) async fn take_elsewhere(
        cx: &'a Cx,
        pool_id: &str,
        sub: &str,
        guess: Guess,
    ) -> Result<Self, Fault> {
        Self::at(cx, &cx.state().guesses_elsewhere, (pool_id, sub), guess).await
    }

    async fn at(
        cx: &'a Cx,
        turns: &Turns,
        (pool_id, sub): (&str, &str),
        guess: Guess,
    ) -> Result<Self, Fault> {
        let turn = within_line(turns, (pool_id, sub, guess)).await?;
        let has_failures =
            guess.is_counted() && lockout::check(&mut cx.read().await?, pool_id, sub, guess, cx.now).await?;
        let (pool_id, sub) = (pool_id.to_owned(), sub.to_owned());
        Ok(Self { cx, pool_id, sub, guess, has_failures, _turn: turn })
    }

    /// What is guessed.
    pub(crate) fn guess(&self) -> Guess {
        self.guess
    }

    /// The guess was right: the count ends. Without one, nothing is written.
    ///
    /// # Errors
    /// `NotAuthorizedException` when another node has locked `sub` out meanwhile.
    pub(crate) async fn right(self) -> Result<(), Fault> {
        if !self.has_failures {
            return Ok(());
        }
        let mut tx = self.cx.write().await?;
        lockout::reset(&mut tx, &self.pool_id, &self.sub, self.guess, self.cx.now).await?;
        Ok(tx.commit().await?)
    }

    /// The guess was wrong: gives the transaction in which it is counted, to be committed before the place is left.
    ///
    /// # Errors
    /// `NotAuthorizedException` when another node has locked `sub` out meanwhile.
    pub(crate) async fn wrong(&self) -> Result<Tx, Fault> {
        let mut tx = self.cx.write().await?;
        lockout::count_failure(&mut tx, &self.pool_id, &self.sub, self.guess, self.cx.now).await?;
        Ok(tx)
    }
}

/// Ends the count of wrong guesses because more was proven than a guess. Without a count, nothing is written.
///
/// # Errors
/// `NotAuthorizedException` while `sub` is locked out: others may have guessed meanwhile.
pub(crate) async fn proven(cx: &Cx, pool_id: &str, sub: &str, guess: Guess) -> Result<(), Fault> {
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
pub(crate) async fn turn(cx: &Cx, pool_id: &str, sub: &str, what: impl Hash) -> Result<Turn, Fault> {
    within_line(&cx.state().guesses, (pool_id, sub, what)).await
}

async fn within_line(turns: &Turns, thing: impl Hash) -> Result<Turn, Fault> {
    let turn = turns.take_within(thing, LINE).await;
    turn.ok_or_else(|| Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"))
}
