//! The keys that sign the tokens of all identity pools: one issuer, one set of keys (identity-pools-and-iam §5).

use std::sync::Arc;

use poolhouse_core::issuer_keys::{IssuerKey, IssuerKeys};
use poolhouse_core::pools::key_rotation::Before;
use poolhouse_core::{Cx, Engine, key_life, tokens};
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_kernel::Fault;
use poolhouse_store::tables::identity_keys::{self as table, IdentityKey};

/// All keys, the newest first; none before there is a pool.
pub(crate) async fn all(cx: &Cx) -> Result<Option<Arc<IssuerKeys>>, Fault> {
    let load = async || {
        let rows = table::list(&mut cx.read().await?).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        rows.into_iter().map(|row| open(cx, row)).collect::<Result<_, _>>().map(IssuerKeys::new).map(Some)
    };
    cx.state().issuer_keys().get(&(), cx.now, load).await
}

fn open(cx: &Cx, row: IdentityKey) -> Result<IssuerKey, Fault> {
    let pkcs8 = cx.engine().sealing().installation_keys().open(&place(&row.kid), &row.private_key)?;
    let private = SigningKey::from_pkcs8(&pkcs8).map_err(Fault::internal)?;
    let public = private.public_key().map_err(Fault::internal)?;
    Ok(IssuerKey { kid: row.kid, created_at: row.created_at, private, public })
}

/// Makes the first key where there is none; of several nodes the quickest does.
pub(crate) async fn ensure(cx: &Cx) -> Result<(), Fault> {
    if !table::list(&mut cx.read().await?).await?.is_empty() {
        return Ok(());
    }
    add(cx, Before::Overlaps, <[IdentityKey]>::is_empty).await.map(drop)
}

/// Makes a new key; false where there is none yet, for there is no pool.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn rotate(cx: &Cx, before: Before) -> Result<bool, Fault> {
    add(cx, before, |rows| !rows.is_empty()).await
}

/// Makes a new key where the newest is old enough, and removes those that are no longer needed; returns how many were made or
/// removed.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn look_after(engine: &Engine) -> Result<u64, Fault> {
    let cx = &Cx::job(engine);
    let mut rows = newest_first(table::list(&mut cx.read().await?).await?);
    let days = cx.state().settings().signing_key_days;
    let is_due =
        |rows: &[IdentityKey]| rows.first().is_some_and(|row| key_life::is_due(row.created_at, days, cx.now));
    let mut done = 0;
    if is_due(&rows) && add(cx, Before::Overlaps, is_due).await? {
        done += 1;
    }
    let made: Vec<_> = rows.iter().map(|row| row.created_at).collect();
    let over = rows.split_off(key_life::needed(&made, cx.now));
    if !over.is_empty() {
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            for key in &over {
                table::delete(&mut tx, &key.kid).await?;
            }
            Ok(tx.commit().await?)
        })
        .await?;
        cx.state().issuer_keys().forget(&());
        done += over.len() as u64;
    }
    Ok(done)
}

/// Adds a key where the keys that are there want one, newest first; another node's does as well.
async fn add(cx: &Cx, before: Before, wanted: impl Fn(&[IdentityKey]) -> bool) -> Result<bool, Fault> {
    let pkcs8 = tokens::new_key(cx).await?.to_pkcs8().map_err(Fault::internal)?;
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        let rows = newest_first(table::list(&mut tx).await?);
        if !wanted(&rows) {
            return Ok(false);
        }
        let kid = next_kid(&cx.settings().region, &rows);
        if before == Before::Ends {
            for key in &rows {
                table::delete(&mut tx, &key.kid).await?;
            }
        }
        let private_key = cx.engine().sealing().installation_keys().seal(&place(&kid), &pkcs8);
        // Another node's key does as well.
        let _ = table::insert(&mut tx, &IdentityKey { kid, created_at: cx.now, private_key }).await?;
        tx.commit().await?;
        cx.state().issuer_keys().forget(&());
        Ok(true)
    })
    .await
}

/// `us-east-1-1`, and so on.
fn next_kid(region: &str, rows: &[IdentityKey]) -> String {
    let number = |row: &IdentityKey| row.kid.rsplit('-').next()?.parse::<u32>().ok();
    let last = rows.iter().filter_map(number).max().unwrap_or(0);
    format!("{region}-{}", last + 1)
}

fn newest_first(mut rows: Vec<IdentityKey>) -> Vec<IdentityKey> {
    rows.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.kid.cmp(&a.kid)));
    rows
}

/// Where the private key of an id belongs.
fn place(kid: &str) -> String {
    format!("identity_key/{kid}")
}
