//! Removing old backups.

use std::collections::{BTreeMap, HashSet};

use crate::place::{Hold, Lock};
use crate::{BackupError, Backups, Keys};

/// What was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// Backups.
    pub backups: usize,
    /// Files of parts that none of the others has, and what killed backups left.
    pub parts: usize,
}

/// Removes all backups but the newest `keep` of everything and of each choice of pools, and the parts that no other one has.
///
/// # Errors
/// When a backup cannot be read, or the place cannot be locked: then nothing is removed.
pub async fn prune(backups: &Backups, keys: &Keys, keep: usize) -> Result<Pruned, BackupError> {
    backups.names().await?;
    let mut hold = backups.hold(Lock::Needed).await?;
    let pruned = held(backups, &mut *hold, keys, keep).await;
    hold.release().await;
    pruned
}

async fn held(
    backups: &Backups,
    hold: &mut (dyn Hold + '_),
    keys: &Keys,
    keep: usize,
) -> Result<Pruned, BackupError> {
    let (mut kept, mut old) = (BTreeMap::<_, usize>::new(), Vec::new());
    let mut wanted = HashSet::new();
    for manifest in backups.manifests(keys).await?.into_iter().rev() {
        let count = kept.entry(manifest.pools).or_default();
        if *count < keep {
            *count += 1;
            wanted.extend(manifest.parts.into_iter().map(|part| part.sha256));
        } else {
            old.push(manifest.name);
        }
    }
    hold.renew(true).await?;
    // The manifests first: no backup ever lacks a part.
    for name in &old {
        hold.renew(false).await?;
        backups.remove_manifest(name).await?;
    }
    let beginnings = backups.remove_beginnings(hold).await?;
    let parts = backups.remove_parts(hold, |sha256| wanted.contains(sha256)).await?;
    Ok(Pruned { backups: old.len(), parts: beginnings + parts })
}
