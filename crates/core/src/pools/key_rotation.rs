//! The rotation of signing keys: new ones beside those that sign, which take over when they are known (decision 61).

use std::cmp::Reverse;

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::pools as pools_table;
use poolhouse_store::tables::signing_keys::{self as table, SigningKey};
use poolhouse_wire::ErrorCode;

use super::keys;
use crate::state::keyring::TokenUse;
use crate::turns::Thing;
use crate::{Cx, Engine, key_life};

/// How many pools are looked at at a time.
const BATCH: u32 = 100;

/// What becomes of the keys of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// They sign until the new ones are known, and verify until their last token has ended.
    Overlaps,
    /// They go at once, and their tokens with them: somebody else may have them.
    Ends,
}

/// Makes new signing keys for a pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn rotate(cx: &Cx, pool_id: &PoolId, before: Before) -> Result<(), Fault> {
    rotate_where(cx, pool_id, before, |_| true).await.map(drop)
}

/// Makes new keys for pools whose newest ones are old enough, and removes those that are no longer needed; returns how many
/// were made or removed. A pool that cannot be looked after keeps no other one from it.
///
/// # Errors
/// The first, when all others have been looked after; and when the database cannot be read.
pub async fn look_after(engine: &Engine) -> Result<u64, Fault> {
    let (mut done, mut after, mut failed) = (0, PoolId::START.clone(), None);
    loop {
        let pools = pools_table::sealed_after(&mut engine.store().read().await?, &after, BATCH).await?;
        let Some(last) = pools.last() else { break };
        after.clone_from(&last.id);
        for pool in pools {
            // Each is a request of its own.
            match look_after_pool(&Cx::job(engine), &pool.id).await {
                Ok(count) => done += count,
                // It is deleted, and its rows are about to go.
                Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => {}
                Err(fault) => {
                    let cause = fault.cause().map(tracing::field::display);
                    tracing::warn!(pool = %pool.id, cause, "cannot look after the signing keys of a pool");
                    failed.get_or_insert(fault);
                }
            }
        }
    }
    failed.map_or(Ok(done), Err)
}

async fn look_after_pool(cx: &Cx, pool_id: &PoolId) -> Result<u64, Fault> {
    let rows = table::list(&mut cx.read().await?, pool_id).await?;
    let days = cx.state().settings.signing_key_days;
    let is_due = |rows: &[SigningKey]| {
        let newest = rows.iter().map(|row| row.created_at).max();
        newest.is_some_and(|newest| key_life::is_due(newest, days, cx.now))
    };
    let mut done = 0;
    if is_due(&rows) && rotate_where(cx, pool_id, Before::Overlaps, is_due).await? {
        done += 1;
    }
    let over = over(&rows, cx.now);
    if !over.is_empty() {
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            delete(&mut tx, pool_id, &over).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        cx.state().keyring.forget(pool_id);
        done += over.len() as u64;
    }
    Ok(done)
}

/// Makes new keys, unless another node was quicker.
async fn rotate_where(
    cx: &Cx,
    pool_id: &PoolId,
    before: Before,
    is_due: impl Fn(&[SigningKey]) -> bool,
) -> Result<bool, Fault> {
    let pool = super::get(cx, pool_id).await?;
    let made = keys::make(cx, pool_id, &pool.keys).await?;
    cx.repeat(async || {
        cx.take_turn(Thing::Pool(pool_id)).await?;
        let mut tx = cx.write().await?;
        let rows = table::list(&mut tx, pool_id).await?;
        if !is_due(&rows) {
            return Ok(false);
        }
        if before == Before::Ends {
            let kids: Vec<String> = rows.into_iter().map(|row| row.kid).collect();
            delete(&mut tx, pool_id, &kids).await?;
        }
        keys::insert(&mut tx, &made).await?;
        tx.commit().await?;
        cx.state().keyring.forget(pool_id);
        Ok(true)
    })
    .await
}

/// The ids of keys that are no longer needed.
fn over(rows: &[SigningKey], now: Timestamp) -> Vec<String> {
    let mut over = Vec::new();
    for token_use in [TokenUse::Id, TokenUse::Access] {
        let mut of_use: Vec<_> = rows.iter().filter(|row| row.token_use == token_use.as_str()).collect();
        of_use.sort_by_key(|row| Reverse(row.created_at));
        let made: Vec<Timestamp> = of_use.iter().map(|row| row.created_at).collect();
        over.extend(of_use.into_iter().skip(key_life::needed(&made, now)).map(|row| row.kid.clone()));
    }
    over
}

async fn delete(tx: &mut Tx, pool_id: &PoolId, kids: &[String]) -> Result<(), Fault> {
    for kid in kids {
        table::delete(tx, pool_id, kid).await?;
    }
    Ok(())
}
