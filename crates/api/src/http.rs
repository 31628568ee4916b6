//! The HTTP shell: reads a request whole, hands it on, writes the answer.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode, header};
use poolhouse_core::{Cx, Engine};
use poolhouse_kernel::limits::Kind;
use poolhouse_kernel::limits::shares::Share;
use poolhouse_kernel::request::{Door, Origin, Principal};
use poolhouse_kernel::to_its_end::caught;
use poolhouse_kernel::{Fault, Kind as FaultKind};
use poolhouse_wire::query::Form;
use poolhouse_wire::{ErrorCode, Operation};
use serde_json::Value;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::answer::{self, Answerer};
use crate::audit::Audit;
use crate::body::{self, Expected, Received};
use crate::decision::Guard;
use crate::head::{self, Asked};
use crate::refusal::{self, Refusal};
use crate::sigv4::{Authorization, Signed};
use crate::{authority, import_upload, limits, services};

/// What is told to the observer of each API request, inside the span that names it and whom it is about.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// The operation asked for; absent when it is unknown.
    pub operation: Option<Operation>,
    /// The error answered; absent on success.
    pub error: Option<ErrorCode>,
    /// What the error says beyond its code.
    pub kind: Option<FaultKind>,
    /// Where it came from.
    pub source: Option<IpAddr>,
    /// From the first byte of the head to the answer being ready.
    pub elapsed: Duration,
}

/// What became of a request: for which operation it was, as far as that was found, and its body or why there is none.
struct Outcome {
    operation: Option<Operation>,
    result: Result<Vec<u8>, Refusal>,
}

/// No id of a pool or client is longer.
const LONGEST_ID: usize = 128;

/// Is told of each API request: the place to count and measure.
pub type Observer = Arc<dyn Fn(&Observation) + Send + Sync>;

/// The API. Clones share their state.
#[derive(Clone)]
pub struct Api {
    engine: Engine,
    signatures: Arc<authority::Signatures>,
    guard: Arc<Guard>,
    observer: Observer,
    audit: Audit,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Api")
    }
}

impl Api {
    /// The API of `engine`; `observer` is told of each request.
    pub fn new(engine: Engine, observer: Observer) -> Self {
        Self { engine, signatures: Arc::default(), guard: Arc::default(), observer, audit: Audit::none() }
    }

    /// The same API, which tells an audit of its calls.
    #[must_use]
    pub fn with_audit(self, audit: Audit) -> Self {
        Self { audit, ..self }
    }

    /// Answers a request for an operation.
    pub(crate) async fn operation(&self, request: Request<Body>) -> Response<Body> {
        let (request_id, asked) = (self.request_id(), head::asked(request.headers()));
        let source = head::origin(&request).address;
        let (named, nobody) = match asked {
            Asked::Target(operation) => (operation, Answerer::ANYBODY),
            Asked::Form => (None, Answerer::Form),
        };
        let api = self.clone();
        let work = async move {
            match asked {
                Asked::Target(operation) => {
                    Outcome { operation, result: api.call(operation, request, request_id).await }
                }
                Asked::Form => api.call_by_form(request, request_id).await,
            }
        };
        let span = request_span(request_id, named, source);
        let Outcome { operation, result } = self.observed((named, source), span, work).await;
        let from = operation.map_or(nobody, Answerer::of);
        match result {
            Ok(body) => answer::success(request_id, from, body),
            Err(Refusal { fault, status }) => answer::error(request_id, from, &fault, status),
        }
    }

