//! A folder that backups are in.

use std::fs::{self, File, Metadata, TryLockError};
use std::future::ready;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use poolhouse_crypto::digest;
use poolhouse_store::private;
use rustix::process::geteuid;

use crate::BackupError;
use crate::backups::PARTS;
use crate::error::Wrong;
use crate::place::{Answer, Hold, Lock, Place};

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Makes it where it is not there, and keeps others from writing into it.
    fn take(&self, lock: Lock) -> Result<File, BackupError> {
        private::create_folder(&self.0).map_err(|e| failed(&self.0, &e))?;
        let parts = self.0.join(PARTS);
        private::create_folder(&parts).map_err(|e| failed(&parts, &e))?;
        // The folder may be a link to another disk; what is in it is its own.
        refuse_shared(&self.0, fs::metadata(&self.0))?;
        refuse_shared(&parts, fs::symlink_metadata(&parts))?;
        let file = File::open(&parts).map_err(|e| failed(&parts, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(wrong(&self.0, Wrong::InUse)),
            // Some network file systems cannot lock; what is written is whole all the same.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => match lock {
                Lock::Wanted => Ok(file),
                Lock::Needed => Err(wrong(&self.0, Wrong::NoLock)),
            },
            Err(TryLockError::Error(e)) => Err(failed(&parts, &e)),
        }
    }

    /// The names of the files of a folder, but of no links.
    fn files(&self, folder: &str) -> Result<Vec<String>, BackupError> {
        let path = self.0.join(folder);
        let mut names = Vec::new();
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
            entries => entries.map_err(|e| failed(&path, &e))?,
        };
        for entry in entries {
            let entry = entry.map_err(|e| failed(&path, &e))?;
            if entry.file_type().map_err(|e| failed(&path, &e))?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        Ok(names)
    }

    fn read_whole(&self, file: &str, most: u64) -> Result<Vec<u8>, BackupError> {
        let path = self.0.join(file);
        refuse_link(&path)?;
        let mut bytes = Vec::new();
        let open = File::open(&path).map_err(|e| failed(&path, &e))?;
        open.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| failed(&path, &e))?;
        if bytes.len() as u64 > most {
            return Err(BackupError::Damaged(shown(&path), "is longer than it was written"));
        }
        Ok(bytes)
    }

    fn remove_if_there(&self, file: &str) -> Result<(), BackupError> {
        let path = self.0.join(file);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&path, &error)),
            _ => Ok(()),
        }
    }
}

impl Place for Folder {
    fn locate(&self, file: &str) -> String {
        if file.is_empty() { shown(&self.0) } else { shown(&self.0.join(file)) }
    }

    fn hold(&self, lock: Lock) -> Answer<'_, Box<dyn Hold + '_>> {
        let held = self.take(lock).map(|file| Box::new(file) as Box<dyn Hold>);
        Box::pin(ready(held))
    }

    fn list<'a>(&'a self, folder: &'static str) -> Answer<'a, Vec<String>> {
        Box::pin(ready(self.files(folder)))
    }

    fn read<'a>(&'a self, file: &'a str, most: u64) -> Answer<'a, Vec<u8>> {
        Box::pin(ready(self.read_whole(file, most)))
    }

    fn has<'a>(&'a self, file: &'a str, bytes: u64, sha256: &'a str) -> Answer<'a, bool> {
        let is_it =
            |read: Vec<u8>| read.len() as u64 == bytes && digest::hex(&digest::sha256(&[&read])) == sha256;
        Box::pin(ready(Ok(self.read_whole(file, bytes).is_ok_and(is_it))))
    }

    fn write<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> Answer<'a, ()> {
        let path = self.0.join(file);
        Box::pin(ready(private::write(&path, bytes).map_err(|e| failed(&path, &e))))
    }

    fn remove<'a>(&'a self, file: &'a str) -> Answer<'a, ()> {
        Box::pin(ready(self.remove_if_there(file)))
    }
}

/// The system ends the lock of a file with the file.
impl Hold for File {
    fn renew(&mut self, _: bool) -> Answer<'_, ()> {
        Box::pin(ready(Ok(())))
    }

    fn release<'a>(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>
    where
        Self: 'a,
    {
        Box::pin(ready(()))
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn failed(path: &Path, error: &io::Error) -> BackupError {
    match error.kind() {
        ErrorKind::NotFound => wrong(path, Wrong::Missing),
        _ => BackupError::File(shown(path), error.to_string()),
    }
}

fn wrong(path: &Path, wrong: Wrong) -> BackupError {
    BackupError::Wrong(shown(path), wrong)
}

/// Refuses a folder that somebody else may write into: what is in it could be exchanged while it is read.
fn refuse_shared(path: &Path, metadata: io::Result<Metadata>) -> Result<(), BackupError> {
    let metadata = metadata.map_err(|e| failed(path, &e))?;
    let is_ours = metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0;
    if metadata.is_dir() && is_ours { Ok(()) } else { Err(wrong(path, Wrong::Shared)) }
}

/// A link would lead anywhere.
fn refuse_link(path: &Path) -> Result<(), BackupError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(BackupError::Damaged(shown(path), "is no file")),
        Err(error) => Err(failed(path, &error)),
    }
}
