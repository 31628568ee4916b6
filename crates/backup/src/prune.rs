//! Removing old backups.

use std::collections::HashSet;

use crate::{BackupError, Folder, Keys};

/// What was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// Backups.
    pub backups: usize,
    /// Files of parts that none of the others has, and what killed backups left.
    pub parts: usize,
}

/// Removes all backups but the newest `keep`, and the parts that no other one has.
///
/// # Errors
/// When one that is kept cannot be read: then nothing is removed.
pub fn prune(folder: &Folder, keys: &Keys, keep: usize) -> Result<Pruned, BackupError> {
    let names = folder.names()?;
    let _lock = folder.take()?;
    let (old, kept) = names.split_at(names.len().saturating_sub(keep));
    let mut wanted = HashSet::new();
    for name in kept {
        wanted.extend(folder.manifest(keys, Some(name))?.parts.into_iter().map(|part| part.content));
    }
    // The manifests first: no backup ever lacks a part.
    for name in old {
        folder.remove_manifest(name)?;
    }
    let parts = folder.remove_parts(|content| wanted.contains(content))?;
    Ok(Pruned { backups: old.len(), parts })
}
