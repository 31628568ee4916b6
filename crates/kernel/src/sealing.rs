//! The keys under which everything is sealed that would let someone in (docs/ARCHITECTURE.md, "Secrets").
//!
//! The master key comes from outside the database. It seals the installation's key and each pool's data
//! key; a data key yields one key for each purpose, so that what was sealed for one is noise for another.

mod rewrap;

use std::fmt;

use poolhouse_crypto::digest;
use poolhouse_crypto::seal::{KEY_BYTES, Key, OpenError};
use poolhouse_crypto::srp::Verifier;
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_store::tables::settings;
use poolhouse_store::{Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use rewrap::Progress;

use crate::repeat::repeated;
use crate::{Fault, StartError};

/// The setting that holds the installation's key, sealed by the master key.
const INSTALLATION_KEY: &str = "installation_key";

/// The key that seals all others; it never enters the database. Beside it may be the one that came before, and while a
/// rotation begins the one that comes next: both open what they sealed.
#[derive(Clone, Debug)]
pub struct MasterKey {
    current: Key,
    previous: Option<Key>,
    next: Option<Key>,
}

impl MasterKey {
    /// A key of 32 random bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self { current: Key::new(bytes), previous: None, next: None }
    }

    /// The same key, which takes the place of `previous`: what that one sealed is to be sealed anew.
    #[must_use]
    pub fn after(self, previous: Self) -> Self {
        Self { previous: Some(previous.current), ..self }
    }

    /// The same key, whose place `next` is about to take: what that one sealed stays as it is.
    #[must_use]
    pub fn before(self, next: Self) -> Self {
        Self { next: Some(next.current), ..self }
    }

    /// This key, and those that may be used beside it.
    fn each(&self) -> impl Iterator<Item = &Key> {
        [Some(&self.current), self.next.as_ref(), self.previous.as_ref()].into_iter().flatten()
    }

    /// Opens a key that one of them sealed.
    fn unwrap(&self, context: &[u8], sealed: &[u8]) -> Result<Key, OpenError> {
        let opened = self.each().find_map(|key| key.unwrap(context, sealed).ok());
        opened.ok_or(OpenError::NotAuthentic)
    }

    /// The key that proves the records of a chain of the audit log.
    pub fn audit_key(&self, chain: &str) -> Key {
        self.current.derive(&format!("audit/{chain}"))
    }

    /// The keys that may prove the records of a chain of the audit log.
    pub fn audit_keys(&self, chain: &str) -> Vec<Key> {
        self.each().map(|key| key.derive(&format!("audit/{chain}"))).collect()
    }

    /// The key that new backups have theirs from.
    pub fn backup_key(&self) -> Key {
        self.current.derive("backup")
    }

    /// Those that earlier backups may have theirs from.
    pub fn other_backup_keys(&self) -> Vec<Key> {
        self.each().skip(1).map(|key| key.derive("backup")).collect()
    }

    /// A key that another master key sealed, sealed by this one.
    ///
    /// # Errors
    /// When the other one did not seal it.
    pub fn reseal(
        &self,
        from: &Self,
        which: &MasterSealed,
        sealed: &[u8],
        entropy: &Entropy,
    ) -> Result<Vec<u8>, OpenError> {
        let context = which.context();
        let key = from.unwrap(&context, sealed)?;
        Ok(self.current.wrap(&key, entropy.bytes(), &context))
    }

    /// The keys of a pool whose data key it sealed.
    ///
    /// # Errors
    /// When it did not.
    pub fn open_pool_keys(
        &self,
        pool_id: &PoolId,
        sealed: &[u8],
        entropy: &Entropy,
    ) -> Result<DataKeys, Fault> {
        let key = self.unwrap(&pool_key_context(pool_id), sealed).map_err(Fault::internal)?;
        Ok(DataKeys::new(pool_id, &key, entropy.clone()))
    }

    /// Whether it opens a key.
    pub fn opens_key(&self, which: &MasterSealed, sealed: &[u8]) -> bool {
        self.unwrap(&which.context(), sealed).is_ok()
    }

    /// Whether what it sealed is the key that another master key sealed as well.
    ///
    /// # Errors
    /// When one of them did not seal it.
    pub fn holds_same(
        &self,
        sealed: &[u8],
        other: (&Self, &[u8]),
        which: &MasterSealed,
    ) -> Result<bool, OpenError> {
        let context = which.context();
        let (one, other) = (self.unwrap(&context, sealed)?, other.0.unwrap(&context, other.1)?);
        Ok(one.mac_matches(&[], &other.mac(&[])))
    }

    /// Whether it is the one that the database's secrets are sealed by; `None` while there are none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn opens(&self, store: &Store) -> Result<Option<bool>, StoreError> {
        Ok(match self.installation(store).await? {
            Sealer::Nobody => None,
            Sealer::Another => Some(false),
            Sealer::This(_) => Some(true),
        })
    }

    /// The installation whose secrets this key seals: what tells it from others, also after it was restored elsewhere.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn installation(&self, store: &Store) -> Result<Sealer, StoreError> {
        let sealed = settings::get(&mut store.read().await?, INSTALLATION_KEY).await?;
        let Some(sealed) = sealed else { return Ok(Sealer::Nobody) };
        let opened = self.unwrap(&MasterSealed::Installation.context(), &sealed);
        Ok(opened.map_or(Sealer::Another, |key| Sealer::This(digest::hex(&key.derive("id").mac(&[])))))
    }
}

