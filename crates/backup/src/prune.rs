//! Removing old backups.

use std::collections::{BTreeMap, HashSet};

use crate::folder::Lock;
use crate::{BackupError, Folder, Keys};

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
/// When a backup cannot be read, or the folder cannot be locked: then nothing is removed.
pub fn prune(folder: &Folder, keys: &Keys, keep: usize) -> Result<Pruned, BackupError> {
    folder.names()?;
    let _lock = folder.take(Lock::Needed)?;
    let (mut kept, mut old) = (BTreeMap::<_, usize>::new(), Vec::new());
    let mut wanted = HashSet::new();
    for manifest in folder.manifests(keys)?.into_iter().rev() {
        let count = kept.entry(manifest.pools).or_default();
        if *count < keep {
            *count += 1;
            wanted.extend(manifest.parts.into_iter().map(|part| part.sha256));
        } else {
            old.push(manifest.name);
        }
    }
    // The manifests first: no backup ever lacks a part.
    for name in &old {
        folder.remove_manifest(name)?;
    }
    let parts = folder.remove_parts(|sha256| wanted.contains(sha256))?;
    Ok(Pruned { backups: old.len(), parts })
}
