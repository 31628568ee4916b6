//! Access keys of IAM principals: today the root key pair.

use std::sync::Arc;

use poolhouse_ports::{Entropy, Timestamp};
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::credentials as table;
use poolhouse_store::{Store, StoreError};
use poolhouse_wire::Sensitive;

use crate::repeat::repeated;
use crate::request::Principal;
use crate::settings::KeyPair;
use crate::{Cx, Engine, Fault, StartError};

/// How many keys are read at a time.
const PAGE: u32 = 500;

/// What an access key stands for.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The secret that signs.
    pub secret: Sensitive,
    /// Who signs with it.
    pub principal: Arc<Principal>,
    /// The end of a temporary one.
    pub expires: Option<Timestamp>,
}

/// What an access key stands for, together with its session token if it has one; `None` when they are unknown.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<S>(
    cx: &Cx<S>,
    access_key_id: &str,
    token: Option<&str>,
) -> Result<Option<Credential>, Fault> {
    // There are no temporary credentials, so no session token can be a known one.
    if token.is_some() {
        return Ok(None);
    }
    let secret = match &cx.settings().root {
        Some(root) if root.access_key_id == access_key_id => root.secret_access_key.clone(),
        _ => {
            let row = table::get(&mut cx.read().await?, access_key_id).await?;
            let Some(row) = row else { return Ok(None) };
            cx.engine().sealing().installation_keys().open_text(&place(access_key_id), &row.secret)?
        }
    };
    let principal = Arc::new(Principal::root(access_key_id, &cx.settings().account_id));
    Ok(Some(Credential { secret: secret.into(), principal, expires: None }))
}

/// Makes and stores a root key pair if the database has none; returns it only when it is new, so that its
/// secret can be shown once.
///
/// # Errors
/// When the database cannot be written.
pub async fn ensure_root<S>(engine: &Engine<S>) -> Result<Option<KeyPair>, StartError> {
    let entropy: &Entropy = engine.entropy();
    let pair =
        KeyPair { access_key_id: access_key_id(entropy), secret_access_key: secret_access_key(entropy) };
    let keys = engine.sealing().installation_keys();
    let secret = keys.seal(&place(&pair.access_key_id), pair.secret_access_key.as_bytes());
    let row = table::Credential {
        access_key_id: pair.access_key_id.clone(),
        secret,
        created_at: engine.clock().now(),
    };
    let made = repeated(async || {
        let mut tx = engine.store().write().await?;
        if !table::list_after(&mut tx, "", 1).await?.is_empty()
            || table::insert(&mut tx, &row).await? == Insert::Exists
        {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    });
    Ok(made.await?.then_some(pair))
}

/// `AKIA` and 16 capital letters or digits of base32 (docs/cognito/protocol.md §7).
fn access_key_id(entropy: &Entropy) -> String {
    format!("AKIA{}", entropy.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
}

/// 40 letters or digits: about 238 bits.
fn secret_access_key(entropy: &Entropy) -> String {
    entropy.text(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 40)
}

/// A stored access key, as far as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its public half.
    pub access_key_id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The stored access keys, by their ids.
///
/// # Errors
/// When the database cannot be read.
pub async fn stored(store: &Store) -> Result<Vec<StoredKey>, StoreError> {
    let mut tx = store.read().await?;
    let mut found: Vec<StoredKey> = Vec::new();
    loop {
        let after = found.last().map(|key| key.access_key_id.clone()).unwrap_or_default();
        let page = table::list_after(&mut tx, &after, PAGE).await?;
        if page.is_empty() {
            return Ok(found);
        }
        let shown = |row: table::Credential| StoredKey {
            access_key_id: row.access_key_id,
            created_at: row.created_at,
        };
        found.extend(page.into_iter().map(shown));
    }
}

/// Removes a stored access key, if it is there. Nodes that have just used it may take it for two more seconds.
///
/// # Errors
/// When the database cannot be written.
pub async fn remove(store: &Store, access_key_id: &str) -> Result<bool, StoreError> {
    repeated(async || {
        let mut tx = store.write().await?;
        let removed = table::delete(&mut tx, access_key_id).await?;
        tx.commit().await?;
        Ok(removed)
    })
    .await
}

fn place(access_key_id: &str) -> String {
    format!("credential/{access_key_id}")
}
