//! The context of one request.

use std::time::Duration;

use poolhouse_ports::{Courier, Entropy, Timestamp};
use poolhouse_store::Tx;
use uuid::Uuid;

use crate::engine::{Engine, Settings};
use crate::fault::Fault;
use crate::origin::Origin;
use crate::protection::limits::Asker;
use crate::triggers::Metadata;

/// How often a transaction is tried when the database asks for it to be repeated.
const TRIES: u32 = 5;

/// Who makes a request. Policies will hang on it.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Nobody in particular: a public operation.
    Public,
    /// Whoever holds an access token or session, which the operation checks itself.
    Token,
    /// A principal of IAM whose signature was verified.
    Iam(IamCaller),
}

/// A principal of IAM.
#[derive(Clone, Debug)]
pub struct IamCaller {
    /// The access key that signed.
    pub access_key_id: String,
}

/// One request: its time, id, region and caller, and the engine that serves it.
///
/// The time is taken once, so that everything in a request happens at one instant.
#[derive(Debug)]
pub struct Cx {
    /// The instant of the request.
    pub now: Timestamp,
    /// Answered in `x-amzn-RequestId`; a sign-in's tokens carry it as `event_id`.
    pub request_id: Uuid,
    /// The region of the credential scope; of unsigned requests the server's own.
    pub region: String,
    /// Who calls.
    pub caller: Caller,
    /// What the caller gives to triggers.
    pub metadata: Metadata,
    /// Where the request comes from.
    pub origin: Origin,
    engine: Engine,
}

impl Cx {
    pub(crate) fn new(engine: Engine, request_id: Uuid, caller: Caller) -> Self {
        let region = engine.settings().region.clone();
        let now = engine.clock().now();
        let (metadata, origin) = (Metadata::default(), Origin::default());
        Self { now, request_id, region, caller, metadata, origin, engine }
    }

    /// Names the caller once the signature is verified.
    pub fn set_caller(&mut self, caller: Caller, region: String) {
        self.caller = caller;
        self.region = region;
    }

    /// The engine behind the request.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Settings of the installation.
    pub fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    /// Takes one request of `asker` out of what they may ask at a time.
    ///
    /// # Errors
    /// `TooManyRequestsException` when they asked too often.
    pub fn admit(&self, asker: Asker<'_>) -> Result<(), Fault> {
        self.engine.limiter().admit(asker, self.now)
    }

    /// Takes one request about the account that a name was found to mean out of what may be asked of it;
    /// administrators may ask as often as they like.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it was asked too often.
    pub(crate) fn admit_to_account(&self, pool_id: &str, sub: &str) -> Result<(), Fault> {
        match self.caller {
            Caller::Iam(_) => Ok(()),
            Caller::Public | Caller::Token => self.admit(Asker::Account(pool_id, sub)),
        }
    }

    /// Randomness.
    pub fn entropy(&self) -> &Entropy {
        self.engine.entropy()
    }

    /// Where messages go.
    pub fn courier(&self) -> &Courier {
        self.engine.courier()
    }

    /// The time by clocks outside: stamps that clients made are held against it.
    pub fn outside_now(&self) -> Timestamp {
        self.engine.clock().outside()
    }

    /// A read transaction.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Tx, Fault> {
        Ok(self.engine.store().read().await?)
    }

    /// A write transaction; keep it short, and call out neither to cryptography nor to the network in it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Tx, Fault> {
        Ok(self.engine.store().write().await?)
    }

    /// Runs expensive cryptography beside the async threads.
    ///
    /// # Errors
    /// `TooManyRequestsException` when too much of it is waiting already.
    pub async fn crypto<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.engine.crypto().run(job).await
    }

    /// Counts how often this request, or a part of it, is tried.
    pub fn tries(&self) -> Tries<'_> {
        Tries { cx: self, made: 0 }
    }

    /// Waits a little, longer with each attempt and never the same, before a transaction is repeated.
    async fn pause_before_retry(&self, attempt: u32) {
        let [jitter] = self.entropy().bytes::<1>();
        let millis = (u64::from(jitter) * (1 << attempt.min(6))) / 64 + 1;
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// How often something was tried that the database may ask to be repeated.
///
/// A handler that has committed something repeats the rest of it by itself, so that what it committed happens
/// once; what fails to the end there is [settled](Fault::settled), not tried again from outside.
#[derive(Debug)]
pub struct Tries<'a> {
    cx: &'a Cx,
    made: u32,
}

impl Tries<'_> {
    /// Whether to try again after `outcome`; waits a little before it says so.
    pub async fn again<T>(&mut self, outcome: &Result<T, Fault>) -> bool {
        self.made += 1;
        let again = matches!(outcome, Err(fault) if fault.is_retry()) && self.made < TRIES;
        if again {
            tracing::debug!(made = self.made, "the database asked for a repeat");
            self.cx.pause_before_retry(self.made).await;
        }
        again
    }
}
