//! The signing keys of a pool: two, so that ID and access tokens cannot be taken for one another
//! (docs/cognito/tokens.md §2, recorded).

use std::sync::Arc;

use poolhouse_crypto::jwt;
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::signing_keys::{self as table, SigningKey as SigningKeyRow};

use crate::Cx;
use crate::model::Pool;
use crate::state::keyring::{self, SigningKeys, TokenUse};

/// The keys of a pool.
pub(crate) async fn of_pool(cx: &Cx, pool: &Pool) -> Result<Arc<SigningKeys>, Fault> {
    let load = async || Ok(table::list(&mut cx.read_lasting().await?, &pool.id).await?);
    cx.state().keyring.get(&pool.id, cx.now, &pool.keys, load).await
}

/// Rows of two new keys for a pool; made before the transaction that creates the pool.
pub(crate) async fn make(cx: &Cx, pool_id: &PoolId, keys: &DataKeys) -> Result<Vec<SigningKeyRow>, Fault> {
    let mut rows = Vec::with_capacity(2);
    for token_use in [TokenUse::Id, TokenUse::Access] {
        let key = cx.state().key_stock.take(cx.engine().crypto()).await?;
        let kid = jwt::kid_from(cx.entropy().bytes());
        let pkcs8 = key.to_pkcs8().map_err(Fault::internal)?;
        rows.push(SigningKeyRow {
            pool_id: pool_id.to_owned(),
            token_use: token_use.as_str().to_owned(),
            created_at: cx.now,
            private_key: keys.seal(&keyring::place(&kid), &pkcs8),
            public_key: key.public_key().and_then(|k| k.to_der()).map_err(Fault::internal)?,
            kid,
        });
    }
    Ok(rows)
}

/// Stores the rows of [`make`].
pub(crate) async fn insert(tx: &mut Tx, rows: &[SigningKeyRow]) -> Result<(), Fault> {
    for row in rows {
        if table::insert(tx, row).await? == Insert::Exists {
            return Err(Fault::internal("two signing keys have one kid"));
        }
    }
    Ok(())
}
