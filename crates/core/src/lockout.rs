//! Wrong passwords and wrong codes lock a user out for a while (docs/cognito/authentication.md §6).
//!
//! ```text
//! failures   1  2  3  4   5    6    7    8  …   15 and more
//! locked     –  –  –  –   1 s  2 s  4 s  8 s …  15 min
//! ```
//!
//! While the lock lasts, no guess is looked at; such attempts neither count nor prolong it. A right guess
//! after the lock, or a quarter of an hour without a failure, ends the count. The counter belongs to a user,
//! whichever client, operation or flow the guess came through.

use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::attempts::{self as table, Attempts};

use crate::Fault;

/// What is guessed. Each has a counter of its own: who knows a password must not learn how many wrong ones
/// were tried before, and at least five wrong codes are told as such (authentication §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    /// A password, plain or by its proof.
    Password,
    /// A code of a second factor, or one that was sent to sign in with.
    Code,
}

impl Guess {
    /// The action under which wrong ones are counted.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
        }
    }
}

/// The failure that locks for the first time.
const FIRST_LOCKING: i64 = 5;

/// The longest lock, and how long a failure is remembered, in seconds.
const LONGEST: i64 = 15 * 60;

/// Refuses while `sub` is locked out.
///
/// # Errors
/// `NotAuthorizedException`.
pub(crate) async fn check(
    tx: &mut Tx,
    pool_id: &str,
    sub: &str,
    guess: Guess,
    now: Timestamp,
) -> Result<(), Fault> {
    unlocked(tx, pool_id, sub, guess, now).await.map(drop)
}

/// Whether no wrong guess of `sub` is on record.
pub(crate) async fn is_clear(tx: &mut Tx, pool_id: &str, sub: &str, guess: Guess) -> Result<bool, Fault> {
    Ok(table::get(tx, pool_id, sub, guess.as_str()).await?.is_none())
}

/// Counts a wrong guess at what `sub` knows or has; the caller commits.
///
/// Of guesses made at the same time, those that come after the locking one do not learn that they were
/// wrong, and do not count.
///
/// # Errors
/// `NotAuthorizedException` when `sub` is locked out by now.
pub(crate) async fn count_failure(
    tx: &mut Tx,
    pool_id: &str,
    sub: &str,
    guess: Guess,
    now: Timestamp,
) -> Result<(), Fault> {
    let counter = unlocked(tx, pool_id, sub, guess, now).await?;
    Ok(table::put(tx, &after_failure(counter, pool_id, sub, guess, now)).await?)
}

/// Ends the count after a right guess; the caller commits.
///
/// # Errors
/// `NotAuthorizedException` when `sub` is locked out by now: then being right does not help either.
pub(crate) async fn reset(
    tx: &mut Tx,
    pool_id: &str,
    sub: &str,
    guess: Guess,
    now: Timestamp,
) -> Result<(), Fault> {
    if unlocked(tx, pool_id, sub, guess, now).await?.is_some() {
        table::delete(tx, pool_id, sub, guess.as_str()).await?;
    }
    Ok(())
}

/// Ends count and lock of wrong passwords, because the user has proven themselves in another way; the caller
/// commits.
pub(crate) async fn clear(tx: &mut Tx, pool_id: &str, sub: &str) -> Result<(), Fault> {
    table::delete(tx, pool_id, sub, Guess::Password.as_str()).await?;
    Ok(())
}

/// The counter of `sub`, if it is not locked out.
async fn unlocked(
    tx: &mut Tx,
    pool_id: &str,
    sub: &str,
    guess: Guess,
    now: Timestamp,
) -> Result<Option<Attempts>, Fault> {
    match table::get(tx, pool_id, sub, guess.as_str()).await? {
        // authentication §6, documented; without a full stop
        Some(counter) if locks(&counter, now) => Err(Fault::not_authorized("Password attempts exceeded")),
        counter => Ok(counter),
    }
}

fn locks(counter: &Attempts, now: Timestamp) -> bool {
    now < counter.last_at.plus_seconds(lock_seconds(counter.count))
}

/// For how long `failures` lock, in seconds.
fn lock_seconds(failures: i64) -> i64 {
    let doublings = failures - FIRST_LOCKING;
    if doublings < 0 { 0 } else { (1 << doublings.min(32)).min(LONGEST) }
}

/// The counter with one more failure at `now`. One whose last failure is forgotten begins anew.
fn after_failure(
    counter: Option<Attempts>,
    pool_id: &str,
    sub: &str,
    guess: Guess,
    now: Timestamp,
) -> Attempts {
    let mut counter = counter.filter(|c| now < c.expires_at).unwrap_or_else(|| Attempts {
        pool_id: pool_id.to_owned(),
        subject: sub.to_owned(),
        action: guess.as_str().to_owned(),
        count: 0,
        first_at: now,
        last_at: now,
        expires_at: now,
    });
    counter.count += 1;
    // A request that began earlier may end later.
    counter.last_at = counter.last_at.max(now);
    counter.expires_at = counter.last_at.plus_seconds(LONGEST);
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn failures(count: i64) -> Attempts {
        Attempts { count, ..after_failure(None, "p", "s", Guess::Password, NOW) }
    }

    #[test]
    fn locks_double_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let seconds: Vec<_> = (1..=17).map(lock_seconds).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(lock_seconds(i64::MAX), 900);
    }

    #[test]
    fn a_lock_ends_to_the_millisecond() {
        assert!(!locks(&failures(4), NOW));
        assert!(locks(&failures(7), Timestamp(NOW.0 + 3999)));
        assert!(!locks(&failures(7), Timestamp(NOW.0 + 4000)));
    }

    #[test]
    fn failures_are_forgotten_after_a_quarter_of_an_hour() {
        let end = NOW.plus_seconds(LONGEST);
        assert_eq!(
            after_failure(Some(failures(4)), "p", "s", Guess::Password, Timestamp(end.0 - 1)).count,
            5
        );
        assert_eq!(after_failure(Some(failures(4)), "p", "s", Guess::Password, end).count, 1);
    }

    #[test]
    fn a_request_that_began_earlier_does_not_shorten_a_lock() {
        let counter = after_failure(Some(failures(5)), "p", "s", Guess::Password, Timestamp(NOW.0 - 500));
        assert_eq!((counter.count, counter.last_at), (6, NOW));
    }
}
