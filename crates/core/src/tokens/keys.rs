//! The signing keys of a pool: two, so that ID and access tokens cannot be taken for one another
//! (docs/cognito/tokens.md §2, recorded).

use std::sync::Arc;

use poolhouse_crypto::jwt::{self, Jwk, Jwks, PublicKey, SigningKey, Unverified};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::signing_keys::{self as table, SigningKey as SigningKeyRow};

use crate::cache::RecordCache;
use crate::pools::Pool;
use crate::sealing::PoolKeys;
use crate::{Cx, Fault};

/// How long another node's new keys may go unnoticed.
const KEYS_MILLIS: i64 = 5 * 60 * 1000;

/// Which tokens a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenUse {
    Id,
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
pub(crate) struct Keyring(RecordCache<SigningKeys>);

impl Keyring {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(RecordCache::new(capacity, KEYS_MILLIS))
    }

    /// Forgets the keys of a pool; to be called after each commit that changed them.
    pub(crate) fn forget(&self, pool_id: &str) {
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

/// The keys of a pool.
pub(crate) async fn of_pool(cx: &Cx, pool: &Pool) -> Result<Arc<SigningKeys>, Fault> {
    let load = async || {
        let rows = table::list(&mut cx.read().await?, &pool.id).await?;
        rows.into_iter()
            .map(|row| parse(&pool.keys, row))
            .collect::<Result<Vec<_>, _>>()
            .map(|k| Some(SigningKeys(k)))
    };
    let keys = cx.engine().keyring().0.get(&pool.id, cx.now, load).await?;
    keys.ok_or_else(|| Fault::internal("the pool has no signing keys"))
}

fn parse(keys: &PoolKeys, row: SigningKeyRow) -> Result<StoredKey, Fault> {
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

/// Rows of two new keys for a pool; made before the transaction that creates the pool.
pub(crate) async fn make(cx: &Cx, pool_id: &str, keys: &PoolKeys) -> Result<Vec<SigningKeyRow>, Fault> {
    let mut rows = Vec::with_capacity(2);
    for token_use in [TokenUse::Id, TokenUse::Access] {
        let key = cx.engine().key_stock().take(cx).await?;
        let kid = jwt::kid_from(cx.entropy().bytes());
        let pkcs8 = key.to_pkcs8().map_err(Fault::internal)?;
        rows.push(SigningKeyRow {
            pool_id: pool_id.to_owned(),
            token_use: token_use.as_str().to_owned(),
            created_at: cx.now,
            retired_at: None,
            private_key: keys.seal(&place(&kid), &pkcs8),
            public_key: key.public_key().and_then(|k| k.to_der()).map_err(Fault::internal)?,
            kid,
        });
    }
    Ok(rows)
}

/// Stores the rows of [`make`].
pub(crate) async fn insert(tx: &mut Tx, rows: &[SigningKeyRow]) -> Result<(), Fault> {
    for row in rows {
        if table::insert(tx, row).await? == Insert::Exists {
            return Err(Fault::internal("two signing keys have one kid"));
        }
    }
    Ok(())
}

fn place(kid: &str) -> String {
    format!("signing_key/{kid}")
}
