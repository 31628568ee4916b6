//! What a deleted pool leaves behind is removed in small steps, so that nobody has to wait for it (docs/decisions/0064).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::{deleted_pools, pools as table};

use crate::{Cx, Engine};

/// Users removed in one transaction, each with a dozen rows in other tables: few enough that writers in line hardly notice.
const STEP: u32 = 50;

/// Removes all rows of deleted pools; tells how many. Where it is broken off, it goes on next time.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn sweep(engine: &Engine) -> Result<u64, Fault> {
    let mut removed = 0;
    while let Some(pool_id) = deleted_pools::first(&mut engine.store().read().await?).await? {
        let before = removed;
        loop {
            match step(&Cx::job(engine), &pool_id).await? {
                0 => break,
                count => removed += count,
            }
        }
        tracing::info!(pool = %pool_id, count = removed - before, "the rows of a deleted pool were removed");
    }
    Ok(removed)
}

/// Does the next step at a pool, if it is deleted still; tells how many rows that removed. The pool itself goes with the last step,
/// which tells of none.
///
/// # Errors
/// As those of [`sweep`].
pub async fn step(cx: &Cx, pool_id: &PoolId) -> Result<u64, Fault> {
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        // A restore may have put it back since the last step.
        if !deleted_pools::contains(&mut tx, pool_id).await? {
            return Ok(0);
        }
        let count = deleted_pools::empty(&mut tx, pool_id, STEP).await?;
        if count == 0 {
            table::delete(&mut tx, pool_id).await?;
        }
        tx.commit().await?;
        Ok(count)
    })
    .await
}
