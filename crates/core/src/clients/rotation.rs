//! The rotation of published secrets: of two the older one goes, and a new one comes, so that what an application has read
//! is good until the rotation after the next (docs/cognito/new-operations.md §17.1).

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::client_secrets;
use poolhouse_store::tables::clients as clients_table;
use poolhouse_store::tables::published_secrets::{self as table, PublishedSecret};

use super::secrets;
use crate::model::Pool;
use crate::turns::Thing;
use crate::{Cx, Engine, ids, pools};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// How many are looked for at a time.
const BATCH: u32 = 100;

/// Every how many days; `None`: by hand alone.
pub(super) fn days(cx: &Cx) -> Option<u32> {
    Some(cx.state().settings.secret_rotation_days).filter(|days| *days > 0)
}

/// When secrets that are rotated now are rotated next.
pub(super) fn next(cx: &Cx) -> Option<Timestamp> {
    days(cx).map(|days| cx.now.plus_seconds(i64::from(days) * DAY_SECONDS))
}

/// Deletes the older one of two secrets of a client, and makes a new one.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn replace_older(
    tx: &mut Tx,
    cx: &Cx,
    pool: &Pool,
    client_id: &ClientId,
) -> Result<(), Fault> {
    let mut held = client_secrets::list(tx, client_id).await?;
    while held.len() > 1 {
        let older = held.remove(0);
        client_secrets::delete(tx, client_id, &older.secret_id).await?;
    }
    let value = ids::client_secret(cx.entropy());
    secrets::put(tx, pool, &held, (client_id, &value, true), cx.now).await.map(drop)
}

/// Rotates the secrets whose time has come; returns how many were.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn rotate_due(engine: &Engine) -> Result<u64, Fault> {
    let mut rotated = 0;
    loop {
        let due = table::due(&mut engine.store().read().await?, engine.clock().now(), BATCH).await?;
        if due.is_empty() {
            return Ok(rotated);
        }
        for published in due {
            // Each is a request of its own.
            rotated += u64::from(rotate(&Cx::job(engine), &published).await?);
        }
    }
}

/// Rotates the secrets of a client now; false where they are not published.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn rotate_now(cx: &Cx, client_id: &ClientId) -> Result<bool, Fault> {
    let published = table::get(&mut cx.read().await?, client_id).await?;
    match published {
        Some(published) => rotate(cx, &published).await,
        None => Ok(false),
    }
}

/// Rotates what was read so, unless another node was quicker.
async fn rotate(cx: &Cx, published: &PublishedSecret) -> Result<bool, Fault> {
    let client_id = &published.client_id;
    cx.repeat(async || {
        cx.take_turn(Thing::Client(client_id)).await?;
        let client = clients_table::get(&mut cx.read().await?, client_id).await?;
        let Some(client) = client else { return Ok(false) };
        let pool = pools::get(cx, &client.pool_id).await?;
        let mut tx = cx.write().await?;
        if !table::rotated(&mut tx, published, cx.now, next(cx)).await? {
            return Ok(false);
        }
        replace_older(&mut tx, cx, &pool, client_id).await?;
        tx.commit().await?;
        cx.state().clients.forget(client_id);
        Ok(true)
    })
    .await
}
