//! The keys of the issuer of identity pools, ready for use: reading one from its stored form takes longer than signing.

use poolhouse_crypto::jwt::{PublicKey, SigningKey};
use poolhouse_ports::Timestamp;

use crate::key_life;

/// One key.
#[derive(Debug)]
pub struct IssuerKey {
    /// Its identifier in the JWKS.
    pub kid: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Signs.
    pub private: SigningKey,
    /// Verifies.
    pub public: PublicKey,
}

/// All keys, the newest first.
#[derive(Debug)]
pub struct IssuerKeys(Vec<IssuerKey>);

impl IssuerKeys {
    /// These keys, in whatever order they come.
    #[must_use]
    pub fn new(mut keys: Vec<IssuerKey>) -> Self {
        keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.kid.cmp(&a.kid)));
        Self(keys)
    }

    /// The key that signs.
    pub fn current(&self, now: Timestamp) -> Option<&IssuerKey> {
        let made: Vec<Timestamp> = self.0.iter().map(|key| key.created_at).collect();
        self.0.get(key_life::signing(&made, now)?)
    }

    /// The key of an id.
    pub fn by_kid(&self, kid: &str) -> Option<&IssuerKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &IssuerKey> {
        self.0.iter()
    }
}
