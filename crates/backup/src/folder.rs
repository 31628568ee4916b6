//! The folder that backups are in.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use poolhouse_crypto::digest;
use poolhouse_store::private;

use crate::manifest::{Part, is_name};
use crate::{BackupError, Keys, Manifest};

const PARTS: &str = "parts";
const MANIFEST: &str = "json";
const MAC: &str = "mac";

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
    pub(crate) fn take(&self) -> Result<File, BackupError> {
        private::create_folder(&self.0).map_err(|e| BackupError::file(&self.0, &e))?;
        let parts = self.0.join(PARTS);
        private::create_folder(&parts).map_err(|e| BackupError::file(&parts, &e))?;
        let lock = File::open(&parts).map_err(|e| BackupError::file(&parts, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(BackupError::InUse(self.0.clone())),
            // Some network file systems cannot lock; what is written is whole all the same.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => Ok(lock),
            Err(TryLockError::Error(e)) => Err(BackupError::file(&parts, &e)),
        }
    }

    /// The names of its backups, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read, or has none.
    pub fn names(&self) -> Result<Vec<String>, BackupError> {
        let names = self.names_if_any()?;
        if names.is_empty() { Err(BackupError::NoBackup(self.0.clone())) } else { Ok(names) }
    }

    pub(crate) fn names_if_any(&self) -> Result<Vec<String>, BackupError> {
        let mut names: Vec<_> = self
            .files(&self.0)?
            .filter_map(|file| Some(file.strip_suffix(MANIFEST)?.strip_suffix('.')?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn files(&self, folder: &Path) -> Result<impl Iterator<Item = String> + use<>, BackupError> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(BackupError::NoBackup(self.0.clone()));
            }
            entries => entries.map_err(|e| BackupError::file(folder, &e))?,
        };
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()))
    }

    /// A backup: of this name, or the newest.
    ///
    /// # Errors
    /// When there is none, or it was not made with this master key.
    pub fn manifest(&self, keys: &Keys, name: Option<&str>) -> Result<Manifest, BackupError> {
        let names = self.names()?;
        let wanted = name.or(names.last().map(String::as_str)).unwrap_or_default();
        let name = names
            .iter()
            .find(|known| *known == wanted)
            .ok_or_else(|| BackupError::UnknownBackup(wanted.to_owned()))?;
        let path = self.0.join(format!("{name}.{MANIFEST}"));
        let read = |path: &Path| fs::read(path).map_err(|e| BackupError::file(path, &e));
        let json = read(&path)?;
        let manifest = Manifest::from_json(&json)?;
        let mac = match read(&path.with_extension(MAC)) {
            Ok(text) => std::str::from_utf8(&text).ok().and_then(|text| digest::from_hex(text.trim())),
            Err(_) => None,
        };
        if !mac.is_some_and(|mac| keys.is_authentic(&json, &mac)) {
            return Err(BackupError::NotOurs(path));
        }
        manifest.filter(|manifest| manifest.name == *name).ok_or(BackupError::NotOurs(path))
    }

    /// Writes a manifest: from here on there is the backup.
    pub(crate) fn write_manifest(&self, keys: &Keys, manifest: &Manifest) -> Result<(), BackupError> {
        let json = manifest.to_json();
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

    pub(crate) fn part_path(&self, content: &str) -> PathBuf {
        self.0.join(PARTS).join(format!("{content}.age"))
    }

    /// The file of a part, if it is what the manifest says.
    pub(crate) fn part(&self, part: &Part) -> Result<Vec<u8>, BackupError> {
        let path = self.part_path(&part.content);
        let length = match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(BackupError::Missing(path)),
            metadata => metadata.map_err(|e| BackupError::file(&path, &e))?.len(),
        };
        if length != part.bytes {
            return Err(BackupError::Damaged(path, "has another length than it was written with"));
        }
        let file = fs::read(&path).map_err(|e| BackupError::file(&path, &e))?;
        if !part.is_of(&file) {
            return Err(BackupError::Damaged(path, "is not what was written"));
        }
        Ok(file)
    }

    pub(crate) fn write_part(&self, content: &str, file: &[u8]) -> Result<(), BackupError> {
        write(&self.part_path(content), file)
    }

    /// Removes what is among the parts and `keep` does not want, and tells how many files that were.
    pub(crate) fn remove_parts(&self, keep: impl Fn(&str) -> bool) -> Result<usize, BackupError> {
        let folder = self.0.join(PARTS);
        let mut removed = 0;
        for file in self.files(&folder)? {
            if !file.strip_suffix(".age").is_some_and(&keep) {
                remove(&folder.join(file))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
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
