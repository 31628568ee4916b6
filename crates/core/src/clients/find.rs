//! Finding a client: kept ready for sign-in, or as it is stored now.

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::clients::{self as table, Client as Row};
use poolhouse_store::tables::{client_secrets, published_secrets};
use poolhouse_wire::ErrorCode;

use crate::model::client::{ClientSecret, Config, secret_place};
use crate::model::risk::SetRisk;
use crate::model::{Client, Pool};
use crate::{Cx, faults, pools};

/// The client of an id, with its pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn get(cx: &Cx, client_id: &ClientId) -> Result<(Arc<Pool>, Arc<Client>), Fault> {
    if cx.is_repeating() {
        cx.state().clients.forget(client_id);
    }
    let load = async || load(cx, client_id).await;
    let client = cx.state().clients.get(client_id, cx.now, load).await?;
    let client = client.ok_or_else(|| faults::client_not_found(client_id))?;
    let pool = pool_of(cx, &client.pool_id, client_id).await?;
    Ok((pool, client))
}

/// The pool of a client. One that is gone took the client with it, and whoever names only the client is told
/// of that: the client may be kept ready a moment longer than its pool.
async fn pool_of(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<Arc<Pool>, Fault> {
    pools::get(cx, pool_id).await.map_err(|fault| match fault.code() {
        ErrorCode::ResourceNotFoundException => faults::client_not_found(client_id),
        _ => fault,
    })
}

async fn load(cx: &Cx, client_id: &ClientId) -> Result<Option<Client>, Fault> {
    let mut tx = cx.read().await?;
    let Some(row) = table::get(&mut tx, client_id).await? else { return Ok(None) };
    let risk = risk_of(&row)?;
    let sealed = client_secrets::list(&mut tx, client_id).await?;
    let published = if sealed.is_empty() { None } else { published_secrets::get(&mut tx, client_id).await? };
    drop(tx);
    let pool = pool_of(cx, &row.pool_id, client_id).await?;
    let secrets = sealed
        .into_iter()
        .map(|s| {
            let value = pool.keys.open_text(&secret_place(client_id, &s.secret_id), &s.secret)?;
            Ok(ClientSecret { id: s.secret_id, created_at: s.created_at, value, generated: s.generated })
        })
        .collect::<Result<_, Fault>>()?;
    let Config { settings, kind } = Config::from_json(&row.config)?;
    Ok(Some(Client {
        id: row.client_id,
        pool_id: row.pool_id,
        name: row.name,
        created_at: row.created_at,
        modified_at: row.modified_at,
        settings,
        kind,
        risk,
        sso_minutes: row.sso_minutes,
        secrets,
        metadata: None,
        published,
    }))
}

/// The client as it is stored now: what is kept ready for sign-in may be a moment old.
pub(crate) async fn stored(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<Client, Fault> {
    pools::get(cx, pool_id).await?;
    load(cx, client_id).await?.filter(|client| client.pool_id == *pool_id).ok_or_else(not_found)
}

/// The client's row, in the transaction that changes it.
pub(crate) async fn row(tx: &mut Tx, pool_id: &PoolId, client_id: &ClientId) -> Result<Row, Fault> {
    table::get(tx, client_id).await?.filter(|row| row.pool_id == *pool_id).ok_or_else(not_found)
}

/// A client that the pool does not have, deleted ones and those of other pools among them (protocol §7.2, recorded).
fn not_found() -> Fault {
    Fault::not_found("User pool client does not exist.")
}

/// What a client's row says.
pub(crate) fn risk_of(row: &Row) -> Result<Option<SetRisk>, Fault> {
    row.risk.as_deref().map(serde_json::from_str).transpose().map_err(Fault::internal)
}
