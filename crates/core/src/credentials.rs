//! Access keys of IAM principals: today the root key pair.

use poolhouse_ports::Entropy;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::credentials::{self as table, Credential};

use crate::engine::{Engine, StartError};
use crate::{Cx, Fault, ids};

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
pub async fn secret_of(cx: &Cx, access_key_id: &str) -> Result<Option<String>, Fault> {
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
pub async fn ensure_root(engine: &Engine) -> Result<Option<KeyPair>, StartError> {
    let mut tx = engine.store().write().await?;
    if !table::list_after(&mut tx, "", 1).await?.is_empty() {
        return Ok(None);
    }
    let entropy: &Entropy = engine.entropy();
    let pair = KeyPair {
        access_key_id: ids::access_key_id(entropy),
        secret_access_key: ids::secret_access_key(entropy),
    };
    let keys = engine.sealing().installation_keys();
    let secret = keys.seal(&place(&pair.access_key_id), pair.secret_access_key.as_bytes());
    let row =
        Credential { access_key_id: pair.access_key_id.clone(), secret, created_at: engine.clock().now() };
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Ok(None);
    }
    tx.commit().await?;
    Ok(Some(pair))
}

fn place(access_key_id: &str) -> String {
    format!("credential/{access_key_id}")
}
