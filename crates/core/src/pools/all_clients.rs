//! All clients of a pool, one lot after another.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::clients::{self as table, Client as Row};

/// Clients read at once.
const AT_ONCE: u32 = 100;

/// How far the clients of a pool are read.
pub(crate) struct AllClients<'a> {
    pool_id: &'a PoolId,
    after: ClientId,
}

impl<'a> AllClients<'a> {
    pub(crate) fn of(pool_id: &'a PoolId) -> Self {
        Self { pool_id, after: ClientId::default() }
    }

    /// The next of them; `None` after the last.
    pub(crate) async fn next(&mut self, tx: &mut Tx) -> Result<Option<Vec<Row>>, Fault> {
        let rows = table::list_after(tx, self.pool_id, &self.after, AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after.clone_from(&last.client_id);
        Ok(Some(rows))
    }
}
