//! Identity providers of a pool by their name.

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::{identity_providers as table, idp_identifiers};

use crate::model::Pool;
use crate::model::provider::Provider;

/// The provider of a name, if there is one.
pub(crate) async fn find(tx: &mut Tx, pool: &Pool, name: &str) -> Result<Option<Provider>, Fault> {
    let Some(row) = table::get(tx, &pool.id, name).await? else { return Ok(None) };
    let identifiers = idp_identifiers::list(tx, &pool.id, name).await?;
    Provider::from_row(pool, row, identifiers).map(Some)
}