/// Whose the secrets of a database are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sealer {
    /// There are none yet.
    Nobody,
    /// They are sealed by another master key.
    Another,
    /// By this one, for the installation of this id.
    This(String),
}

/// What the master key seals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MasterSealed {
    /// The installation's key, in the setting of this name.
    Installation,
    /// The data key of a pool.
    Pool(PoolId),
}

impl MasterSealed {
    /// The setting that holds the installation's key.
    pub const SETTING: &'static str = INSTALLATION_KEY;

    fn context(&self) -> Vec<u8> {
        match self {
            Self::Installation => INSTALLATION_KEY.as_bytes().to_vec(),
            Self::Pool(pool_id) => pool_key_context(pool_id),
        }
    }
}

impl fmt::Display for MasterSealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str("the installation's key"),
            Self::Pool(pool_id) => write!(f, "the data key of {pool_id}"),
        }
    }
}

/// Seals and unseals under the master key and the installation's key.
#[derive(Debug)]
pub struct Sealing {
    master: MasterKey,
    /// For what belongs to no pool.
    installation: DataKeys,
    entropy: Entropy,
}

impl Sealing {
    /// Opens the installation's key, or makes it on an empty database.
    pub async fn open(store: &Store, master: MasterKey, entropy: Entropy) -> Result<Self, StartError> {
        let sealed = settings::get(&mut store.read_lasting().await?, INSTALLATION_KEY).await?;
        let installation = match sealed {
            Some(sealed) => {
                master.unwrap(INSTALLATION_KEY.as_bytes(), &sealed).map_err(|_| StartError::MasterKey)?
            }
            None => create_installation_key(store, &master, &entropy).await?,
        };
        let installation = DataKeys::new("", &installation, entropy.clone());
        Ok(Self { master, installation, entropy })
    }

    /// Makes the data key of a new pool: the key itself and its sealed form for the database.
    pub fn create_pool_keys(&self, pool_id: &PoolId) -> (DataKeys, Vec<u8>) {
        let key = Key::new(self.entropy.bytes());
        let sealed = self.master.current.wrap(&key, self.entropy.bytes(), &pool_key_context(pool_id));
        (DataKeys::new(pool_id, &key, self.entropy.clone()), sealed)
    }

    /// Opens the data key of a pool.
    pub fn open_pool_keys(&self, pool_id: &PoolId, sealed: &[u8]) -> Result<DataKeys, Fault> {
        self.master.open_pool_keys(pool_id, sealed, &self.entropy)
    }

    /// Whether something may be under the master key of before.
    pub fn has_previous(&self) -> bool {
        self.master.previous.is_some()
    }

    /// Keys for what belongs to no pool: access keys, lists of pools.
    pub fn installation_keys(&self) -> &DataKeys {
        &self.installation
    }
}

fn pool_key_context(pool_id: &PoolId) -> Vec<u8> {
    format!("pool_key/{pool_id}").into_bytes()
}

