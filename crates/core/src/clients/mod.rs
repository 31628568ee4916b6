//! App clients: the record that sign-in and tokens ask, and the operations on clients.

mod manage;
mod redirect;
mod rules;
pub mod secrets;
mod settings;
mod validity;

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_store::tables::{client_secrets, clients as table};
use poolhouse_wire::ErrorCode;

use crate::model::client::ClientSecret;
use crate::model::{Client, Pool};
use crate::{Cx, faults, protection};

pub use manage::{create, delete, describe, list, update};
pub(crate) use manage::{drop_provider, row};

/// The client of an id, with its pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn get(cx: &Cx, client_id: &str) -> Result<(Arc<Pool>, Arc<Client>), Fault> {
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
async fn pool_of(cx: &Cx, pool_id: &str, client_id: &str) -> Result<Arc<Pool>, Fault> {
    crate::pools::get(cx, pool_id).await.map_err(|fault| match fault.code() {
        ErrorCode::ResourceNotFoundException => faults::client_not_found(client_id),
        _ => fault,
    })
}

async fn load(cx: &Cx, client_id: &str) -> Result<Option<Client>, Fault> {
    let mut tx = cx.read().await?;
    let Some(row) = table::get(&mut tx, client_id).await? else { return Ok(None) };
    let risk = protection::configuration::of_row(&row)?;
    let sealed = client_secrets::list(&mut tx, client_id).await?;
    drop(tx);
    let pool = pool_of(cx, &row.pool_id, client_id).await?;
    let secrets = sealed
        .into_iter()
        .map(|s| {
            let value = pool.keys.open_text(&secrets::place(client_id, &s.secret_id), &s.secret)?;
            Ok(ClientSecret { id: s.secret_id, created_at: s.created_at, value })
        })
        .collect::<Result<_, Fault>>()?;
    Ok(Some(Client {
        id: row.client_id,
        pool_id: row.pool_id,
        name: row.name,
        created_at: row.created_at,
        modified_at: row.modified_at,
        settings: serde_json::from_str(&row.config).map_err(Fault::internal)?,
        risk,
        secrets,
    }))
}
