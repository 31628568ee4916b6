//! What is kept of a password that others know.

use poolhouse_crypto::digest;

/// The beginning of a password's SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fingerprint(pub(crate) u64);

impl Fingerprint {
    pub(crate) fn of(password: &[u8]) -> Self {
        Self::from_bytes(digest::sha1(password).first_chunk().copied().unwrap_or_default())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    pub(crate) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}
