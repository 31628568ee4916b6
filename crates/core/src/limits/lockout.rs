//! Wrong passwords and wrong codes lock a user out for a while (docs/cognito/authentication.md §6).
//!
//! ```text
//! failures   1  2  3  4   5    6    7    8  …   15 and more
//! locked     –  –  –  –   1 s  2 s  4 s  8 s …  15 min
//! ```
//!
//! While the lock lasts, no guess is looked at; such attempts neither count nor prolong it. A right guess after the
//! lock ends the count. Without a guess, failures that never locked are forgotten after a quarter of an hour; others
//! fall by half for each quarter of an hour after the lock, and are forgotten after an hour. The counter belongs to a
//! user, whichever client, operation or flow the guess came through.
//!
//! Guesses come in by [`crate::guess`] alone.

use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::{PoolId, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::attempts::{self as table, Attempts};

use crate::model::guess::Guess;

/// Authentication §6, documented; without a full stop.
const LOCKED: &str = "Password attempts exceeded";

/// The failure that locks for the first time.
const FIRST_LOCKING: i64 = 5;

/// The failure that locks for the longest time; further ones count no higher.
const LAST_LOCKING: i64 = 15;

/// A quarter of an hour, in seconds: the longest lock, and how long it takes a count to fall.
const QUARTER: i64 = 15 * 60;

/// How many quarters of an hour after its lock a count is remembered.
const REMEMBERED: i64 = 4;

/// Refuses while `sub` is locked out; says whether wrong guesses are on record.
///
/// # Errors
/// `NotAuthorizedException`.
pub(crate) async fn check(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    guess: Guess,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(unlocked(tx, pool_id, sub, guess, now).await?.is_some())
}

/// Counts a wrong guess at what `sub` knows or has; the caller commits.
///
/// Of guesses that other nodes looked at meanwhile, those that come after the locking one do not learn that they were
/// wrong, and do not count.
///
/// # Errors
/// `NotAuthorizedException` when `sub` is locked out by now.
pub(crate) async fn count_failure(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    guess: Guess,
    now: Timestamp,
) -> Result<(), Fault> {
    let Some(action) = guess.counter() else { return Ok(()) };
    let counter = unlocked(tx, pool_id, sub, guess, now).await?.unwrap_or_else(|| Attempts {
        pool_id: pool_id.to_owned(),
        subject: sub.to_string(),
        action: action.to_owned(),
        count: 0,
        first_at: now,
        last_at: now,
        expires_at: now,
    });
    Ok(table::put(tx, &after_failure(counter, now)).await?)
}

/// Ends the count after a right guess; the caller commits.
///
/// # Errors
/// `NotAuthorizedException` when `sub` is locked out by now: then being right does not help either.
pub(crate) async fn reset(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    guess: Guess,
    now: Timestamp,
) -> Result<(), Fault> {
    unlocked(tx, pool_id, sub, guess, now).await?;
    clear(tx, pool_id, sub, guess).await
}

/// Ends count and lock, because the user has proven themselves in another way; the caller commits.
pub(crate) async fn clear(tx: &mut Tx, pool_id: &PoolId, sub: &Sub, guess: Guess) -> Result<(), Fault> {
    if let Some(action) = guess.counter() {
        table::delete(tx, pool_id, sub, action).await?;
    }
    Ok(())
}

/// The counter of `sub`, if it is not locked out.
async fn unlocked(
    tx: &mut Tx,
    pool_id: &PoolId,
    sub: &Sub,
    guess: Guess,
    now: Timestamp,
) -> Result<Option<Attempts>, Fault> {
    let Some(action) = guess.counter() else { return Ok(None) };
    match table::get(tx, pool_id, sub, action).await? {
        Some(counter) if now < lock_end(&counter) => Err(Fault::not_authorized(LOCKED).of_kind(Kind::Locked)),
        counter => Ok(counter),
    }
}

/// Whether a fault is that of a lock.
pub(crate) fn is_lock(fault: &Fault) -> bool {
    fault.kind() == Some(Kind::Locked)
}

/// For how long `failures` lock, in seconds.
fn lock_seconds(failures: i64) -> i64 {
    let doublings = failures.min(LAST_LOCKING) - FIRST_LOCKING;
    if doublings < 0 { 0 } else { (1 << doublings).min(QUARTER) }
}

fn lock_end(counter: &Attempts) -> Timestamp {
    counter.last_at.plus_seconds(lock_seconds(counter.count))
}

/// What is left of a count at `now`.
fn remembered(counter: &Attempts, now: Timestamp) -> i64 {
    if now >= counter.expires_at {
        return 0;
    }
    let quarters = (now.millis() - lock_end(counter).millis()).max(0) / (QUARTER * 1000);
    counter.count >> quarters.min(REMEMBERED)
}

/// The counter with one more failure at `now`.
fn after_failure(counter: Attempts, now: Timestamp) -> Attempts {
    let count = (remembered(&counter, now) + 1).min(LAST_LOCKING);
    let quarters = if count < FIRST_LOCKING { 1 } else { REMEMBERED };
    // A request that began earlier may end later.
    let counter = Attempts { count, last_at: counter.last_at.max(now), ..counter };
    Attempts { expires_at: lock_end(&counter).plus_seconds(quarters * QUARTER), ..counter }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    /// So many failures, the last of them now.
    fn failures(count: i64) -> Attempts {
        let none = Attempts {
            pool_id: "p".into(),
            subject: "s".to_owned(),
            action: "password".to_owned(),
            count: 0,
            first_at: NOW,
            last_at: NOW,
            expires_at: NOW,
        };
        (0..count).fold(none, |counter, _| after_failure(counter, NOW))
    }

    /// The count with one more failure, so many seconds after the lock of so many.
    fn next(count: i64, seconds: i64) -> i64 {
        let counter = failures(count);
        let now = lock_end(&counter).plus_seconds(seconds);
        after_failure(counter, now).count
    }

    #[test]
    fn locks_double_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let seconds: Vec<_> = (1..=17).map(lock_seconds).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(lock_seconds(i64::MAX), 900);
    }

    #[test]
    fn a_lock_ends_to_the_millisecond() {
        assert_eq!(lock_end(&failures(4)), NOW);
        assert_eq!(lock_end(&failures(7)), Timestamp(NOW.0 + 4000));
    }

    #[test]
    fn failures_that_did_not_lock_are_forgotten_after_a_quarter_of_an_hour() {
        let end = NOW.plus_seconds(QUARTER);
        assert_eq!(after_failure(failures(4), Timestamp(end.0 - 1)).count, 5);
        assert_eq!(after_failure(failures(4), end).count, 1);
    }

    #[test]
    fn the_end_of_the_longest_lock_is_no_new_beginning() {
        let after = |seconds| next(20, seconds);
        assert_eq!([after(0), after(899)], [15, 15]);
        // By halves: 7, 3, 1.
        assert_eq!([after(900), after(1800), after(2700), after(3599)], [8, 4, 2, 2]);
        assert_eq!(after(3600), 1);
        assert_eq!([next(5, 899), next(5, 900)], [6, 3]);
    }

    #[test]
    fn a_request_that_began_earlier_does_not_shorten_a_lock() {
        let counter = after_failure(failures(5), Timestamp(NOW.0 - 500));
        assert_eq!((counter.count, counter.last_at), (6, NOW));
    }
}
