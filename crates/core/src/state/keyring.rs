//! The signing keys of pools, ready for use.

use std::sync::Arc;

use poolhouse_crypto::jwt::{Jwk, Jwks, PublicKey, SigningKey, Unverified};
use poolhouse_kernel::Fault;
use poolhouse_kernel::cache::RecordCache;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::tables::signing_keys::SigningKey as SigningKeyRow;

/// How long another node's new keys may go unnoticed.
const KEYS_MILLIS: i64 = 5 * 60 * 1000;

/// Which tokens a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// ID tokens.
    Id,
    /// Access tokens.
    Access,
}

impl TokenUse {
    /// The value of the claim `token_use`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Access => "access",
        }
    }
}

/// The keys of pools, parsed: reading one from its stored form costs 160 µs.
pub(crate) struct Keyring(RecordCache<PoolId, SigningKeys>);

impl Keyring {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(RecordCache::new(capacity, KEYS_MILLIS))
    }

    /// The keys of a pool: kept, or else loaded by `load`.
    pub(crate) async fn get<F>(
        &self,
        pool_id: &PoolId,
        now: Timestamp,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<SigningKeys>, Fault>
    where
        F: Future<Output = Result<SigningKeys, Fault>>,
    {
        let keys = self.0.get(pool_id, now, async || load().await.map(Some)).await?;
        keys.ok_or_else(|| Fault::internal("the pool has no signing keys"))
    }

    /// Forgets the keys of a pool; to be called after each commit that changed them.
    pub(crate) fn forget(&self, pool_id: &PoolId) {
        self.0.forget(pool_id);
    }
}

/// All keys of one pool, the newest first.
pub(crate) struct SigningKeys(Vec<StoredKey>);

pub(crate) struct StoredKey {
    pub(crate) kid: String,
    pub(crate) token_use: TokenUse,
    retired: bool,
    public: PublicKey,
    private: SigningKey,
}

impl StoredKey {
    /// A compact token over `claims`.
    pub(crate) fn sign(&self, claims: &[u8]) -> Result<String, Fault> {
        self.private.sign(&self.kid, claims).map_err(Fault::internal)
    }

    /// Whether the signature of `token` is by this key.
    pub(crate) fn verifies(&self, token: &Unverified<'_>) -> bool {
        self.public.verify(token).is_ok()
    }
}

impl SigningKeys {
    /// Opens and reads the stored keys of a pool.
    pub(crate) fn from_rows(rows: Vec<SigningKeyRow>, keys: &DataKeys) -> Result<Self, Fault> {
        rows.into_iter().map(|row| parse(keys, row)).collect::<Result<_, _>>().map(Self)
    }

    /// The key that signs new tokens.
    pub(crate) fn current(&self, token_use: TokenUse) -> Result<&StoredKey, Fault> {
        let mut keys = self.0.iter().filter(|k| k.token_use == token_use && !k.retired);
        keys.next().ok_or_else(|| Fault::internal("the pool has no signing key"))
    }

    /// The key of an id, retired ones included: their tokens live on.
    pub(crate) fn by_kid(&self, kid: &str) -> Option<&StoredKey> {
        self.0.iter().find(|k| k.kid == kid)
    }

    /// The document at `jwks.json`.
    pub(crate) fn jwks(&self) -> Jwks {
        Jwks { keys: self.0.iter().map(|k| Jwk::new(&k.kid, &k.public)).collect() }
    }
}

fn parse(keys: &DataKeys, row: SigningKeyRow) -> Result<StoredKey, Fault> {
    let private =
        SigningKey::from_pkcs8(&keys.open(&place(&row.kid), &row.private_key)?).map_err(Fault::internal)?;
    Ok(StoredKey {
        token_use: if row.token_use == TokenUse::Id.as_str() { TokenUse::Id } else { TokenUse::Access },
        retired: row.retired_at.is_some(),
        public: private.public_key().map_err(Fault::internal)?,
        kid: row.kid,
        private,
    })
}

/// Where the private key of an id belongs.
pub(crate) fn place(kid: &str) -> String {
    format!("signing_key/{kid}")
}
