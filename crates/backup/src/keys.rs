//! The keys of backups, all of the master key.

use std::fmt;
use std::iter;

use poolhouse_crypto::age::{AgeError, Identity, Recipient};
use poolhouse_crypto::digest;
use poolhouse_crypto::seal::Key;
use poolhouse_kernel::sealing::MasterKey;

/// What a master key yields for backups, and those beside it for backups that were made before it came.
pub struct Keys {
    current: OfOne,
    others: Vec<OfOne>,
}

/// What one master key yields.
struct OfOne {
    manifest: Key,
    content: Key,
    identity: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl OfOne {
    fn new(key: &Key) -> Self {
        Self {
            manifest: key.derive("manifest"),
            content: key.derive("content"),
            identity: key.derive("identity").mac(&[b"age"]),
        }
    }

    fn content(&self, readers: &[String], plain: &[u8]) -> String {
        digest::hex(&self.content.mac(&[readers.join(" ").as_bytes(), b"\n", plain]))
    }
}

impl Keys {
    /// The keys of this master key.
    pub fn of(master: &MasterKey) -> Self {
        let others = master.other_backup_keys().iter().map(OfOne::new).collect();
        Self { current: OfOne::new(&master.backup_key()), others }
    }

    fn each(&self) -> impl Iterator<Item = &OfOne> {
        iter::once(&self.current).chain(&self.others)
    }

    /// Who opens backups that name no recipient.
    pub fn identities(&self) -> Vec<Identity> {
        self.each().map(|one| Identity::new(one.identity)).collect()
    }

    /// Those to encrypt for: the given ones, or who has the master key.
    ///
    /// # Errors
    /// When the library finds no memory.
    pub(crate) fn recipients(&self, given: &[Recipient]) -> Result<Vec<Recipient>, AgeError> {
        let own = || Identity::new(self.current.identity).recipient();
        if given.is_empty() { Ok(vec![own()?]) } else { Ok(given.to_vec()) }
    }

    /// What shows that a manifest was made with the master key.
    pub(crate) fn authenticate(&self, manifest: &[u8]) -> [u8; 32] {
        self.current.manifest.mac(&[manifest])
    }

    pub(crate) fn is_authentic(&self, manifest: &[u8], mac: &[u8]) -> bool {
        self.each().any(|one| one.manifest.mac_matches(&[manifest], mac))
    }

    /// What a part's content is known by: the same for the same content and readers, and telling nothing of it.
    pub(crate) fn content(&self, readers: &[String], plain: &[u8]) -> String {
        self.current.content(readers, plain)
    }

    pub(crate) fn is_content(&self, content: &str, readers: &[String], plain: &[u8]) -> bool {
        self.each().any(|one| one.content(readers, plain) == content)
    }
}