    /// Runs an operation on behalf of a principal in this process, with what happens to a request over HTTP: the same
    /// checks, limits by its origin, and figures. Whoever calls has made sure who the principal is, and that the input is
    /// not too large: there is no body that would take memory of requests. Its region is the server's. An answer without
    /// a body is null.
    ///
    /// # Errors
    /// What the request would be refused with.
    pub async fn invoke(
        &self,
        principal: Arc<Principal>,
        origin: Origin,
        operation: Operation,
        input: Value,
    ) -> Result<Value, Fault> {
        let source = origin.address;
        let mut cx = self.context(self.request_id(), operation, true, origin);
        let span = request_span(cx.request_id, Some(operation), source);
        let api = self.clone();
        let work = async move {
            limits::admit_source(&cx, true)?;
            // As a signature would be, a principal is nothing to an operation that nobody signs.
            if cx.door() == Door::Admin {
                cx.set_principal(principal);
            }
            Ok(api.run(&mut cx, operation, Ok(input)).await?)
        };
        let work = async move { Outcome { operation: Some(operation), result: work.await } };
        let outcome = self.observed((Some(operation), source), span, work).await;
        services::output(&outcome.result.map_err(|refusal| refusal.fault)?)
    }

    /// Does the work of an operation, and tells of its end. A client that hangs up ends the wait for its answer, but not
    /// what follows a commit: caches that forget, messages that go out.
    ///
    /// What the work is for is known before it, or found out by it.
    async fn observed(
        &self,
        (operation, source): (Option<Operation>, Option<IpAddr>),
        span: Span,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) -> Outcome {
        let started = Instant::now();
        let api = self.clone();
        let work = caught(work.instrument(span.clone()));
        let work = async move {
            let outcome = work.await.unwrap_or_else(|panicked| Outcome {
                operation,
                result: Err(Fault::internal(panicked).into()),
            });
            span.in_scope(|| api.observe(&outcome, source, started));
            outcome
        };
        self.engine.begun().to_its_end(work).await
    }

    fn observe(&self, outcome: &Outcome, source: Option<IpAddr>, started: Instant) {
        let fault = outcome.result.as_ref().err().map(|refusal| &refusal.fault);
        if let Some(fault) = fault {
            fault.log();
        }
        let (operation, elapsed) = (outcome.operation, started.elapsed());
        let error = fault.map(Fault::code);
        let kind = fault.and_then(Fault::kind);
        (self.observer)(&Observation { operation, error, kind, source, elapsed });
    }

    /// Answers a request whose head names the operation.
    async fn call(
        &self,
        operation: Option<Operation>,
        request: Request<Body>,
        request_id: Uuid,
    ) -> Result<Vec<u8>, Refusal> {
        let carries_signature = request.headers().contains_key(header::AUTHORIZATION);
        let Some(operation) = operation else {
            let cx = self.context_of_unknown(request_id, carries_signature, head::origin(&request));
            let refusal = refusal::unknown_operation().into();
            return Err(self.unread(&cx, None, carries_signature, refusal).await);
        };
        let cx = self.context(request_id, operation, carries_signature, head::origin(&request));
        let (head, body) = request.into_parts();
        let received = async {
            limits::admit_source(&cx, carries_signature)?;
            // A body is not waited for when nobody can have signed it.
            let authorization = authority::presented(&cx, operation, &head.headers)?;
            Ok::<_, Refusal>((authorization, self.read(&cx, &head, body, Expected::json(operation)).await?))
        };
        let (authorization, body) = match received.await {
            Ok(received) => received,
            Err(refusal) => return Err(self.unread(&cx, Some(operation), carries_signature, refusal).await),
        };
        self.answer(cx, operation, (&head, &body), authorization, || services::parse(&body.bytes)).await
    }

