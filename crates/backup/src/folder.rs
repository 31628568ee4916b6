//! The folder that backups are in.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use poolhouse_crypto::digest;
use poolhouse_ports::PoolId;
use poolhouse_store::private;
use rustix::process::geteuid;

use crate::error::Wrong;
use crate::manifest::{Part, is_hash, is_name};
use crate::{BackupError, Keys, Manifest};

const PARTS: &str = "parts";
const MANIFEST: &str = "json";
const MAC: &str = "mac";
const PART: &str = "age";
/// What a file is called until it is whole.
const UNFINISHED: &str = "unfinished";

/// How much a lock is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Where the file system can.
    Wanted,
    /// Or else nothing is done.
    Needed,
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes it where it is not there, and keeps others from writing into it.
    pub(crate) fn take(&self, lock: Lock) -> Result<File, BackupError> {
        private::create_folder(&self.0).map_err(|e| BackupError::file(&self.0, &e))?;
        let parts = self.0.join(PARTS);
        private::create_folder(&parts).map_err(|e| BackupError::file(&parts, &e))?;
        // The folder may be a link to another disk; what is in it is its own.
        refuse_shared(&self.0, fs::metadata(&self.0))?;
        refuse_shared(&parts, fs::symlink_metadata(&parts))?;
        let file = File::open(&parts).map_err(|e| BackupError::file(&parts, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Wrong::InUse.at(&self.0)),
            // Some network file systems cannot lock; what is written is whole all the same.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => match lock {
                Lock::Wanted => Ok(file),
                Lock::Needed => Err(Wrong::NoLock.at(&self.0)),
            },
            Err(TryLockError::Error(e)) => Err(BackupError::file(&parts, &e)),
        }
    }

    /// The names of its backups, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read, or has none.
    pub fn names(&self) -> Result<Vec<String>, BackupError> {
        let names = self.names_if_any()?;
        if names.is_empty() { Err(Wrong::NoBackup.at(&self.0)) } else { Ok(names) }
    }

    fn names_if_any(&self) -> Result<Vec<String>, BackupError> {
        let mut names: Vec<_> = self
            .files(&self.0)?
            .into_iter()
            .filter_map(|file| Some(file.strip_suffix(MANIFEST)?.strip_suffix('.')?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the files of a folder, but of no links.
    fn files(&self, folder: &Path) -> Result<Vec<String>, BackupError> {
        let failed = |e: &io::Error| match e.kind() {
            ErrorKind::NotFound => Wrong::NoBackup.at(&self.0),
            _ => BackupError::file(folder, e),
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| failed(&e))? {
            let entry = entry.map_err(|e| failed(&e))?;
            if entry.file_type().map_err(|e| failed(&e))?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        Ok(names)
    }

    /// All its backups, the oldest first.
    ///
    /// # Errors
    /// When one cannot be read, or was not made with one of these keys.
    pub(crate) fn manifests(&self, keys: &Keys) -> Result<Vec<Manifest>, BackupError> {
        self.names_if_any()?.iter().map(|name| self.manifest(keys, name)).collect()
    }

    /// The newest backup of everything; or of those that may have these pools.
    ///
    /// # Errors
    /// When there is none, or a newer one cannot be read: it might be the one.
    pub fn newest(&self, keys: &Keys, pools: &BTreeSet<PoolId>) -> Result<Manifest, BackupError> {
        for name in self.names()?.iter().rev() {
            let manifest = self.manifest(keys, name)?;
            let fits = manifest.pools.as_ref().is_none_or(|of| !pools.is_empty() && pools.is_subset(of));
            if fits {
                return Ok(manifest);
            }
        }
        let wrong = if pools.is_empty() { Wrong::NoWhole } else { Wrong::NoneOfPools };
        Err(wrong.at(&self.0))
    }

    /// The backup of this name.
    ///
    /// # Errors
    /// When there is none, or it was not made with one of these keys.
    pub fn manifest(&self, keys: &Keys, name: &str) -> Result<Manifest, BackupError> {
        if !self.names()?.iter().any(|known| known == name) {
            return Err(BackupError::UnknownBackup(name.to_owned()));
        }
        let path = self.0.join(format!("{name}.{MANIFEST}"));
        let json = read(&path)?;
        let manifest = Manifest::from_json(&json)?;
        let mac = match read(&path.with_extension(MAC)) {
            Ok(text) => std::str::from_utf8(&text).ok().and_then(|text| digest::from_hex(text.trim())),
            Err(BackupError::Wrong(_, Wrong::Missing)) => None,
            Err(error) => return Err(error),
        };
        if !mac.is_some_and(|mac| keys.is_authentic(&json, &mac)) {
            return Err(Wrong::NotOurs.at(&path));
        }
        manifest.filter(|manifest| manifest.name == *name).ok_or(Wrong::NotOurs.at(&path))
    }

    /// Writes a manifest: from here on there is the backup.
    pub(crate) fn write_manifest(&self, keys: &Keys, manifest: &Manifest) -> Result<(), BackupError> {
        let json = manifest.to_json()?;
        let path = self.0.join(format!("{}.{MANIFEST}", manifest.name));
        let mac = digest::hex(&keys.authenticate(json.as_bytes()));
        write(&path.with_extension(MAC), mac.as_bytes())?;
        write(&path, json.as_bytes())
    }

    /// Removes a manifest: from here on there is no such backup.
    pub(crate) fn remove_manifest(&self, name: &str) -> Result<(), BackupError> {
        let path = self.0.join(format!("{name}.{MANIFEST}"));
        for path in [path.clone(), path.with_extension(MAC)] {
            remove(&path)?;
        }
        Ok(())
    }

    pub(crate) fn part_path(&self, part: &Part) -> PathBuf {
        self.0.join(PARTS).join(format!("{}.{PART}", part.sha256))
    }

    /// The file of a part, if it is what the manifest says.
    pub(crate) fn part(&self, part: &Part) -> Result<Vec<u8>, BackupError> {
        let path = self.part_path(part);
        if length(&path)? != part.bytes {
            return Err(BackupError::Damaged(path, "has another length than it was written with"));
        }
        let file = read(&path)?;
        if !part.is_of(&file) {
            return Err(BackupError::Damaged(path, "is not what was written"));
        }
        Ok(file)
    }

    /// Writes the file of a part. None is written over another: what has its name is it, or damaged.
    pub(crate) fn write_part(&self, part: &Part, file: &[u8]) -> Result<(), BackupError> {
        write(&self.part_path(part), file)
    }

    /// Removes the parts that `keep` does not want, and what was not finished; tells how many files that were. What else is
    /// there is not ours.
    pub(crate) fn remove_parts(&self, keep: impl Fn(&str) -> bool) -> Result<usize, BackupError> {
        let folder = self.0.join(PARTS);
        let mut removed = 0;
        for file in self.files(&folder)? {
            let is_over = match file.split_once('.').filter(|(sha256, _)| is_hash(sha256)) {
                Some((sha256, PART)) => !keep(sha256),
                Some((_, UNFINISHED)) => true,
                _ => false,
            };
            if is_over {
                remove(&folder.join(file))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Refuses a folder that somebody else may write into: what is in it could be exchanged while it is read.
fn refuse_shared(path: &Path, metadata: io::Result<Metadata>) -> Result<(), BackupError> {
    let metadata = metadata.map_err(|e| BackupError::file(path, &e))?;
    let is_ours = metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0;
    if metadata.is_dir() && is_ours { Ok(()) } else { Err(Wrong::Shared.at(path)) }
}

/// The length of a file, which is no link.
fn length(path: &Path) -> Result<u64, BackupError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(_) => Err(BackupError::Damaged(path.to_path_buf(), "is no file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Wrong::Missing.at(path)),
        Err(error) => Err(BackupError::file(path, &error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BackupError> {
    length(path)?;
    fs::read(path).map_err(|e| BackupError::file(path, &e))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    private::write(path, bytes).map_err(|e| BackupError::file(path, &e))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(BackupError::file(path, &error)),
        _ => Ok(()),
    }
}
