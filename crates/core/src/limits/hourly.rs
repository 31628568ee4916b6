//! How often a user may do something within an hour (docs/cognito/protocol.md §9).

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Sub};
use poolhouse_store::Tx;
use poolhouse_store::tables::attempts::{self as table, Attempts};

use crate::{Cx, faults};

const HOUR_SECONDS: i64 = 60 * 60;

/// A limit: at most `most` times within the hour that begins with the first time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) action: &'static str,
    pub(crate) most: i64,
}

/// Counts one time. The count stays only if the transaction is committed.
///
/// # Errors
/// `LimitExceededException` when the limit is reached already.
pub(crate) async fn count(
    tx: &mut Tx,
    cx: &Cx,
    pool_id: &PoolId,
    subject: &Sub,
    limit: Limit,
) -> Result<(), Fault> {
    let mut counter = below(tx, cx, pool_id, subject, limit).await?.unwrap_or_else(|| Attempts {
        pool_id: pool_id.to_owned(),
        subject: subject.to_string(),
        action: limit.action.to_owned(),
        count: 0,
        first_at: cx.now,
        last_at: cx.now,
        expires_at: cx.now.plus_seconds(HOUR_SECONDS),
    });
    counter.count += 1;
    counter.last_at = cx.now;
    table::put(tx, &counter).await?;
    Ok(())
}

/// Refuses what [`count`] would refuse, and counts nothing: for what costs before it can be counted.
///
/// # Errors
/// `LimitExceededException` when the limit is reached already.
pub(crate) async fn check(
    tx: &mut Tx,
    cx: &Cx,
    pool_id: &PoolId,
    subject: &Sub,
    limit: Limit,
) -> Result<(), Fault> {
    below(tx, cx, pool_id, subject, limit).await.map(drop)
}

/// The counter of this hour, if it is below the limit.
async fn below(
    tx: &mut Tx,
    cx: &Cx,
    pool_id: &PoolId,
    subject: &Sub,
    limit: Limit,
) -> Result<Option<Attempts>, Fault> {
    match table::get(tx, pool_id, subject, limit.action).await?.filter(|c| c.expires_at > cx.now) {
        Some(counter) if counter.count >= limit.most => Err(faults::attempts_exceeded()),
        counter => Ok(counter),
    }
}
