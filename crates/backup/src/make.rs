//! Making a backup, while servers use the database.

use std::collections::HashMap;

use poolhouse_crypto::age::{self, Randomness, Recipient};
use poolhouse_crypto::digest;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Entropy, PoolId, Timestamp};
use poolhouse_store::{Store, Tx, migrate, portable};

use crate::manifest::{FORMAT, Part};
use crate::part::Draft;
use crate::{BackupError, Folder, Keys, Manifest};

/// What to back up, and for whom.
#[derive(Debug)]
pub struct Order<'a> {
    /// The database.
    pub store: &'a Store,
    /// The key that its secrets are sealed by.
    pub master: &'a MasterKey,
    /// Who shall be able to restore it; nobody: whoever has the master key.
    pub recipients: &'a [Recipient],
    /// Single pools; `None`: everything.
    pub pools: Option<&'a [PoolId]>,
    /// Randomness for keys.
    pub entropy: &'a Entropy,
    /// The time.
    pub now: Timestamp,
}

/// What is done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were read.
    pub rows: u64,
    /// Parts that were written, as they are new.
    pub written: usize,
    /// Parts that were there already.
    pub kept: usize,
}

/// Makes a backup of one moment in the folder, and tells `progress` after each part.
///
/// Until it is finished the folder has no such backup; what a backup that was killed wrote, the next one writes again, and
/// [`prune`](crate::prune) removes.
///
/// # Errors
/// When the master key is not the database's, or something cannot be read or written.
pub async fn make(
    order: &Order<'_>,
    folder: &Folder,
    progress: impl FnMut(&Progress),
) -> Result<Manifest, BackupError> {
    if order.master.opens(order.store).await? == Some(false) {
        return Err(BackupError::MasterKey("the database's secrets".to_owned()));
    }
    let _lock = folder.take()?;
    let keys = Keys::of(order.master);
    let recipients = keys.recipients(order.recipients).map_err(BackupError::Encrypt)?;
    let readers = recipients.iter().map(Recipient::to_string).collect();
    let known = known_parts(folder, &keys)?;
    let mut work = Work {
        order,
        folder,
        keys: &keys,
        recipients,
        readers,
        known,
        progress,
        done: Progress::default(),
        parts: Vec::new(),
    };
    let mut tx = order.store.read().await?;
    for table in portable::tables(order.pools.is_some()) {
        match order.pools {
            None => work.table(&mut tx, table, None).await?,
            Some(pools) => {
                for pool in pools {
                    let before = work.done.rows;
                    work.table(&mut tx, table, Some(pool)).await?;
                    if table == "pools" && work.done.rows == before {
                        return Err(BackupError::NoPool(pool.clone()));
                    }
                }
            }
        }
    }
    drop(tx);
    let manifest = work.manifest();
    folder.write_manifest(&keys, &manifest)?;
    Ok(manifest)
}

/// The parts of the backups that are there, by what is in them. Only what such a manifest names is believed to be whole.
fn known_parts(folder: &Folder, keys: &Keys) -> Result<HashMap<String, Part>, BackupError> {
    let mut known = HashMap::new();
    for name in folder.names_if_any()? {
        // One that cannot be read is for `verify` to tell of.
        if let Ok(manifest) = folder.manifest(keys, Some(&name)) {
            known.extend(manifest.parts.into_iter().map(|part| (part.content.clone(), part)));
        }
    }
    Ok(known)
}

struct Work<'a, P> {
    order: &'a Order<'a>,
    folder: &'a Folder,
    keys: &'a Keys,
    recipients: Vec<Recipient>,
    readers: Vec<String>,
    known: HashMap<String, Part>,
    progress: P,
    done: Progress,
    parts: Vec<Part>,
}

impl<P: FnMut(&Progress)> Work<'_, P> {
    async fn table(&mut self, tx: &mut Tx, table: &str, pool: Option<&PoolId>) -> Result<(), BackupError> {
        let Some(mut walk) = portable::walk(table, pool) else { return Ok(()) };
        let mut draft = Draft::new(walk.shape());
        loop {
            let page = walk.next(tx).await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                if let Some((plain, rows)) = draft.push(&walk.key(row), row) {
                    self.part(table, &plain, rows)?;
                }
            }
        }
        match draft.take() {
            Some((plain, rows)) => self.part(table, &plain, rows),
            None => Ok(()),
        }
    }

    fn part(&mut self, table: &str, plain: &[u8], rows: u64) -> Result<(), BackupError> {
        let content = digest::hex(&self.keys.content(&self.readers, plain));
        let known = self.known.get(&content).filter(|part| self.folder.part(part).is_ok());
        let part = match known {
            Some(part) => {
                self.done.kept += 1;
                part.clone()
            }
            None => {
                self.done.written += 1;
                self.write(table, content, plain, rows)?
            }
        };
        self.parts.push(part);
        self.done.rows += rows;
        (self.progress)(&self.done);
        Ok(())
    }

    fn write(&self, table: &str, content: String, plain: &[u8], rows: u64) -> Result<Part, BackupError> {
        let entropy = self.order.entropy;
        let randomness = Randomness {
            file_key: entropy.bytes(),
            nonce: entropy.bytes(),
            ephemeral: self.recipients.iter().map(|_| entropy.bytes()).collect(),
        };
        let file = age::encrypt(plain, &self.recipients, &randomness).map_err(BackupError::Encrypt)?;
        self.folder.write_part(&content, &file)?;
        let sha256 = digest::hex(&digest::sha256(&[&file]));
        Ok(Part { table: table.to_owned(), rows, bytes: file.len() as u64, sha256, content })
    }

    fn manifest(self) -> Manifest {
        let Order { pools, entropy, now, .. } = self.order;
        let made_at = now.iso8601();
        let time: String = made_at.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        Manifest {
            format: FORMAT,
            name: format!("{time}-{}", digest::hex(&entropy.bytes::<4>())),
            made_at,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schema: migrate::newest(),
            schema_checksum: migrate::checksum_of(migrate::newest()),
            pools: pools.map(<[PoolId]>::to_vec),
            recipients: self.readers,
            parts: self.parts,
        }
    }
}
