//! Who signs: the account's root, a user with an access key, or a session with its token.

use std::sync::Arc;

use poolhouse_kernel::repeat::repeated;
use poolhouse_kernel::request::Principal;
use poolhouse_kernel::{Cx, Engine, Fault, KeyPair, StartError};
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::access_keys;
use poolhouse_store::tables::credentials as table;
use poolhouse_store::{Store, StoreError};

use crate::keys::{new_pair, place};
use crate::{principals, sessions};

pub use crate::principals::Credential;

/// How many keys are read at a time.
const PAGE: u32 = 500;

/// What an access key stands for, together with its session token if it has one; `None` when they are unknown, do not
/// belong together, or are those of somebody who is gone.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<S>(
    cx: &Cx<S>,
    access_key_id: &str,
    token: Option<&str>,
) -> Result<Option<Credential>, Fault> {
    if let Some(token) = token {
        return sessions::find(cx, access_key_id, token).await;
    }
    let root = |secret: String| Credential {
        secret: secret.into(),
        principal: Arc::new(Principal::root(access_key_id, &cx.settings().account_id)),
        expires: None,
    };
    if let Some(pair) = &cx.settings().root
        && pair.access_key_id == access_key_id
    {
        return Ok(Some(root(pair.secret_access_key.clone())));
    }
    let keys = cx.engine().sealing().installation_keys();
    let mut tx = cx.read().await?;
    if let Some(row) = table::get(&mut tx, access_key_id).await? {
        return Ok(Some(root(keys.open_text(&place(access_key_id), &row.secret)?)));
    }
    let row = access_keys::get(&mut tx, access_key_id).await?.filter(|row| row.active);
    let Some(row) = row else { return Ok(None) };
    let Some(principal) = principals::user(cx, &mut tx, access_key_id, &row.user_id).await? else {
        return Ok(None);
    };
    let secret = keys.open_text(&place(access_key_id), &row.secret)?;
    Ok(Some(Credential { secret: secret.into(), principal: Arc::new(principal), expires: None }))
}

/// Makes and stores a root key pair if the database has none; returns it only when it is new, so that its
/// secret can be shown once.
///
/// # Errors
/// When the database cannot be written.
pub async fn ensure_root<S>(engine: &Engine<S>) -> Result<Option<KeyPair>, StartError> {
    let pair = new_pair(engine.entropy());
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

/// A stored access key, as far as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its public half.
    pub access_key_id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The stored access keys of the root, by their ids.
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

/// Removes a stored access key of the root, if it is there. Nodes that have just used it may take it for two more seconds.
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
