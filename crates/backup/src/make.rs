//! Making a backup, while servers use the database.

use std::collections::{BTreeSet, HashMap};

use poolhouse_crypto::age::{self, Randomness, Recipient};
use poolhouse_crypto::digest;
use poolhouse_kernel::sealing::{MasterKey, MasterSealed, Sealer};
use poolhouse_ports::{Entropy, PoolId, Timestamp};
use poolhouse_store::{Store, Tx, migrate, portable};

use crate::error::Wrong;
use crate::manifest::{FORMAT, Part};
use crate::part::{Draft, Filled};
use crate::place::{Hold, Lock};
use crate::{BackupError, Backups, Keys, Manifest, sealed};

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
    pub pools: Option<&'a BTreeSet<PoolId>>,
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

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What it consists of.
    pub manifest: Manifest,
    /// What the master key does not open, as a restore would find: keys of pools.
    pub unopened: Vec<MasterSealed>,
}

/// Makes a backup of one moment, and tells `progress` after each part.
///
/// Until it is finished there is no such backup; what a backup that was killed wrote [`prune`](crate::prune) removes.
///
/// # Errors
/// When the master key is not the database's, the backups there are of another installation, or something cannot be read
/// or written.
pub async fn make(
    order: &Order<'_>,
    backups: &Backups,
    progress: impl FnMut(&Progress),
) -> Result<Made, BackupError> {
    let installation = match order.master.installation(order.store).await? {
        Sealer::This(id) => id,
        Sealer::Another => return Err(BackupError::MasterKey("the database's secrets".to_owned())),
        Sealer::Nobody => return Err(BackupError::NothingYet),
    };
    let mut hold = backups.hold(Lock::Wanted).await?;
    let made = held(order, installation, backups, &mut *hold, progress).await;
    hold.release().await;
    made
}

async fn held(
    order: &Order<'_>,
    installation: String,
    backups: &Backups,
    hold: &mut (dyn Hold + '_),
    progress: impl FnMut(&Progress),
) -> Result<Made, BackupError> {
    let keys = Keys::of(order.master);
    let recipients = keys.recipients(order.recipients).map_err(BackupError::Encrypt)?;
    let readers = recipients.iter().map(Recipient::to_string).collect();
    let before = backups.manifests(&keys).await?;
    let manifest = begun(order, installation, readers);
    if let Some(last) = before.last()
        && last.made_at >= manifest.made_at
    {
        return Err(BackupError::Late(last.name.clone(), manifest.made_at));
    }
    if before.iter().any(|one| one.installation != manifest.installation) {
        return Err(backups.wrong(Wrong::OtherInstallation));
    }
    // Only what such a manifest names is believed to be whole.
    let known = before.into_iter().flat_map(|one| one.parts).map(|part| (part.content.clone(), part));
    let known = known.collect();
    let (done, unopened) = (Progress::default(), Vec::new());
    let mut work =
        Work { order, backups, hold, keys: &keys, recipients, known, progress, done, unopened, manifest };
    work.tables().await?;
    let Work { manifest, unopened, hold, .. } = work;
    // Nobody has removed a part meanwhile.
    hold.renew(true).await?;
    backups.write_manifest(&keys, &manifest).await?;
    // Nor while the manifest was written, which is long where this process slept.
    if let Err(error) = hold.renew(true).await {
        return Err(match backups.remove_manifest(&manifest.name).await {
            Ok(()) => error,
            Err(_) => BackupError::Doubtful(Box::new(error), manifest.name),
        });
    }
    Ok(Made { manifest, unopened })
}

/// The manifest of a backup that has no part yet.
fn begun(order: &Order<'_>, installation: String, recipients: Vec<String>) -> Manifest {
    let made_at = order.now.iso8601();
    let time: String = made_at.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    Manifest {
        format: FORMAT,
        name: format!("{time}-{}", digest::hex(&order.entropy.bytes::<4>())),
        made_at,
        installation,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: migrate::newest(),
        schema_checksum: migrate::checksum_of(migrate::newest()),
        pools: order.pools.cloned(),
        recipients,
        parts: Vec::new(),
    }
}

struct Work<'a, P> {
    order: &'a Order<'a>,
    backups: &'a Backups,
    hold: &'a mut (dyn Hold + 'a),
    keys: &'a Keys,
    recipients: Vec<Recipient>,
    /// The parts of the backups that are there, by what is in them.
    known: HashMap<String, Part>,
    progress: P,
    done: Progress,
    unopened: Vec<MasterSealed>,
    manifest: Manifest,
}

impl<P: FnMut(&Progress)> Work<'_, P> {
    async fn tables(&mut self) -> Result<(), BackupError> {
        let mut tx = self.order.store.read().await?;
        for table in portable::tables(self.order.pools.is_some()) {
            let Some(pools) = self.order.pools else {
                self.table(&mut tx, table, None).await?;
                continue;
            };
            for pool in pools {
                let before = self.done.rows;
                self.table(&mut tx, table, Some(pool)).await?;
                if table == "pools" && self.done.rows == before {
                    return Err(BackupError::NoPool(pool.clone()));
                }
            }
        }
        Ok(())
    }

    async fn table(&mut self, tx: &mut Tx, table: &str, pool: Option<&PoolId>) -> Result<(), BackupError> {
        let Some(mut walk) = portable::walk(table, pool) else { return Ok(()) };
        let mut draft = Draft::new(walk.shape())?;
        loop {
            let page = walk.next(tx).await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                self.unopened.extend(sealed::unopened(self.order.master, walk.shape(), row));
                if let Some(filled) = draft.push(&walk.key(row), row) {
                    self.part(table, filled).await?;
                }
            }
        }
        match draft.take() {
            Some(filled) => self.part(table, filled).await,
            None => Ok(()),
        }
    }

    async fn part(&mut self, table: &str, filled: Filled) -> Result<(), BackupError> {
        let rows = filled.rows;
        let content = self.keys.content(&self.manifest.recipients, &filled.plain);
        self.hold.renew(false).await?;
        let part = match self.known.get(&content) {
            Some(part) if self.backups.has_part(part).await? => {
                self.done.kept += 1;
                part.clone()
            }
            _ => {
                self.done.written += 1;
                self.write(table, content, filled).await?
            }
        };
        self.manifest.parts.push(part);
        self.done.rows += rows;
        (self.progress)(&self.done);
        Ok(())
    }

    async fn write(&self, table: &str, content: String, filled: Filled) -> Result<Part, BackupError> {
        let entropy = self.order.entropy;
        let randomness = Randomness {
            file_key: entropy.bytes(),
            nonce: entropy.bytes(),
            ephemeral: self.recipients.iter().map(|_| entropy.bytes()).collect(),
        };
        let Filled { plain, rows, pools } = filled;
        let file = age::encrypt(&plain, &self.recipients, &randomness).map_err(BackupError::Encrypt)?;
        let sha256 = digest::hex(&digest::sha256(&[&file]));
        let part = Part { table: table.to_owned(), rows, bytes: file.len() as u64, sha256, content, pools };
        self.backups.write_part(&part, &file).await?;
        Ok(part)
    }
}
