//! Removing what has expired, so that tables do not grow for ever.

use poolhouse_kernel::Fault;
use poolhouse_store::tables::{
    attempts, auth_events, browser_sessions, cimd_documents, deleted_pools, identity_pools, import_jobs,
    recoveries, sessions, spent,
};

use crate::{Engine, import, point_in_time};

/// Rows removed in one transaction: few enough that writers in line hardly notice.
const BATCH: u32 = 500;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// For how long a URL is known that nobody uses as a client (new-operations §16.7, ours).
const URL_DAYS: i64 = 366;

/// Removes expired sessions of tokens and browsers, single-use marks and attempt counters, auth events that are old enough, and
/// URLs of clients that nobody uses; ends import jobs that nobody started; keeps the journals of pools. Returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn purge(engine: &Engine) -> Result<u64, Fault> {
    let now = engine.clock().now();
    let events_end = now.plus_seconds(-i64::from(engine.state().settings.auth_event_days) * DAY_SECONDS);
    let urls_end = now.plus_seconds(-URL_DAYS * DAY_SECONDS);
    let mut removed = 0;
    loop {
        match import::expire(engine).await? {
            0 => break,
            count => removed += count,
        }
    }
    loop {
        match point_in_time::keep_journals(engine).await? {
            0 => break,
            count => removed += count,
        }
    }
    loop {
        let mut tx = engine.store().write().await?;
        let rows = [
            ("sessions", sessions::purge(&mut tx, now, BATCH).await?),
            ("browser_sessions", browser_sessions::purge(&mut tx, now, BATCH).await?),
            ("spent", spent::purge(&mut tx, now, BATCH).await?),
            ("attempts", attempts::purge(&mut tx, now, BATCH).await?),
            ("auth_events", auth_events::purge(&mut tx, events_end, BATCH).await?),
            ("cimd_documents", cimd_documents::purge(&mut tx, urls_end, BATCH).await?),
        ];
        let all: u64 = rows.iter().map(|(_, count)| count).sum();
        if all > 0 {
            tx.commit().await?;
        }
        engine.state().expired.count(rows);
        if all == 0 {
            return Ok(removed);
        }
        removed += all;
    }
}

/// The most jobs that are counted.
const MOST_JOBS: u32 = 1000;

/// How many jobs of each kind wait or run, of all nodes and as far as they are counted.
///
/// # Errors
/// When the database cannot be read.
pub async fn waiting(engine: &Engine) -> Result<[(&'static str, u32); 3], Fault> {
    let mut tx = engine.store().read().await?;
    let deleted = deleted_pools::waiting(&mut tx, MOST_JOBS).await?;
    let deleted = deleted + identity_pools::count_deleted(&mut tx, MOST_JOBS).await?;
    Ok([
        ("import", import_jobs::waiting(&mut tx, MOST_JOBS).await?),
        ("recovery", recoveries::waiting(&mut tx, MOST_JOBS).await?),
        ("deletion", deleted),
    ])
}
