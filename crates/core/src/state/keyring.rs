//! The signing keys of pools, ready for use.

use std::sync::Arc;

use poolhouse_crypto::jwt::{Jwk, Jwks, PublicKey, SigningKey, Unverified};
use poolhouse_kernel::Fault;
use poolhouse_kernel::cache::RecordCache;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::tables::signing_keys::SigningKey as SigningKeyRow;

use crate::key_life;

/// How long another node's new keys of identity pools may go unnoticed: they sign a day later, but those of before may have
/// ended at once.
pub(super) const KEYS_MILLIS: i64 = 60 * 1000;

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

/// The keys of pools, parsed: reading one from its stored form costs 160 µs. Whether they are still those of the pool is looked
/// up as often as its record: keys may have been ended, or the pool been restored.
pub(crate) struct Keyring(RecordCache<PoolId, SigningKeys>);

impl Keyring {
    /// At most `capacity` pools' keys, each kept for `millis`.
    pub(crate) fn new(capacity: usize, millis: i64) -> Self {
        Self(RecordCache::new(capacity, millis))
    }

    /// The keys of a pool: those that are kept, while `load` finds them among the rows.
    pub(crate) async fn get<F>(
        &self,
        pool_id: &PoolId,
        now: Timestamp,
        data_keys: &DataKeys,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<SigningKeys>, Fault>
    where
        F: Future<Output = Result<Vec<SigningKeyRow>, Fault>>,
    {
        if let Some(keys) = self.0.kept(pool_id, now) {
            return Ok(keys);
        }
        let (version, known) = (self.0.current(), self.0.outdated(pool_id));
        let rows = load().await?;
        let keys = match known.filter(|known| known.are(&rows)) {
            Some(known) => known,
            None => Arc::new(SigningKeys::from_rows(rows, data_keys)?),
        };
        self.0.keep(pool_id, now, &keys, version);
        Ok(keys)
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
    created_at: Timestamp,
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
        let mut keys = rows.into_iter().map(|row| parse(keys, row)).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.kid.cmp(&a.kid)));
        Ok(Self(keys))
    }

    /// Whether they are those of these rows.
    fn are(&self, rows: &[SigningKeyRow]) -> bool {
        self.0.len() == rows.len() && rows.iter().all(|row| self.by_kid(&row.kid).is_some())
    }

    /// The key that signs new tokens.
    pub(crate) fn current(&self, token_use: TokenUse, now: Timestamp) -> Result<&StoredKey, Fault> {
        let of_use: Vec<_> = self.0.iter().filter(|key| key.token_use == token_use).collect();
        let made: Vec<_> = of_use.iter().map(|key| key.created_at).collect();
        let place = key_life::signing(&made, now);
        place.map(|place| of_use[place]).ok_or_else(|| Fault::internal("the pool has no signing key"))
    }

    /// The key of an id, those that no longer sign included: their tokens live on.
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
        created_at: row.created_at,
        public: private.public_key().map_err(Fault::internal)?,
        kid: row.kid,
        private,
    })
}

/// Where the private key of an id belongs.
pub(crate) fn place(kid: &str) -> String {
    format!("signing_key/{kid}")
}
