//! What changes take turns at (docs/decisions/0021-contention.md).

use poolhouse_kernel::Fault;
use poolhouse_ports::{IdentityId, IdentityPoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::identity_pools as table;

use poolhouse_core::Cx;

use crate::faults;
use crate::record::Pool;

/// What changes take turns at.
#[derive(Hash)]
pub(crate) enum Thing<'a> {
    /// How many pools there are.
    Pools,
    /// A pool's record.
    Pool(&'a IdentityPoolId),
    /// An identity with its logins.
    Identity(&'a IdentityId),
    /// Who logs in for the first time: pool, provider and subject.
    Login(&'a IdentityPoolId, &'a str, &'a str),
}

/// A pool in the middle of a change: read in a write transaction, not yet written back.
pub(crate) struct PoolChange {
    pub(crate) tx: Tx,
    pub(crate) pool: Pool,
}

impl PoolChange {
    /// Reads the pool to be changed.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub(crate) async fn begin(cx: &Cx, id: &IdentityPoolId) -> Result<Self, Fault> {
        cx.take_turn(Thing::Pool(id)).await?;
        let mut tx = cx.write().await?;
        let row = table::get(&mut tx, id).await?.ok_or_else(|| faults::pool_not_found(id))?;
        Ok(Self { tx, pool: Pool::of(row)? })
    }

    /// Writes the pool.
    pub(crate) async fn commit(mut self) -> Result<Pool, Fault> {
        table::update(&mut self.tx, &self.pool.row()?).await?;
        self.tx.commit().await?;
        Ok(self.pool)
    }
}
