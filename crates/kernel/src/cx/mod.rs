//! The context of one request.

mod turns;

use poolhouse_ports::{Courier, Entropy, Timestamp};
use poolhouse_store::Tx;
use poolhouse_wire::Operation;
use uuid::Uuid;

use crate::contention::Contended;
use crate::limits::Asker;
use crate::request::{Caller, Metadata, Origin};
use crate::{Engine, Fault, Settings};

/// One request: its time, id, region and caller, and the engine that serves it.
///
/// The time is taken once, so that everything in a request happens at one instant.
#[derive(Debug)]
pub struct Cx<S> {
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
    /// The operation that is asked for; none for pages and documents.
    pub operation: Option<Operation>,
    engine: Engine<S>,
    contended: Contended,
}

impl<S> Cx<S> {
    /// A request that begins now.
    pub fn new(engine: &Engine<S>, request_id: Uuid, caller: Caller) -> Self {
        let region = engine.settings().region.clone();
        let now = engine.clock().now();
        let (metadata, origin) = (Metadata::default(), Origin::default());
        let (operation, contended) = (None, Contended::default());
        let engine = engine.clone();
        Self { now, request_id, region, caller, metadata, origin, operation, engine, contended }
    }

    /// Names the caller once the signature is verified.
    pub fn set_caller(&mut self, caller: Caller, region: String) {
        self.caller = caller;
        self.region = region;
    }

    /// The engine behind the request.
    pub fn engine(&self) -> &Engine<S> {
        &self.engine
    }

    pub(crate) fn contended(&self) -> &Contended {
        &self.contended
    }

    /// What the domain keeps in memory.
    pub fn state(&self) -> &S {
        self.engine.state()
    }

    /// Settings of the installation.
    pub fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    /// Takes one request of `asker` out of what they may ask at a time; a repeat is none of theirs.
    ///
    /// # Errors
    /// `TooManyRequestsException` when they asked too often.
    pub fn admit(&self, asker: Asker<'_>) -> Result<(), Fault> {
        if self.is_repeating() { Ok(()) } else { self.engine.limiter().admit(asker, self.now) }
    }

    /// Takes one request about the account that a name was found to mean out of what may be asked of it;
    /// administrators may ask as often as they like.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it was asked too often.
    pub fn admit_to_account(&self, pool_id: &str, sub: &str) -> Result<(), Fault> {
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
}
