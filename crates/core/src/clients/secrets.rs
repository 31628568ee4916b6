//! The secrets of a confidential client: two for as long as one takes over from the other
//! (docs/cognito/operations-and-protection.md §7.4). The texts are ours: AWS's are not known.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::client_secrets::{self as table, ClientSecret as Row};
use poolhouse_store::tables::{Insert, published_secrets};
use poolhouse_wire::user_pools::{ClientSecretDescriptorType, ClientTypeType};

use super::find::{row, stored};
use crate::ids;
use crate::model::Pool;
use crate::model::client::{Config, secret_place};
use crate::turns::Thing;
use crate::{Cx, pools};

/// Secrets of one client (protocol §9, documented).
const SECRETS_PER_CLIENT: usize = 2;

/// Gives a confidential client a second secret, generated unless it is given; only a generated one is shown.
///
/// # Errors
/// `InvalidParameterException` for a client without secret, `LimitExceededException`,
/// `ResourceNotFoundException`.
pub async fn add(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    given: Option<&str>,
) -> Result<ClientSecretDescriptorType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let generated = given.is_none().then(|| ids::client_secret(cx.entropy()));
    let value = given.or(generated.as_deref()).unwrap_or_default();
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    check_kind(&Config::from_json(&row(&mut tx, pool_id, client_id).await?.config)?.kind)?;
    refuse_published(&mut tx, client_id).await?;
    let held = table::list(&mut tx, client_id).await?;
    match held.len() {
        0 => return Err(Fault::invalid_parameter("Client does not have a client secret.")),
        SECRETS_PER_CLIENT.. => {
            return Err(Fault::limit_exceeded("Client secrets cannot exceed limit of 2 secrets."));
        }
        _ => {}
    }
    let secret = put(&mut tx, &pool, &held, (client_id, value, generated.is_some()), cx.now).await?;
    tx.commit().await?;
    cx.state().clients.forget(client_id);
    Ok(descriptor(secret.secret_id, secret.created_at, generated))
}

/// Stores a secret beside those that a client holds: whose, its value, and whether it was made here.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn put(
    tx: &mut Tx,
    pool: &Pool,
    held: &[Row],
    (client_id, value, generated): (&ClientId, &str, bool),
    now: Timestamp,
) -> Result<Row, Fault> {
    let mut secret = seal(pool, client_id, value, generated, now);
    if held.iter().any(|other| other.secret_id == secret.secret_id) {
        // Named for the same millisecond; the next one is free, as there is no third secret.
        secret = seal(pool, client_id, value, generated, Timestamp(now.millis() + 1));
    }
    if table::insert(tx, &secret).await? == Insert::Exists {
        return Err(Fault::internal("the id of a new client secret was taken"));
    }
    Ok(secret)
}

/// Secrets that are rotated are nobody else's to add or delete (open, new-operations §17).
async fn refuse_published(tx: &mut Tx, client_id: &ClientId) -> Result<(), Fault> {
    match published_secrets::get(tx, client_id).await? {
        Some(_) => Err(Fault::invalid_parameter(
            "Client secrets of this app client are managed in AWS Secrets Manager.",
        )),
        None => Ok(()),
    }
}

/// The secrets of a client, oldest first, without their values.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
) -> Result<Vec<ClientSecretDescriptorType>, Fault> {
    let client = stored(cx, pool_id, client_id).await?;
    check_kind(&client.kind)?;
    Ok(client.secrets.into_iter().map(|secret| descriptor(secret.id, secret.created_at, None)).collect())
}

/// Deletes a secret, which proves nothing from then on; the last one stays.
///
/// # Errors
/// `InvalidParameterException` for the only secret, `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, client_id: &ClientId, secret_id: &str) -> Result<(), Fault> {
    pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    check_kind(&Config::from_json(&row(&mut tx, pool_id, client_id).await?.config)?.kind)?;
    refuse_published(&mut tx, client_id).await?;
    let held = table::list(&mut tx, client_id).await?;
    if !held.iter().any(|secret| secret.secret_id == secret_id) {
        return Err(Fault::not_found("Client secret does not exist"));
    }
    if held.len() == 1 {
        return Err(Fault::invalid_parameter("Cannot delete the only client secret."));
    }
    table::delete(&mut tx, client_id, secret_id).await?;
    tx.commit().await?;
    cx.state().clients.forget(client_id);
    Ok(())
}

/// Clients that registered themselves keep their one secret (new-operations §10.2, model; the text is open).
fn check_kind(kind: &Option<ClientTypeType>) -> Result<(), Fault> {
    if *kind == Some(ClientTypeType::Dcr) {
        return Err(Fault::invalid_parameter("Client secret operations are not supported for this client."));
    }
    Ok(())
}

/// A secret ready to be stored, named after its client and the time.
pub(super) fn seal(pool: &Pool, client_id: &ClientId, value: &str, generated: bool, now: Timestamp) -> Row {
    let secret_id = format!("{client_id}--{}", now.millis());
    let secret = pool.keys.seal(&secret_place(client_id, &secret_id), value.as_bytes());
    Row { client_id: client_id.to_owned(), secret_id, created_at: now, secret, generated }
}

fn descriptor(id: String, created_at: Timestamp, value: Option<String>) -> ClientSecretDescriptorType {
    ClientSecretDescriptorType {
        client_secret_id: Some(id),
        client_secret_value: value.map(Into::into),
        client_secret_create_date: Some(created_at),
    }
}
