//! Restoring: all of a backup into an empty database, or single pools of it into one that is in use.

mod replaced;

use std::collections::{BTreeMap, BTreeSet};

use poolhouse_crypto::age::Identity;
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::{MasterKey, Sealer};
use poolhouse_ports::{Entropy, PoolId, Timestamp};
use poolhouse_store::portable::{Fill, Row, Shape};
use poolhouse_store::{Store, migrate};

use crate::choice::{Choice, Everything, Pools};
use crate::error::Wrong;
use crate::verify::look_through;
use crate::{BackupError, Backups, Manifest, part, sealed};
use replaced::Replaced;

/// What to restore, and with which keys.
#[derive(Debug)]
pub struct Restore<'a> {
    /// Where the backup is.
    pub backups: &'a Backups,
    /// The backup.
    pub manifest: &'a Manifest,
    /// The master key of the server that made it.
    pub from: &'a MasterKey,
    /// The master key of the database to fill.
    pub to: &'a MasterKey,
    /// Those for whom it is encrypted.
    pub identities: &'a [Identity],
    /// Randomness for sealing.
    pub entropy: &'a Entropy,
    /// The time.
    pub now: Timestamp,
}

/// What was restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Rows that were written.
    pub rows: u64,
    /// Pools among them.
    pub pools: u64,
}

/// What becomes of a pool that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is restored.
    Refuse,
    /// The backup's takes its place: what it has beyond that is lost, but what was ended or used up stays so.
    Replace,
}

impl Restore<'_> {
    /// Restores everything into an empty database. It is filled in one transaction: until the end there is nothing.
    ///
    /// # Errors
    /// Whatever is wrong with the backup, the keys or the database; nothing is written then.
    pub async fn whole(&self, store: &Store) -> Result<Restored, BackupError> {
        if self.manifest.pools.is_some() {
            return Err(BackupError::NotWhole(self.manifest.name.clone()));
        }
        self.check(&mut Everything).await?;
        let mut fill = Fill::whole(store, self.manifest.schema).await?;
        let mut amend = |shape: &Shape, rows: &mut Vec<Row>| self.reseal(shape, rows);
        let restored = self.write(&mut fill, &mut Everything, &mut amend).await?;
        fill.finish().await?;
        Ok(restored)
    }

    /// Restores pools under their own ids, in one transaction. Servers go on, and notice within a second.
    ///
    /// # Errors
    /// As [`Restore::whole`]; and where a pool is not in the backup, or in the database against `existing`.
    pub async fn pools(
        &self,
        store: &Store,
        pools: &BTreeSet<PoolId>,
        existing: Existing,
    ) -> Result<Restored, BackupError> {
        let mut fill = self.begin_pools(store, pools).await?;
        let mut replaced = BTreeMap::new();
        for pool in pools {
            let Some(before) = Replaced::of(&mut fill, pool).await? else {
                // Of one that was deleted there may be rows left.
                fill.delete_pool(pool).await?;
                continue;
            };
            if existing == Existing::Refuse {
                return Err(BackupError::PoolExists(pool.clone()));
            }
            fill.delete_pool(pool).await?;
            replaced.insert(pool.clone(), before);
        }
        let mut choice = Pools::new(pools);
        let mut amend = |shape: &Shape, rows: &mut Vec<Row>| {
            self.reseal(shape, rows)?;
            replaced::amend(&mut replaced, shape, rows, self)
        };
        let restored = self.write(&mut fill, &mut choice, &mut amend).await?;
        for before in replaced.into_values() {
            before.put_back(&mut fill).await?;
        }
        fill.finish().await?;
        Ok(restored)
    }

    /// Restores one pool as another one, which `renew` makes of its rows; what that one has beside them is for the caller to
    /// write, who then finishes the transaction.
    ///
    /// # Errors
    /// As [`Restore::whole`]; and where the pool is not in the backup.
    pub async fn as_new(
        &self,
        store: &Store,
        pool: &PoolId,
        mut renew: impl FnMut(&Shape, &mut Vec<Row>) -> Result<(), Fault>,
    ) -> Result<(Fill, Restored), BackupError> {
        let pools = BTreeSet::from([pool.clone()]);
        let mut fill = self.begin_pools(store, &pools).await?;
        let mut choice = Pools::new(&pools);
        let mut amend = |shape: &Shape, rows: &mut Vec<Row>| {
            renew(shape, rows).map_err(|fault| BackupError::renewed(&fault))
        };
        let restored = self.write(&mut fill, &mut choice, &mut amend).await?;
        Ok((fill, restored))
    }

    /// Begins to write pools, when all that is known beforehand allows it.
    async fn begin_pools(&self, store: &Store, pools: &BTreeSet<PoolId>) -> Result<Fill, BackupError> {
        if self.manifest.schema < migrate::newest() {
            return Err(BackupError::OlderSchema(self.manifest.schema, migrate::newest()));
        }
        let mut choice = Pools::new(pools);
        self.check(&mut choice).await?;
        if let Some(pool) = choice.deleted() {
            return Err(BackupError::Deleted(pool.clone()));
        }
        if let Some(pool) = choice.missing() {
            return Err(BackupError::NotIn(pool.clone(), self.manifest.name.clone()));
        }
        if self.to.installation(store).await? == Sealer::Another {
            return Err(BackupError::MasterKey("the database's secrets".to_owned()));
        }
        Ok(Fill::pools(store, self.manifest.schema).await?)
    }

    /// Seals anew what the master key sealed.
    fn reseal(&self, shape: &Shape, rows: &mut [Row]) -> Result<(), BackupError> {
        rows.iter_mut().try_for_each(|row| sealed::reseal(shape, row, self.from, self.to, self.entropy))
    }

    /// Looks at all that is wanted first: a restore that fails in the end costs the hours before.
    async fn check(&self, choice: &mut impl Choice) -> Result<(), BackupError> {
        let verified = look_through(self.backups, self.manifest, self.from, self.identities, choice).await?;
        match self.manifest.parts.first() {
            Some(part) if verified.locked > 0 => {
                Err(BackupError::Wrong(self.backups.part_place(part), Wrong::Locked))
            }
            _ => Ok(()),
        }
    }

    async fn write(
        &self,
        fill: &mut Fill,
        choice: &mut impl Choice,
        amend: &mut impl FnMut(&Shape, &mut Vec<Row>) -> Result<(), BackupError>,
    ) -> Result<Restored, BackupError> {
        let mut restored = Restored::default();
        for part in &self.manifest.parts {
            if !choice.wants_part(part) {
                continue;
            }
            let plain = part::open(self.backups, part, self.identities).await?;
            let (shape, mut rows) = part::rows(self.backups, part, &plain)?;
            rows.retain(|row| choice.wants(&shape, row));
            amend(&shape, &mut rows)?;
            fill.insert(&shape, &rows).await?;
            restored.rows += rows.len() as u64;
            if shape.table() == "pools" {
                restored.pools += rows.len() as u64;
            }
        }
        Ok(restored)
    }
}
