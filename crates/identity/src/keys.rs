//! The key that signs the tokens of all identity pools: one issuer, one set of keys (identity-pools-and-iam §5).

use poolhouse_core::{Cx, tokens};
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_kernel::Fault;
use poolhouse_store::tables::identity_keys::{self as table, IdentityKey};

/// A key, ready for use.
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) key: SigningKey,
}

/// All keys, the newest first.
pub(crate) async fn all(cx: &Cx) -> Result<Vec<Key>, Fault> {
    let mut rows = table::list(&mut cx.read().await?).await?;
    rows.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.kid.cmp(&a.kid)));
    let keys = cx.engine().sealing().installation_keys();
    let open = |row: IdentityKey| {
        let pkcs8 = keys.open(&place(&row.kid), &row.private_key)?;
        Ok(Key { key: SigningKey::from_pkcs8(&pkcs8).map_err(Fault::internal)?, kid: row.kid })
    };
    rows.into_iter().map(open).collect()
}

/// Makes the first key where there is none; of several nodes the quickest does.
pub(crate) async fn ensure(cx: &Cx) -> Result<(), Fault> {
    if !table::list(&mut cx.read().await?).await?.is_empty() {
        return Ok(());
    }
    let kid = format!("{}-1", cx.settings().region);
    let pkcs8 = tokens::new_key(cx).await?.to_pkcs8().map_err(Fault::internal)?;
    let private_key = cx.engine().sealing().installation_keys().seal(&place(&kid), &pkcs8);
    let row = IdentityKey { kid, created_at: cx.now, private_key };
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        // Another node's key does as well.
        let _ = table::insert(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Where the private key of an id belongs.
fn place(kid: &str) -> String {
    format!("identity_key/{kid}")
}
