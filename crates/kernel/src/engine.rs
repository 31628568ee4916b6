//! The engine: everything that lives longer than a request.

use std::fmt;
use std::sync::Arc;

use poolhouse_ports::{Clock, Courier, Entropy, Fetch, Logs, Triggers};
use poolhouse_store::Store;

use crate::contention::Contention;
use crate::crypto_pool::CryptoPool;
use crate::denials::Denials;
use crate::limits::Limiter;
use crate::limits::shares::Shares;
use crate::sealing::{MasterKey, Sealing};
use crate::sign_ins::SignIns;
use crate::to_its_end::Begun;
use crate::turns::Turns;
use crate::{Settings, StartError};

/// How many records may be changed without waiting for one another.
const PLACES: usize = 4096;

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
    /// The way to servers that tenants name.
    pub fetch: Fetch,
    /// Where the logs of pools go.
    pub logs: Logs,
    /// Seals every other key.
    pub master_key: MasterKey,
    /// Settings of the installation.
    pub settings: Settings,
}

/// Serves requests; clones share everything. `S` is what a domain keeps in the memory of this node.
pub struct Engine<S> {
    base: Arc<Base>,
    state: Arc<S>,
}

/// What the engines of all domains share.
struct Base {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    courier: Courier,
    triggers: Triggers,
    fetch: Fetch,
    logs: Logs,
    settings: Settings,
    sealing: Sealing,
    crypto: CryptoPool,
    limiter: Limiter,
    bodies: Arc<Shares>,
    begun: Begun,
    changes: Turns,
    contention: Contention,
    denials: Denials,
    sign_ins: SignIns,
}

impl<S> Engine<S> {
    /// Starts an engine: opens the installation's key, or makes it on an empty database.
    ///
    /// # Errors
    /// When the master key does not fit, or the database fails.
    pub async fn start(parts: Parts, state: S) -> Result<Self, StartError> {
        let sealing = Sealing::open(&parts.store, parts.master_key, parts.entropy.clone()).await?;
        let base = Base {
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            courier: parts.courier,
            triggers: parts.triggers,
            fetch: parts.fetch,
            logs: parts.logs,
            limiter: Limiter::new(parts.settings.limits),
            bodies: Shares::new(parts.settings.limits.bodies),
            settings: parts.settings,
            sealing,
            crypto: CryptoPool::default(),
            begun: Begun::default(),
            changes: Turns::new(PLACES),
            contention: Contention::default(),
            denials: Denials::default(),
            sign_ins: SignIns::default(),
        };
        Ok(Self { base: Arc::new(base), state: Arc::new(state) })
    }

    /// What the domain keeps in memory.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// What policies have denied.
    pub fn denials(&self) -> &Denials {
        &self.base.denials
    }

    /// What became of sign-ins.
    pub fn sign_ins(&self) -> &SignIns {
        &self.base.sign_ins
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.base.store
    }

    /// Time.
    pub fn clock(&self) -> &Clock {
        &self.base.clock
    }

    /// Randomness.
    pub fn entropy(&self) -> &Entropy {
        &self.base.entropy
    }

    /// Outgoing messages.
    pub fn courier(&self) -> &Courier {
        &self.base.courier
    }

    /// The functions that pools may name as their Lambda triggers.
    pub fn triggers(&self) -> &Triggers {
        &self.base.triggers
    }

    /// The way to servers that tenants name.
    pub fn fetch(&self) -> &Fetch {
        &self.base.fetch
    }

    /// Where the logs of pools go.
    pub fn logs(&self) -> &Logs {
        &self.base.logs
    }

    /// Settings of the installation.
    pub fn settings(&self) -> &Settings {
        &self.base.settings
    }

    /// The keys under which secrets are sealed.
    pub fn sealing(&self) -> &Sealing {
        &self.base.sealing
    }

    /// Where expensive cryptography runs.
    pub fn crypto(&self) -> &CryptoPool {
        &self.base.crypto
    }

    /// Turns of those who change the same record.
    pub fn changes(&self) -> &Turns {
        &self.base.changes
    }

    /// How often requests got in each other's way.
    pub fn contention(&self) -> &Contention {
        &self.base.contention
    }

    /// The memory for requests, in KiB: one budget, whichever surface they come in at.
    pub fn bodies(&self) -> &Arc<Shares> {
        &self.base.bodies
    }

    /// What was begun for requests, whether or not somebody still waits for it.
    pub fn begun(&self) -> &Begun {
        &self.base.begun
    }

    /// Holds those who ask to the installation's limits.
    pub fn limiter(&self) -> &Limiter {
        &self.base.limiter
    }
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self { base: Arc::clone(&self.base), state: Arc::clone(&self.state) }
    }
}

impl<S> fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}
