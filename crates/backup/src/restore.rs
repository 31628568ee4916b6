//! Restoring: all of a backup into an empty database, or single pools of it into one that is in use.

use std::collections::HashSet;

use poolhouse_crypto::age::Identity;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_store::portable::{Fill, Row, Shape};
use poolhouse_store::{Store, migrate};

use crate::verify::reseal;
use crate::{BackupError, Folder, Manifest, part, verify};

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
    /// The backup's takes its place: what it has beyond that is lost.
    Replace,
}

impl Restore<'_> {
    /// Restores everything into an empty database. It is filled in one transaction: until the end there is nothing.
    ///
    /// # Errors
    /// Whatever is wrong with the backup, the keys or the database; nothing is written then.
    pub async fn whole(&self, store: &Store) -> Result<Restored, BackupError> {
        self.check()?;
        let mut fill = Fill::whole(store, self.manifest.schema).await?;
        let restored = self.write(&mut fill, &mut Everything).await?;
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
        pools: &[PoolId],
        existing: Existing,
    ) -> Result<Restored, BackupError> {
        if self.manifest.schema < migrate::newest() {
            return Err(BackupError::OlderSchema(self.manifest.schema, migrate::newest()));
        }
        self.check()?;
        if self.to.opens(store).await? == Some(false) {
            return Err(BackupError::MasterKey("the database's secrets".to_owned()));
        }
        let mut fill = Fill::pools(store, self.manifest.schema).await?;
        for pool in pools {
            match existing {
                Existing::Replace => {
                    fill.delete_pool(pool).await?;
                }
                Existing::Refuse => {
                    if poolhouse_store::tables::pools::get(fill.tx(), pool).await?.is_some() {
                        return Err(BackupError::PoolExists(pool.clone()));
                    }
                }
            }
        }
        let mut wanted = Pools { wanted: pools, found: HashSet::new(), clients: HashSet::new() };
        let restored = self.write(&mut fill, &mut wanted).await?;
        if let Some(missing) = pools.iter().find(|pool| !wanted.found.contains(pool.as_str())) {
            return Err(BackupError::NoPool(missing.clone()));
        }
        fill.finish().await?;
        Ok(restored)
    }

    /// Looks at the whole backup first: a restore that fails in the end costs the hours before.
    fn check(&self) -> Result<(), BackupError> {
        let verified = verify(self.folder, self.manifest, self.from, self.identities)?;
        match self.manifest.parts.first() {
            Some(part) if verified.locked > 0 => {
                Err(BackupError::Locked(self.folder.part_path(&part.content)))
            }
            _ => Ok(()),
        }
    }

    async fn write(&self, fill: &mut Fill, choice: &mut impl Choice) -> Result<Restored, BackupError> {
        let mut restored = Restored::default();
        for part in &self.manifest.parts {
            let plain = part::open(self.folder, part, self.identities)?;
            let (shape, mut rows) = part::rows(self.folder, part, &plain)?;
            rows.retain(|row| choice.wants(&shape, row));
            for row in &mut rows {
                reseal(&shape, row, self.from, self.to, self.entropy)?;
            }
            fill.insert(&shape, &rows).await?;
            restored.rows += rows.len() as u64;
            if shape.table() == "pools" {
                restored.pools += rows.len() as u64;
            }
        }
        Ok(restored)
    }
}

/// Which rows to restore. It sees all rows, each after those it points to.
trait Choice {
    fn wants(&mut self, shape: &Shape, row: &Row) -> bool;
}

struct Everything;

impl Choice for Everything {
    fn wants(&mut self, _: &Shape, _: &Row) -> bool {
        true
    }
}

/// The rows of pools, and of their clients.
struct Pools<'a> {
    wanted: &'a [PoolId],
    found: HashSet<String>,
    clients: HashSet<String>,
}

impl Choice for Pools<'_> {
    fn wants(&mut self, shape: &Shape, row: &Row) -> bool {
        let text = |column| shape.position(column).and_then(|at| row.text(at)).unwrap_or_default();
        let is_wanted = |id: &str| self.wanted.iter().any(|pool| pool.as_str() == id);
        match shape.table() {
            "pools" => is_wanted(text("id")) && self.found.insert(text("id").to_owned()),
            "clients" => is_wanted(text("pool_id")) && self.clients.insert(text("client_id").to_owned()),
            // Identity pools have ids of another form.
            _ if shape.position("pool_id").is_some() => is_wanted(text("pool_id")),
            _ => self.clients.contains(text("client_id")),
        }
    }
}
