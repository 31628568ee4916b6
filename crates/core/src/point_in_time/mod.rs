//! Taking the users and groups of a pool back to an earlier moment (docs/cognito/new-operations.md §15).
//!
//! ```text
//! initiate ─► preview: users held still, changes counted ─► start ─► restoration ─► end
//!                          └──── cancel, or a day ────► nothing changed
//! ```
//!
//! The store keeps each row as it was before a change ([`poolhouse_store::tables::past`]). Of each key that was changed since
//! the moment, the first such row is its state then. Preview and restoration walk these keys, a batch in a transaction that
//! only the holder of the lease commits, together with how far it came. Each step sets a state and adds to none: whoever
//! takes a recovery over goes on behind the last batch. A restoration is kept in the journal like any change, so that a later one
//! can undo it.

mod manage;
mod phase;
mod preview;
mod put_back;
mod record;
mod run;
mod take_away;

pub use manage::{abort, cancel, describe, initiate, list, start};
pub use record::memberships;
pub use run::{Running, finish};

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::passkeys::Passkey;
use poolhouse_store::tables::past::{self, Past};
use poolhouse_store::tables::{journals, recoveries};

use crate::{Cx, Engine};

/// How many keys are done in one transaction: few enough that nobody waits long for the writer of SQLite.
const BATCH: u32 = 200;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Journals are cut at whole hours: that is written into each of them, which is not to be at every look.
const CUT_MILLIS: i64 = 60 * 60 * 1000;

/// A journal begins this much later than now: a request that is under way may not have seen it.
const MARGIN_SECONDS: i64 = 5;

/// Begins and ends journals as the settings say, and forgets some of what is older than they want kept. Tells how many rows
/// were written, none when there is nothing more to do.
///
/// # Errors
/// When the database cannot be written.
pub async fn keep_journals(engine: &Engine) -> Result<u64, Fault> {
    let cx = Cx::job(engine);
    let days = cx.state().settings.recovery_days;
    let mut tx = cx.read().await?;
    let to_begin = days > 0 && journals::first_without(&mut tx).await?.is_some();
    let to_end = days == 0 && journals::first_idle(&mut tx, cx.now).await?.is_some();
    drop(tx);
    let wanted = cx.now.plus_seconds(-i64::from(days) * DAY_SECONDS);
    let wanted = Timestamp(wanted.0 - wanted.0.rem_euclid(CUT_MILLIS));
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        let mut rows = 0;
        if to_begin {
            rows += journals::begin_all(&mut tx, cx.now.plus_seconds(MARGIN_SECONDS)).await?;
        }
        if to_end {
            rows += journals::end_all(&mut tx, cx.now).await?;
        }
        let active = recoveries::oldest_active(&mut tx).await?;
        let end = active.map_or(wanted, |moment| wanted.min(moment));
        rows += journals::cut(&mut tx, end).await?;
        rows += past::users::purge(&mut tx, end, BATCH).await?
            + past::groups::purge(&mut tx, end, BATCH).await?
            + past::members::purge(&mut tx, end, BATCH).await?
            + past::passkeys::purge(&mut tx, end, BATCH).await?
            + past::linked_identities::purge(&mut tx, end, BATCH).await?;
        if rows > 0 {
            tx.commit().await?;
        }
        Ok(rows)
    })
    .await
}

/// The next batch of a walk: at each call the states of keys behind the position, and where it stands afterwards.
struct Batch<Row, const KEY: usize>(Vec<Past<Row, KEY>>);

impl<Row, const KEY: usize> Batch<Row, KEY> {
    /// The last key, unless there is none behind it.
    fn reached(&self) -> Option<Vec<String>> {
        let is_full = self.0.len() >= BATCH as usize;
        self.0.last().filter(|_| is_full).map(|past| past.key.to_vec())
    }
}

/// A position as a key of the walk that it was reached in.
fn key<const KEY: usize>(position: &[String]) -> [String; KEY] {
    std::array::from_fn(|index| position.get(index).cloned().unwrap_or_default())
}

/// A passkey but for its counter, which is never taken back.
fn uncounted(passkey: Passkey) -> Passkey {
    Passkey { sign_count: 0, ..passkey }
}

/// The transaction of a step.
async fn write(cx: &Cx) -> Result<Tx, Fault> {
    Ok(cx.write().await?.of_recovery())
}
