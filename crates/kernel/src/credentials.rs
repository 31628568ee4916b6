//! Access keys of IAM principals: today the root key pair.

use poolhouse_ports::{Entropy, Timestamp};
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::credentials::{self as table, Credential};
use poolhouse_store::{Store, StoreError};

use crate::repeat::repeated;
use crate::{Cx, Engine, Fault, StartError};

/// How many keys are read at a time.
const PAGE: u32 = 500;

/// An access key with its secret.
#[derive(Clone)]
pub struct KeyPair {
    /// Public half, sent with each request.
    pub access_key_id: String,
    /// Secret half, which signs.
    pub secret_access_key: String,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// The secret of an access key; `None` when the key is unknown.
///
/// # Errors
/// When the database cannot be read.
pub async fn secret_of<S>(cx: &Cx<S>, access_key_id: &str) -> Result<Option<String>, Fault> {
    if let Some(root) = &cx.settings().root
        && root.access_key_id == access_key_id
    {
        return Ok(Some(root.secret_access_key.clone()));
    }
    let Some(row) = table::get(&mut cx.read().await?, access_key_id).await? else { return Ok(None) };
    let keys = cx.engine().sealing().installation_keys();
    keys.open_text(&place(access_key_id), &row.secret).map(Some)
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
    let row =
        Credential { access_key_id: pair.access_key_id.clone(), secret, created_at: engine.clock().now() };
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
        let shown =
            |row: Credential| StoredKey { access_key_id: row.access_key_id, created_at: row.created_at };
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
