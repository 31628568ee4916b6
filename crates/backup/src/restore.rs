//! Restoring: all of a backup into an empty database, or single pools of it into one that is in use.

mod replaced;

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use poolhouse_crypto::age::Identity;
use poolhouse_kernel::sealing::{MasterKey, Sealer};
use poolhouse_ports::{Entropy, PoolId, Timestamp};
use poolhouse_store::portable::{Fill, FillError, Row, Shape};
use poolhouse_store::{Store, migrate};

use crate::choice::{Choice, Everything, Pools};
use crate::error::Wrong;
use crate::verify::look_through;
use crate::{BackupError, Folder, Manifest, part, sealed};
use replaced::Replaced;

/// Tables whose rows outlive their pool, so that one that comes back finds some of them.
const OUTLIVES: [&str; 2] = ["spent", "attempts"];

/// What to restore, and with which keys.
#[derive(Debug)]
pub struct Restore<'a> {
    /// Where the backup is.
    pub folder: &'a Folder,
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
        self.check(&mut Everything)?;
        let mut fill = Fill::whole(store, self.manifest.schema).await?;
        let restored = self.write(&mut fill, &mut Everything, &BTreeMap::new()).await?;
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
        if self.manifest.schema < migrate::newest() {
            return Err(BackupError::OlderSchema(self.manifest.schema, migrate::newest()));
        }
        self.check(&mut Pools::new(pools))?;
        if self.to.installation(store).await? == Sealer::Another {
            return Err(BackupError::MasterKey("the database's secrets".to_owned()));
        }
        let mut fill = Fill::pools(store, self.manifest.schema).await?;
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
        let restored = self.write(&mut fill, &mut choice, &replaced).await?;
        if let Some(missing) = choice.missing() {
            return Err(BackupError::NoPool(missing.clone()));
        }
        for before in replaced.values() {
            before.put_back(&mut fill).await?;
        }
        fill.finish().await?;
        Ok(restored)
    }

    /// Looks at all that is wanted first: a restore that fails in the end costs the hours before.
    fn check(&self, choice: &mut impl Choice) -> Result<(), BackupError> {
        let verified = look_through(self.folder, self.manifest, self.from, self.identities, choice)?;
        match self.manifest.parts.first() {
            Some(part) if verified.locked > 0 => Err(Wrong::Locked.at(&self.folder.part_path(part))),
            _ => Ok(()),
        }
    }

    async fn write(
        &self,
        fill: &mut Fill,
        choice: &mut impl Choice,
        replaced: &BTreeMap<PoolId, Replaced>,
    ) -> Result<Restored, BackupError> {
        let mut restored = Restored::default();
        for part in &self.manifest.parts {
            if !choice.wants_part(part) {
                continue;
            }
            let plain = part::open(self.folder, part, self.identities)?;
            let (shape, mut rows) = part::rows(self.folder, part, &plain)?;
            rows.retain(|row| choice.wants(&shape, row));
            for row in &mut rows {
                sealed::reseal(&shape, row, self.from, self.to, self.entropy)?;
            }
            replaced::amend(replaced, &shape, &mut rows, self)?;
            if OUTLIVES.contains(&shape.table()) {
                add(fill, &shape, &rows).await?;
            } else {
                fill.insert(&shape, &rows).await?;
            }
            restored.rows += rows.len() as u64;
            if shape.table() == "pools" {
                restored.pools += rows.len() as u64;
            }
        }
        Ok(restored)
    }
}

/// Writes rows in whose places others may be, which are of later and stay.
async fn add(fill: &mut Fill, shape: &Shape, rows: &[Row]) -> Result<(), FillError> {
    for row in rows {
        match fill.insert(shape, slice::from_ref(row)).await {
            Ok(()) | Err(FillError::Taken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
