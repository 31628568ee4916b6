//! The engine: everything that lives longer than a request.

use std::fmt;
use std::sync::Arc;

use poolhouse_ports::{Clock, Courier, Entropy, Triggers};
use poolhouse_store::{Store, StoreError};
use uuid::Uuid;

use crate::cache::RecordCache;
use crate::clients::Client;
use crate::contention::Contention;
use crate::credentials::KeyPair;
use crate::crypto_pool::CryptoPool;
use crate::cx::{Caller, Cx};
use crate::guess::Places;
use crate::messages::outbox::Outbox;
use crate::pools::{Pool, UserCounts};
use crate::protection::findings::Findings;
use crate::protection::limits::{Limiter, Limits};
use crate::protection::passwords::CompromisedPasswords;
use crate::quota::Counts;
use crate::sealing::{MasterKey, Sealing};
use crate::tokens::key_stock::KeyStock;
use crate::tokens::keys::Keyring;
use crate::turns::Turns;

/// How many pools and clients are kept ready.
const KEPT_RECORDS: usize = 10_000;

/// How many users may be guessed at, or records changed, without waiting for one another.
const PLACES: usize = 4096;

/// How long another node's change of a pool or client may go unnoticed: less than a second.
const RECORD_MILLIS: i64 = 900;

/// Settings of the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Region of new pools where a request names none.
    pub region: String,
    /// Account in ARNs, 12 digits.
    pub account_id: String,
    /// What clients use to reach this server, without a slash at the end.
    pub public_url: String,
    /// The form of `iss` in tokens.
    pub issuer: IssuerMode,
    /// How often one source may ask.
    pub limits: Limits,
    /// For how many days auth events are kept.
    pub auth_event_days: u32,
    /// Whether a pool's tier bounds what it can do.
    pub tiers: Tiers,
    /// Root credentials given from outside; without them the stored ones count.
    pub root: Option<KeyPair>,
}

/// Which URL names a pool as the issuer of its tokens (docs/cognito/tokens.md §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerMode {
    /// `<public URL>/<pool id>`.
    Own,
    /// AWS's form, `https://cognito-idp.<region>.amazonaws.com/<pool id>`, or its updated form where the
    /// pool's IssuerConfiguration says so: for consumers that derive the issuer from the pool id.
    Aws,
}

/// Whether a pool's tier bounds what it can do (docs/cognito/operations-and-protection.md §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tiers {
    /// Every feature is in every tier, but for refresh token rotation.
    #[default]
    Open,
    /// As on AWS: what the tier lacks is refused.
    Strict,
}

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// Outgoing messages.
    pub courier: Courier,
    /// The functions that pools may name as their Lambda triggers.
    pub triggers: Triggers,
    /// Seals every other key.
    pub master_key: MasterKey,
    /// Where new signing keys come from.
    pub key_stock: KeyStock,
    /// Passwords that others know.
    pub compromised_passwords: CompromisedPasswords,
    /// Settings of the installation.
    pub settings: Settings,
}

/// The engine could not start.
#[derive(Debug)]
pub enum StartError {
    /// The database was sealed under another master key.
    MasterKey,
    /// The database failed.
    Store(StoreError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MasterKey => f.write_str(
                "the master key does not fit this database: it was sealed under another one. Bring back the master key that was in use when the database was made; without it its secrets cannot be opened",
            ),
            Self::Store(error) => write!(f, "the database failed: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Serves requests; clones share everything.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    courier: Courier,
    triggers: Triggers,
    settings: Settings,
    sealing: Sealing,
    crypto: CryptoPool,
    key_stock: KeyStock,
    keyring: Keyring,
    pools: RecordCache<Pool>,
    clients: RecordCache<Client>,
    user_counts: UserCounts,
    counts: Counts,
    limiter: Limiter,
    findings: Findings,
    compromised_passwords: CompromisedPasswords,
    outbox: Outbox,
    guesses: Places,
    guesses_elsewhere: Places,
    changes: Turns,
    contention: Contention,
}

impl Engine {
    /// Starts an engine: opens the installation's key, or makes it on an empty database.
    ///
    /// # Errors
    /// When the master key does not fit, or the database fails.
    pub async fn start(parts: Parts) -> Result<Self, StartError> {
        let sealing = Sealing::open(&parts.store, parts.master_key, parts.entropy.clone()).await?;
        let limiter = Limiter::new(parts.settings.limits);
        Ok(Self(Arc::new(Inner {
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            courier: parts.courier,
            triggers: parts.triggers,
            settings: parts.settings,
            sealing,
            crypto: CryptoPool::new(),
            key_stock: parts.key_stock,
            keyring: Keyring::new(KEPT_RECORDS),
            pools: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            clients: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            user_counts: UserCounts::new(KEPT_RECORDS),
            counts: Counts::new(KEPT_RECORDS),
            limiter,
            findings: Findings::default(),
            compromised_passwords: parts.compromised_passwords,
            outbox: Outbox::default(),
            guesses: Places::new(PLACES),
            guesses_elsewhere: Places::new(PLACES),
            changes: Turns::new(PLACES),
            contention: Contention::default(),
        })))
    }

    /// The context of a request that begins now.
    pub fn context(&self, request_id: Uuid, caller: Caller) -> Cx {
        Cx::new(self.clone(), request_id, caller)
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Randomness.
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Outgoing messages.
    pub fn courier(&self) -> &Courier {
        &self.0.courier
    }

    /// The functions that pools may name as their Lambda triggers.
    pub(crate) fn triggers(&self) -> &Triggers {
        &self.0.triggers
    }

    /// Settings of the installation.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn sealing(&self) -> &Sealing {
        &self.0.sealing
    }

    pub(crate) fn crypto(&self) -> &CryptoPool {
        &self.0.crypto
    }

    /// How many jobs of expensive cryptography have begun so far.
    pub fn crypto_jobs(&self) -> u64 {
        self.crypto().begun()
    }

    pub(crate) fn key_stock(&self) -> &KeyStock {
        &self.0.key_stock
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    pub(crate) fn pools(&self) -> &RecordCache<Pool> {
        &self.0.pools
    }

    pub(crate) fn clients(&self) -> &RecordCache<Client> {
        &self.0.clients
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// Places of those who guess at the same user.
    pub(crate) fn guesses(&self) -> &Places {
        &self.0.guesses
    }

    /// The same where a function of the pool compares: they last as long as it takes, and keep nobody else waiting.
    pub(crate) fn guesses_elsewhere(&self) -> &Places {
        &self.0.guesses_elsewhere
    }

    /// Turns of those who change the same record.
    pub(crate) fn changes(&self) -> &Turns {
        &self.0.changes
    }

    /// How often requests got in each other's way.
    pub fn contention(&self) -> &Contention {
        &self.0.contention
    }

    /// Holds those who ask to the installation's limits.
    pub fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    /// How often risks were found.
    pub fn findings(&self) -> &Findings {
        &self.0.findings
    }

    /// Passwords that others know.
    pub fn compromised_passwords(&self) -> &CompromisedPasswords {
        &self.0.compromised_passwords
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    pub(crate) fn user_counts(&self) -> &UserCounts {
        &self.0.user_counts
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
