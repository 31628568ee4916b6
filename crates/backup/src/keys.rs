//! The keys of backups, all of the master key.

use std::fmt;

use poolhouse_crypto::age::{AgeError, Identity, Recipient};
use poolhouse_crypto::seal::Key;
use poolhouse_kernel::sealing::MasterKey;

/// What a master key yields for backups.
pub struct Keys {
    manifest: Key,
    content: Key,
    identity: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    /// The keys of this master key.
    pub fn of(master: &MasterKey) -> Self {
        let key = master.backup_key();
        Self {
            manifest: key.derive("manifest"),
            content: key.derive("content"),
            identity: key.derive("identity").mac(&[b"age"]),
        }
    }

    /// Who opens backups that name no recipient.
    pub fn identity(&self) -> Identity {
        Identity::new(self.identity)
    }

    /// Those to encrypt for: the given ones, or who has the master key.
    ///
    /// # Errors
    /// When the library finds no memory.
    pub(crate) fn recipients(&self, given: &[Recipient]) -> Result<Vec<Recipient>, AgeError> {
        if given.is_empty() { Ok(vec![self.identity().recipient()?]) } else { Ok(given.to_vec()) }
    }

    /// What shows that a manifest was made with the master key.
    pub(crate) fn authenticate(&self, manifest: &[u8]) -> [u8; 32] {
        self.manifest.mac(&[manifest])
    }

    pub(crate) fn is_authentic(&self, manifest: &[u8], mac: &[u8]) -> bool {
        self.manifest.mac_matches(&[manifest], mac)
    }

    /// What a part is named by: the same for the same content and readers, and telling nothing of it.
    pub(crate) fn content(&self, readers: &[String], plain: &[u8]) -> [u8; 32] {
        self.content.mac(&[readers.join(" ").as_bytes(), b"\n", plain])
    }
}
