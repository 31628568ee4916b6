//! What the domain keeps in the memory of a node: records that are read often, keys ready for use, figures, and the places
//! of those who guess.

pub(crate) mod documents;
pub mod expired;
pub mod findings;
pub mod imports;
pub mod issuer_keys;
pub(crate) mod key_stock;
pub(crate) mod keyring;
pub(crate) mod outbox;
pub(crate) mod places;
pub(crate) mod user_counts;

use std::fmt;
use std::sync::atomic::AtomicU32;

use poolhouse_compromised::CompromisedPasswords;
use poolhouse_crypto::jws::KeySet;
use poolhouse_kernel::cache::RecordCache;
use poolhouse_kernel::quiet::Quiet;
use poolhouse_ports::{ClientId, Entropy, PoolId};
use poolhouse_saml::IdentityProvider;
use tokio::sync::Semaphore;

use crate::model::cimd::Policies;
use crate::model::domain::Domain;
use crate::model::provider::SigningOut;
use crate::model::{Client, Pool};
use crate::settings::Settings;
use documents::Documents;
use expired::Expired;
use findings::Findings;
use imports::Imports;
use issuer_keys::IssuerKeys;
use key_stock::KeyStock;
use keyring::Keyring;
use outbox::Outbox;
use places::Places;
use user_counts::UserCounts;

/// How many pools, clients and domains are kept ready.
const KEPT_RECORDS: usize = 10_000;

/// How long another node's change of a pool, client or domain may go unnoticed: less than a second.
const RECORD_MILLIS: i64 = 900;

/// How old a count of what a quota bounds may be.
const QUOTA_MILLIS: i64 = 1000;

/// How much memory may be spent on looking at the hashes of imported users at one time, in MiB: as much as the dearest of
/// them takes.
pub(crate) const HASH_MEBIBYTES: u32 = 256;

/// How long nobody looks an OIDC provider up again that could not be.
const LOOKUP_MILLIS: i64 = 30_000;

/// How many users may be guessed at without waiting for one another.
const PLACES: usize = 4096;

/// The memory of the domain.
pub struct State {
    pub(crate) settings: Settings,
    pub(crate) key_stock: KeyStock,
    pub(crate) keyring: Keyring,
    /// The keys of the issuer of identity pools.
    issuer_keys: RecordCache<(), IssuerKeys>,
    pub(crate) pools: RecordCache<PoolId, Pool>,
    pub(crate) clients: RecordCache<ClientId, Client>,
    pub(crate) domains: RecordCache<String, Domain>,
    pub(crate) cimd_policies: RecordCache<PoolId, Policies>,
    /// The SAML providers that sign users out.
    pub(crate) signing_out: RecordCache<PoolId, Vec<SigningOut>>,
    /// The keys of identity providers.
    pub(crate) provider_keys: Documents<KeySet>,
    /// Where the keys of those are that no pool has.
    pub(crate) provider_key_addresses: Documents<String>,
    /// The metadata of those that speak SAML.
    pub(crate) saml_metadata: Documents<IdentityProvider>,
    /// What the log was told of sign-ins at providers.
    pub(crate) told_of_providers: Quiet<String>,
    /// The OIDC providers that were looked up of late.
    pub(crate) lookups: RecordCache<String, ()>,
    pub(crate) user_counts: UserCounts,
    pub(crate) quotas: RecordCache<String, AtomicU32>,
    pub(crate) findings: Findings,
    pub(crate) expired: Expired,
    pub(crate) imports: Imports,
    /// The limits of categories, by region and name.
    pub(crate) provisioned: RecordCache<String, AtomicU32>,
    /// This node among those that say that they are there, and how many of these are in its region; 0 before they were counted.
    pub(crate) node_id: String,
    pub(crate) nodes: AtomicU32,
    /// In MiB, for looking at the hashes of imported users.
    pub(crate) hash_memory: Semaphore,
    pub(crate) compromised_passwords: CompromisedPasswords,
    pub(crate) outbox: Outbox,
    /// Where guesses at users are looked at.
    pub(crate) guesses: Places,
    /// The same where a function of the pool compares: they last as long as it takes, and keep nobody else waiting.
    pub(crate) guesses_elsewhere: Places,
}

impl State {
    /// An empty memory, with a stock of new signing keys and the passwords that others know.
    pub fn new(key_stock: KeyStock, compromised_passwords: CompromisedPasswords, settings: Settings) -> Self {
        Self {
            settings,
            key_stock,
            keyring: Keyring::new(KEPT_RECORDS, RECORD_MILLIS),
            issuer_keys: RecordCache::new(1, keyring::KEYS_MILLIS),
            pools: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            clients: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            domains: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            cimd_policies: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            signing_out: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            provider_keys: Documents::new(KEPT_RECORDS),
            provider_key_addresses: Documents::new(KEPT_RECORDS),
            saml_metadata: Documents::new(KEPT_RECORDS),
            told_of_providers: Quiet::default(),
            lookups: RecordCache::new(KEPT_RECORDS, LOOKUP_MILLIS),
            user_counts: UserCounts::new(KEPT_RECORDS),
            quotas: RecordCache::new(KEPT_RECORDS, QUOTA_MILLIS),
            findings: Findings::default(),
            expired: Expired::default(),
            imports: Imports::default(),
            provisioned: RecordCache::new(KEPT_RECORDS, RECORD_MILLIS),
            node_id: Entropy::system().uuid().to_string(),
            nodes: AtomicU32::new(0),
            hash_memory: Semaphore::new(HASH_MEBIBYTES as usize),
            compromised_passwords,
            outbox: Outbox::default(),
            guesses: Places::new(PLACES),
            guesses_elsewhere: Places::new(PLACES),
        }
    }

    /// Settings about user pools.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The keys of the issuer of identity pools, as the domain of these keeps them ready.
    pub fn issuer_keys(&self) -> &RecordCache<(), IssuerKeys> {
        &self.issuer_keys
    }

    /// How often risks were found.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What has expired.
    pub fn expired(&self) -> &Expired {
        &self.expired
    }

    /// What became of the lines of imports.
    pub fn imports(&self) -> &Imports {
        &self.imports
    }

    /// The name of this node.
    pub fn node_id(&self) -> &str {
        &self.node_id
    }

    /// How many guesses at users wait to be looked at.
    pub fn waiting_guesses(&self) -> usize {
        self.guesses.waiting() + self.guesses_elsewhere.waiting()
    }

    /// The signing keys that are made ahead.
    pub fn key_stock(&self) -> &KeyStock {
        &self.key_stock
    }

    /// Passwords that others know.
    pub fn compromised_passwords(&self) -> &CompromisedPasswords {
        &self.compromised_passwords
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}
