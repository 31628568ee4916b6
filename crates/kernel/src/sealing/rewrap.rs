//! From one master key to the next: what the previous one sealed is sealed under the current one, while servers run.
//!
//! The master key seals the keys of data alone, so that nothing else has to be written. A key that is sealed anew is left
//! alone, so that this can be broken off and begun again at any time, also by several at once.

use poolhouse_crypto::seal::OpenError;
use poolhouse_ports::PoolId;
use poolhouse_store::Store;
use poolhouse_store::tables::{pools, settings};

use super::{INSTALLATION_KEY, Sealing, pool_key_context};
use crate::repeat::repeated;
use crate::{Fault, StartError};

/// How far it is, and what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many keys were sealed anew.
    pub rewrapped: u64,
    /// The last pool that was looked at; none when there are no more.
    pub last: Option<PoolId>,
}

impl Sealing {
    /// Seals the installation's key anew, where the previous master key sealed it; returns whether it did.
    ///
    /// # Errors
    /// When neither key opens it, or the database fails.
    pub async fn rewrap_installation(&self, store: &Store) -> Result<bool, StartError> {
        let context = INSTALLATION_KEY.as_bytes();
        let Some(sealed) = settings::get(&mut store.read().await?, INSTALLATION_KEY).await? else {
            return Ok(false);
        };
        let Some(anew) = self.sealed_anew(context, &sealed).map_err(|_| StartError::MasterKey)? else {
            return Ok(false);
        };
        // What others have written meanwhile is the same key, under the same master key.
        repeated(async || {
            let mut tx = store.write().await?;
            settings::put(&mut tx, INSTALLATION_KEY, &anew).await?;
            tx.commit().await
        })
        .await?;
        Ok(true)
    }

    /// Seals the keys of up to `limit` pools behind one anew, in one transaction.
    ///
    /// # Errors
    /// When a key is under neither master key, or the database fails.
    pub async fn rewrap_pools(&self, store: &Store, after: &PoolId, limit: u32) -> Result<Progress, Fault> {
        let pools = pools::sealed_after(&mut store.read().await?, after, limit).await?;
        let mut changed = Vec::new();
        for pool in &pools {
            let anew =
                self.sealed_anew(&pool_key_context(&pool.id), &pool.data_key).map_err(Fault::internal)?;
            changed.extend(anew.map(|anew| (pool, anew)));
        }
        let mut rewrapped = 0;
        if !changed.is_empty() {
            rewrapped = repeated(async || {
                let (mut tx, mut count) = (store.write().await?, 0);
                for (pool, anew) in &changed {
                    count += u64::from(pools::rewrap(&mut tx, pool, anew).await?);
                }
                tx.commit().await?;
                Ok(count)
            })
            .await?;
        }
        Ok(Progress { rewrapped, last: pools.last().map(|pool| pool.id.clone()) })
    }

    /// A key sealed under the current master key; none where it is so already.
    fn sealed_anew(&self, context: &[u8], sealed: &[u8]) -> Result<Option<Vec<u8>>, OpenError> {
        if self.master.current.unwrap(context, sealed).is_ok() {
            return Ok(None);
        }
        let key = self.master.unwrap(context, sealed)?;
        Ok(Some(self.master.current.wrap(&key, self.entropy.bytes(), context)))
    }
}