    /// Answers a request whose body is a form that names the operation.
    async fn call_by_form(&self, request: Request<Body>, request_id: Uuid) -> Outcome {
        let carries_signature = request.headers().contains_key(header::AUTHORIZATION);
        let origin = head::origin(&request);
        let (head, body) = request.into_parts();
        let unknown = self.context_of_unknown(request_id, carries_signature, origin.clone());
        let (body, form, operation) = match self.read_form(&unknown, carries_signature, &head, body).await {
            Ok(found) => found,
            Err(refusal) => {
                let refusal = self.unread(&unknown, None, carries_signature, refusal).await;
                return Outcome { operation: None, result: Err(refusal) };
            }
        };
        Span::current().record("operation", operation.facts().name);
        let cx = self.context(request_id, operation, carries_signature, origin);
        let input = || {
            let input = form.input(operation.facts().input);
            input.map_err(|error| services::refused(operation, error))
        };
        // A signature that nobody looks at let it pass as signed.
        let admitted =
            if carries_signature && cx.door() == Door::Public { cx.admit_source() } else { Ok(()) };
        let presented = admitted.and_then(|()| authority::presented(&cx, operation, &head.headers));
        let answer = async {
            match presented {
                Ok(authorization) => self.answer(cx, operation, (&head, &body), authorization, input).await,
                Err(fault) => Err(self.unread(&cx, Some(operation), carries_signature, fault.into()).await),
            }
        };
        Outcome { operation: Some(operation), result: answer.await }
    }

    async fn read_form(
        &self,
        cx: &Cx,
        carries_signature: bool,
        head: &Parts,
        body: Body,
    ) -> Result<(Received, Form, Operation), Refusal> {
        limits::admit_source(cx, carries_signature)?;
        let body = self.read(cx, head, body, Expected::form(carries_signature)).await?;
        let form = Form::parse(&body.bytes).map_err(|_| Fault::bare(ErrorCode::SerializationException))?;
        let operation = form.operation().ok_or_else(|| refusal::unknown_action(&form))?;
        Ok((body, form, operation))
    }

    /// Tells the audit of a call that was refused before its signature was looked at.
    async fn unread(
        &self,
        cx: &Cx,
        operation: Option<Operation>,
        is_signed: bool,
        refusal: Refusal,
    ) -> Refusal {
        if is_signed && cx.door() == Door::Admin {
            self.audit.stranger(cx, operation, None, &refusal.fault).await;
        }
        refusal
    }

    /// Signature before content, so that unauthenticated callers learn nothing (protocol §3.2).
    async fn answer(
        &self,
        mut cx: Cx,
        operation: Operation,
        (head, body): (&Parts, &Received),
        authorization: Option<Authorization>,
        input: impl FnOnce() -> Result<Value, Fault>,
    ) -> Result<Vec<u8>, Refusal> {
        if let Some(authorization) = authorization {
            let signed = Signed { headers: &head.headers, uri: &head.uri, body: &body.bytes };
            let access_key_id = authorization.access_key_id.clone();
            if let Err(fault) = self.signatures.authenticate(&mut cx, authorization, &signed).await {
                self.audit.stranger(&cx, Some(operation), Some(&access_key_id), &fault).await;
                return Err(fault.into());
            }
        } else {
            cx.named_region = head::region(&head.headers, &head.uri);
        }
        cx.metadata.sdk = head::sdk(&head.headers);
        let answer = self.run(&mut cx, operation, input()).await?;
        Ok(services::written(operation, answer, cx.request_id)?)
    }

    /// Runs an operation whose caller is known, and tells the audit of it.
    async fn run(
        &self,
        cx: &mut Cx,
        operation: Operation,
        input: Result<Value, Fault>,
    ) -> Result<Vec<u8>, Fault> {
        let (mut input, unreadable) = match input {
            Ok(input) => (input, None),
            Err(fault) => (Value::Null, Some(fault)),
        };
        name_pool_and_client(&input);
        let begun = self.audit.begin(cx, operation, &input).await?;
        let answer = match unreadable {
            // What panics may have changed something.
            None => caught(self.run_allowed(cx, operation, &mut input))
                .await
                .unwrap_or_else(|panicked| Err(Fault::internal(panicked))),
            Some(fault) => Err(fault),
        };
        begun.end(cx, operation, &input, answer.as_deref()).await;
        answer
    }

