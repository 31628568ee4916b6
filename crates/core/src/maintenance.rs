//! Removing what has expired, so that tables do not grow for ever.

use poolhouse_store::tables::{attempts, sessions, spent};

use crate::{Engine, Fault};

/// Rows removed in one transaction: few enough that writers in line hardly notice.
const BATCH: u32 = 500;

/// Removes expired sessions, single-use marks and attempt counters; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn purge(engine: &Engine) -> Result<u64, Fault> {
    let now = engine.clock().now();
    let mut removed = 0;
    loop {
        let mut tx = engine.store().write().await?;
        let rows = sessions::purge(&mut tx, now, BATCH).await?
            + spent::purge(&mut tx, now, BATCH).await?
            + attempts::purge(&mut tx, now, BATCH).await?;
        if rows == 0 {
            return Ok(removed);
        }
        tx.commit().await?;
        removed += rows;
    }
}
