//! The context of one request.

mod told;
mod turns;

use std::sync::Arc;

use poolhouse_ports::{Courier, Entropy, LogRecord, PoolId, SPANS, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_wire::Operation;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::contention::Contended;
use crate::limits::Asker;
use crate::request::{Door, Metadata, Origin, Principal};
use crate::sign_ins::SignIn;
use crate::{Engine, Fault, Settings};
use told::Told;

/// One request: its time, id, region, door and principal, and the engine that serves it.
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
    /// The region that the request itself names: by the credential scope, or of unsigned requests by the host.
    pub named_region: Option<String>,
    /// What the caller gives to triggers.
    pub metadata: Metadata,
    /// Where the request comes from.
    pub origin: Origin,
    /// The operation that is asked for; none for pages and documents.
    pub operation: Option<Operation>,
    door: Door,
    principal: Option<Arc<Principal>>,
    engine: Engine<S>,
    contended: Contended,
    sign_in: SignIn,
    told: Told,
}

impl<S> Cx<S> {
    /// A request that begins now, as far as it is known before its body is read.
    pub fn new(
        engine: &Engine<S>,
        request_id: Uuid,
        door: Door,
        operation: Option<Operation>,
        origin: Origin,
    ) -> Self {
        Self {
            now: engine.clock().now(),
            request_id,
            region: engine.settings().region.clone(),
            named_region: None,
            metadata: Metadata::default(),
            origin,
            operation,
            door,
            principal: None,
            engine: engine.clone(),
            contended: Contended::default(),
            sign_in: SignIn::default(),
            told: Told::new(engine.logs()),
        }
    }

    /// Work of the server's own that begins now.
    pub fn job(engine: &Engine<S>) -> Self {
        Self::new(engine, Uuid::nil(), Door::Job, None, Origin::default())
    }

    /// Where the request comes in.
    pub fn door(&self) -> Door {
        self.door
    }

    /// Who makes it; None where nobody signs.
    pub fn principal(&self) -> Option<&Arc<Principal>> {
        self.principal.as_ref()
    }

    /// Names who makes it, once that is proven.
    pub fn set_principal(&mut self, principal: Arc<Principal>) {
        self.principal = Some(principal);
    }

    /// The engine behind the request.
    pub fn engine(&self) -> &Engine<S> {
        &self.engine
    }

    /// What is known of the sign-in that it is about.
    pub fn sign_in(&self) -> &SignIn {
        &self.sign_in
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

    /// Counts a request that nobody signs by its source address, where there is one.
    ///
    /// # Errors
    /// `TooManyRequestsException`.
    pub fn admit_source(&self) -> Result<(), Fault> {
        self.origin.address.map_or(Ok(()), |address| self.admit(Asker::Address(address)))
    }

    /// Takes one request about the account that a name was found to mean out of what may be asked of it;
    /// administrators may ask as often as they like.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it was asked too often.
    pub fn admit_to_account(&self, pool_id: &PoolId, sub: &Sub) -> Result<(), Fault> {
        match self.door {
            Door::Admin => Ok(()),
            Door::Public | Door::Page | Door::Job => self.admit(Asker::Account(pool_id, sub)),
        }
    }

    /// Randomness.
    pub fn entropy(&self) -> &Entropy {
        self.engine.entropy()
    }

    /// Tells a record of a log when the request has ended: what it tells is written by then. Of records with the same
    /// name, as when the request is repeated, the last one counts.
    pub fn tell_at_end(&self, name: &str, record: LogRecord) {
        self.told.put(name, record);
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
        let store = self.engine.store();
        // Whoever changes who may do what is judged by what is stored now, at whichever node it was changed.
        Ok(match self.operation {
            Some(Operation::Iam(_) | Operation::Sts(_)) => store.read_now().await?,
            _ => store.read().await?,
        })
    }

    /// What `look` finds of somebody who comes with a proof. What it refuses at a read node may be too new for the standby: it looks
    /// once more at the primary, and what that says counts; while it does not answer, the refusal stands.
    ///
    /// # Errors
    /// `look`'s; when the database cannot be reached.
    pub async fn look<T, F>(&self, look: impl Fn(Tx) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let found = look(self.read().await?).await;
        let store = self.engine.store();
        let is_refused = |fault: &Fault| !fault.code().is_failure() && !fault.is_retry();
        if !store.is_read_node() || !found.as_ref().is_err_and(is_refused) {
            return found;
        }
        match store.read_now().await {
            Ok(tx) => look(tx).await,
            Err(_) => found,
        }
    }

    /// A read transaction for settings and keys: what does no harm when it is old.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read_lasting(&self) -> Result<Tx, Fault> {
        Ok(self.engine.store().read_lasting().await?)
    }

    /// A write transaction; keep it short: no expensive cryptography and no call to the network in it. What it changes, it changes
    /// now: a request may have begun long ago, since whoever sends it decides when the last of it comes.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Tx, Fault> {
        Ok(self.engine.store().write().await?.at(self.engine.clock().now()))
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

    /// As [`Cx::crypto`], and the request's trace tells how long this kind of work took, its wait for a thread included.
    ///
    /// # Errors
    /// As there.
    pub async fn traced_crypto<T: Send + 'static>(
        &self,
        work: &'static str,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        self.crypto(job).instrument(tracing::trace_span!(target: SPANS, "cryptography", work)).await
    }
}