    /// After an operation that may have changed who may do what, nothing that is kept of that counts any more on this node,
    /// before its answer goes out.
    async fn run_allowed(
        &self,
        cx: &mut Cx,
        operation: Operation,
        input: &mut Value,
    ) -> Result<Vec<u8>, Fault> {
        let answer = services::answer(cx, &self.guard, operation, input).await;
        // A call that was refused before it did anything costs nobody what is kept.
        let denied = answer.as_ref().is_err_and(|fault| fault.code() == ErrorCode::AccessDeniedException);
        if let Operation::Iam(_) = operation
            && !denied
            && !operation.facts().reads_only()
        {
            self.guard.forget();
            self.signatures.forget();
        }
        answer
    }

    async fn read(&self, cx: &Cx, head: &Parts, body: Body, expected: Expected) -> Result<Received, Refusal> {
        let head = body::head_size(head);
        let received = body::read(self.engine.bodies(), cx.origin.address, head, body, expected).await;
        received.inspect_err(|refusal| self.count_full(refusal))
    }

    /// Takes room for a request that has no body to read.
    pub(crate) fn take_room(&self, cx: &Cx, head: &Parts) -> Result<Share, Refusal> {
        let room = body::room_for_head(self.engine.bodies(), cx.origin.address, head);
        room.inspect_err(|refusal| self.count_full(refusal))
    }

    /// Takes room for a file that is received piece by piece.
    pub(crate) fn take_room_for_upload(&self, cx: &Cx) -> Result<Share, Refusal> {
        let room = body::room_for(self.engine.bodies(), cx.origin.address, import_upload::KIBIBYTES);
        room.inspect_err(|refusal| self.count_full(refusal))
    }

    fn count_full(&self, refusal: &Refusal) {
        if refusal.status == Some(StatusCode::SERVICE_UNAVAILABLE) {
            self.engine.limiter().count_refused(Kind::Body);
        }
    }

    /// The engine behind it.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A new name for a request.
    pub(crate) fn request_id(&self) -> Uuid {
        self.engine.entropy().uuid()
    }

    /// The context of a request for a page or document.
    pub(crate) fn begin(&self, request: &Request<Body>) -> Cx {
        Cx::new(&self.engine, self.request_id(), Door::Page, None, head::origin(request))
    }

    /// The context of a request of which it is not known what it asks for.
    fn context_of_unknown(&self, request_id: Uuid, carries_signature: bool, origin: Origin) -> Cx {
        let door = if carries_signature { Door::Admin } else { Door::Public };
        Cx::new(&self.engine, request_id, door, None, origin)
    }

    /// The context of a request for an operation.
    fn context(&self, request_id: Uuid, operation: Operation, carries_signature: bool, origin: Origin) -> Cx {
        let facts = operation.facts();
        let door = authority::door(facts, carries_signature);
        Cx::new(&self.engine, request_id, door, Some(operation), origin)
    }
}

/// What the lines of the log about a request have in common: at the level of errors, so that a quiet log names the
/// requests of its lines as well.
pub(crate) fn request_span(request_id: Uuid, operation: Option<Operation>, source: Option<IpAddr>) -> Span {
    let (operation, source) = (operation.map(|operation| operation.facts().name), source.map(display));
    tracing::error_span!("request", %request_id, operation, source, pool = Empty, client = Empty)
}

/// Adds to those lines which pool and client the request is about, as far as it says so. What is no id may be anything,
/// and is not repeated.
fn name_pool_and_client(input: &Value) {
    let is_of_id = |b: u8| b.is_ascii_alphanumeric() || b"_-:+".contains(&b);
    let is_id = |text: &&str| text.len() <= LONGEST_ID && text.bytes().all(is_of_id);
    let id = |member| input.get(member).and_then(Value::as_str).filter(is_id);
    let span = Span::current();
    if let Some(pool) = id("UserPoolId").or_else(|| id("IdentityPoolId")) {
        span.record("pool", pool);
    }
    if let Some(client) = id("ClientId") {
        span.record("client", client);
    }
}