async fn create_installation_key(
    store: &Store,
    master: &MasterKey,
    entropy: &Entropy,
) -> Result<Key, StartError> {
    let key = Key::new(entropy.bytes());
    let sealed = master.current.wrap(&key, entropy.bytes(), INSTALLATION_KEY.as_bytes());
    // Another node may be quicker; then its key is the one.
    let stored = repeated(async || {
        let mut tx = store.write().await?;
        let stored = settings::get(&mut tx, INSTALLATION_KEY).await?;
        if stored.is_none() {
            settings::put(&mut tx, INSTALLATION_KEY, &sealed).await?;
            tx.commit().await?;
        }
        Ok(stored)
    });
    match stored.await? {
        None => Ok(key),
        Some(stored) => {
            master.unwrap(INSTALLATION_KEY.as_bytes(), &stored).map_err(|_| StartError::MasterKey)
        }
    }
}

/// The keys of one pool or of the installation, one for each purpose.
pub struct DataKeys {
    /// A pool's id; empty for the installation, whose values say no owner.
    owner: String,
    /// Secrets in rows: verifiers, client secrets, private keys.
    rest: Key,
    /// Opaque strings handed out: sessions, secret blocks, refresh tokens, pagination tokens.
    token: Key,
    /// Keyed hashes: codes, made-up answers for users who do not exist.
    hash: Key,
    entropy: Entropy,
}

impl DataKeys {
    pub(crate) fn new(owner: &str, key: &Key, entropy: Entropy) -> Self {
        Self {
            owner: owner.to_owned(),
            rest: key.derive("rest"),
            token: key.derive("token"),
            hash: key.derive("hash"),
            entropy,
        }
    }

    /// What a sealed value is and where it belongs; it opens nowhere else.
    fn context(&self, place: &str) -> Vec<u8> {
        format!("{}/{place}", self.owner).into_bytes()
    }

    /// Seals a secret that is kept in the row named by `place`.
    pub fn seal(&self, place: &str, secret: &[u8]) -> Vec<u8> {
        self.rest.seal(self.entropy.bytes(), &self.context(place), secret)
    }

    /// Opens a secret of the row named by `place`.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        self.rest.open(&self.context(place), sealed).map_err(Fault::internal)
    }

    /// Opens a secret that is text.
    pub fn open_text(&self, place: &str, sealed: &[u8]) -> Result<String, Fault> {
        String::from_utf8(self.open(place, sealed)?).map_err(Fault::internal)
    }

    /// Seals a value into an opaque string of `[A-Za-z0-9_-]`; `kind` says what it is for.
    pub fn seal_token(&self, kind: &str, value: &impl Serialize) -> Result<String, Fault> {
        let plain = serde_json::to_vec(value).map_err(Fault::internal)?;
        Ok(self.token.seal_text(self.entropy.bytes(), &self.context(kind), &plain))
    }

    /// Opens an opaque string; `None` when it was not made here for this `kind`.
    pub fn open_token<T: DeserializeOwned>(&self, kind: &str, token: &str) -> Option<T> {
        let plain = self.token.open_text(&self.context(kind), token).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Seals a value into the standard base64 that SRP clients expect of a secret block.
    pub fn seal_block(&self, kind: &str, value: &impl Serialize) -> Result<String, Fault> {
        let plain = serde_json::to_vec(value).map_err(Fault::internal)?;
        Ok(self.token.seal_padded_text(self.entropy.bytes(), &self.context(kind), &plain))
    }

    /// Opens a secret block; `None` when it was not made here for this `kind`.
    pub fn open_block<T: DeserializeOwned>(&self, kind: &str, block: &str) -> Option<T> {
        let plain = self.token.open_padded_text(&self.context(kind), block).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// The verifier of a user who does not exist or has no password: always the same for the same `name`,
    /// and none that a password fits.
    pub fn stand_in_verifier(&self, name: &str) -> Verifier {
        Verifier::simulated(&self.hash.derive("verifier"), &self.context(name))
    }

    /// A keyed hash: the same for the same input, and telling nothing of it without the key.
    pub fn hash(&self, purpose: &str, data: &str) -> [u8; 32] {
        self.hash.mac(&[&self.context(purpose), b"\0", data.as_bytes()])
    }
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKeys").field("owner", &self.owner).finish_non_exhaustive()
    }
}
