//! The backups at a place.

use std::collections::BTreeSet;

use poolhouse_crypto::digest;
use poolhouse_ports::PoolId;

use crate::error::Wrong;
use crate::manifest::{Part, is_hash, is_name};
use crate::place::{Hold, Lock, Place};
use crate::{BackupError, Keys, Manifest};

/// The folder of the parts.
pub(crate) const PARTS: &str = "parts";
const MANIFEST: &str = "json";
const MAC: &str = "mac";
const PART: &str = "age";
/// What a file of a folder is called until it is whole.
const UNFINISHED: &str = "unfinished";

/// The longest manifest that is read, in bytes: of some half a million parts.
const LONGEST_MANIFEST: u64 = 256 << 20;
const LONGEST_MAC: u64 = 1024;

/// The backups.
#[derive(Debug)]
pub struct Backups(Box<dyn Place>);

impl Backups {
    /// Those at this place.
    pub fn at(place: impl Place + 'static) -> Self {
        Self(Box::new(place))
    }

    /// What people call the place.
    pub fn place(&self) -> String {
        self.0.locate("")
    }

    /// Keeps others from writing and removing.
    pub(crate) async fn hold(&self, lock: Lock) -> Result<Box<dyn Hold + '_>, BackupError> {
        self.0.hold(lock).await
    }

    pub(crate) fn wrong(&self, wrong: Wrong) -> BackupError {
        BackupError::Wrong(self.place(), wrong)
    }

    /// Their names, the oldest first.
    ///
    /// # Errors
    /// When the place cannot be read, or has none.
    pub async fn names(&self) -> Result<Vec<String>, BackupError> {
        let names = self.names_if_any().await?;
        if names.is_empty() { Err(self.wrong(Wrong::NoBackup)) } else { Ok(names) }
    }

    async fn names_if_any(&self) -> Result<Vec<String>, BackupError> {
        let files = self.0.list("").await?;
        let mut names: Vec<_> = files
            .into_iter()
            .filter_map(|file| Some(file.strip_suffix(MANIFEST)?.strip_suffix('.')?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// All of them, the oldest first.
    ///
    /// # Errors
    /// When one cannot be read, or was not made with one of these keys.
    pub(crate) async fn manifests(&self, keys: &Keys) -> Result<Vec<Manifest>, BackupError> {
        let mut manifests = Vec::new();
        for name in self.names_if_any().await? {
            manifests.push(self.read_manifest(keys, &name).await?);
        }
        Ok(manifests)
    }

    /// The newest backup of everything; or of those that may have these pools.
    ///
    /// # Errors
    /// When there is none, or a newer one cannot be read: it might be the one.
    pub async fn newest(&self, keys: &Keys, pools: &BTreeSet<PoolId>) -> Result<Manifest, BackupError> {
        for name in self.names().await?.iter().rev() {
            let manifest = self.read_manifest(keys, name).await?;
            let fits = manifest.pools.as_ref().is_none_or(|of| !pools.is_empty() && pools.is_subset(of));
            if fits {
                return Ok(manifest);
            }
        }
        Err(self.wrong(if pools.is_empty() { Wrong::NoWhole } else { Wrong::NoneOfPools }))
    }

    /// The backup of this name.
    ///
    /// # Errors
    /// When there is none, or it was not made with one of these keys.
    pub async fn manifest(&self, keys: &Keys, name: &str) -> Result<Manifest, BackupError> {
        if !self.names().await?.iter().any(|known| known == name) {
            return Err(BackupError::UnknownBackup(name.to_owned()));
        }
        self.read_manifest(keys, name).await
    }

    async fn read_manifest(&self, keys: &Keys, name: &str) -> Result<Manifest, BackupError> {
        let file = format!("{name}.{MANIFEST}");
        let not_ours = || BackupError::Wrong(self.0.locate(&file), Wrong::NotOurs);
        let json = self.0.read(&file, LONGEST_MANIFEST).await?;
        let manifest = Manifest::from_json(&json)?;
        let mac = match self.0.read(&format!("{name}.{MAC}"), LONGEST_MAC).await {
            Ok(text) => std::str::from_utf8(&text).ok().and_then(|text| digest::from_hex(text.trim())),
            Err(BackupError::Wrong(_, Wrong::Missing)) => None,
            Err(error) => return Err(error),
        };
        if !mac.is_some_and(|mac| keys.is_authentic(&json, &mac)) {
            return Err(not_ours());
        }
        manifest.filter(|manifest| manifest.name == *name).ok_or_else(not_ours)
    }

    /// Writes a manifest: from here on there is the backup.
    pub(crate) async fn write_manifest(&self, keys: &Keys, manifest: &Manifest) -> Result<(), BackupError> {
        let json = manifest.to_json()?;
        let mac = digest::hex(&keys.authenticate(json.as_bytes()));
        self.0.write(&format!("{}.{MAC}", manifest.name), mac.as_bytes()).await?;
        self.0.write(&format!("{}.{MANIFEST}", manifest.name), json.as_bytes()).await
    }

    /// Removes a manifest: from here on there is no such backup.
    pub(crate) async fn remove_manifest(&self, name: &str) -> Result<(), BackupError> {
        self.0.remove(&format!("{name}.{MANIFEST}")).await?;
        self.0.remove(&format!("{name}.{MAC}")).await
    }

    /// What people call the file of a part.
    pub(crate) fn part_place(&self, part: &Part) -> String {
        self.0.locate(&part_file(part))
    }

    /// The file of a part, if it is what the manifest says.
    pub(crate) async fn part(&self, part: &Part) -> Result<Vec<u8>, BackupError> {
        let file = self.0.read(&part_file(part), part.bytes).await?;
        let damaged = |how| Err(BackupError::Damaged(self.part_place(part), how));
        if file.len() as u64 != part.bytes {
            return damaged("is shorter than it was written");
        }
        if !part.is_of(&file) {
            return damaged("is not what was written");
        }
        Ok(file)
    }

    /// Whether the file of a part is there, as far as the place can tell.
    pub(crate) async fn has_part(&self, part: &Part) -> Result<bool, BackupError> {
        self.0.has(&part_file(part), part.bytes, &part.sha256).await
    }

    /// Writes the file of a part. None is written over another: what has its name is it, or damaged.
    pub(crate) async fn write_part(&self, part: &Part, file: &[u8]) -> Result<(), BackupError> {
        self.0.write(&part_file(part), file).await
    }

    /// Removes the parts that `keep` does not want, and what was not finished; tells how many files that were. What else is
    /// there is not ours.
    pub(crate) async fn remove_parts(
        &self,
        hold: &mut (dyn Hold + '_),
        keep: impl Fn(&str) -> bool,
    ) -> Result<usize, BackupError> {
        let mut files = self.0.list(PARTS).await?;
        files.retain(|file| match file.split_once('.').filter(|(sha256, _)| is_hash(sha256)) {
            Some((sha256, PART)) => !keep(sha256),
            Some((_, UNFINISHED)) => true,
            _ => false,
        });
        self.remove_all(hold, files.iter().map(|file| format!("{PARTS}/{file}"))).await
    }

    /// Removes what backups left that were killed while they wrote their manifests; tells how many files that were.
    pub(crate) async fn remove_beginnings(&self, hold: &mut (dyn Hold + '_)) -> Result<usize, BackupError> {
        let files = self.0.list("").await?;
        let is_left = |file: &&String| match file.split_once('.').filter(|(name, _)| is_name(name)) {
            Some((name, MAC)) => !files.contains(&format!("{name}.{MANIFEST}")),
            Some((_, UNFINISHED)) => true,
            _ => false,
        };
        self.remove_all(hold, files.iter().filter(is_left).cloned()).await
    }

    async fn remove_all(
        &self,
        hold: &mut (dyn Hold + '_),
        files: impl Iterator<Item = String>,
    ) -> Result<usize, BackupError> {
        let mut removed = 0;
        for file in files {
            hold.renew(false).await?;
            self.0.remove(&file).await?;
            removed += 1;
        }
        Ok(removed)
    }
}

fn part_file(part: &Part) -> String {
    format!("{PARTS}/{}.{PART}", part.sha256)
}
