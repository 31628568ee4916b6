//! The HTTP shell: reads a request whole, hands it on, writes the answer.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use poolhouse_core::protection::limits::Kind;
use poolhouse_core::protection::shares::Shares;
use poolhouse_core::{Caller, Cx, Engine, Fault, Origin, UserContext};
use poolhouse_wire::{ErrorCode, Operation};
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::body::{self, PUBLIC_BODY_LIMIT, Received};
use crate::sigv4::{self, Signed};
use crate::to_its_end::to_its_end;
use crate::{
    answer, authority, confirm_page, cors, dispatch, feedback_page, key_service, limits, page, well_known,
};

const TARGET_PREFIX: &str = "AWSCognitoIdentityProviderService.";

/// What is told to the observer of each API request.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// The operation asked for; absent when it is unknown.
    pub operation: Option<Operation>,
    /// The error answered; absent on success.
    pub error: Option<ErrorCode>,
    /// From the first byte of the head to the answer being ready.
    pub elapsed: Duration,
}

/// Is told of each API request: the place to count and measure.
pub type Observer = Arc<dyn Fn(&Observation) + Send + Sync>;

/// The source address of a request, for the server to put into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct SourceAddress(pub IpAddr);

/// The API as one function from request to response. Clones share their state.
#[derive(Clone)]
pub struct Api {
    engine: Engine,
    signatures: Arc<authority::Signatures>,
    /// Memory for bodies, in KiB.
    room: Arc<Shares>,
    observer: Observer,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Api")
    }
}

impl Api {
    /// The API of `engine`; `observer` is told of each request.
    pub fn new(engine: Engine, observer: Observer) -> Self {
        let room = Shares::new(engine.limiter().limits().bodies);
        Self { engine, signatures: Arc::default(), room, observer }
    }

    /// Answers one request. Never fails: whatever comes in gets an answer of the protocol.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let request_id = self.engine.entropy().uuid();
        let path = request.uri().path();
        if request.method() == Method::OPTIONS {
            cors::preflight(request.headers(), request_id)
        } else if request.method() == Method::POST && path == "/" && key_service::is_meant(request.headers())
        {
            let span = span_of(request_id, None);
            let result = self.key_service(request, request_id).instrument(span).await;
            key_service::answer(request_id, result)
        } else if request.method() == Method::POST && path == "/" {
            self.operation_to_its_end(request, request_id).await
        } else if matches!(*request.method(), Method::GET | Method::HEAD)
            && let Some(document) = well_known::Document::at(path)
        {
            let cx = self.context(request_id, origin_of(request.headers(), request.extensions()));
            well_known::answer(&cx, &document).instrument(span_of(request_id, None)).await
        } else if request.method() == Method::GET
            && let Some((opened, pool_id)) = LinkPage::at(path)
        {
            let cx = self.context(request_id, origin_of(request.headers(), request.extensions()));
            open_page(opened, cx, pool_id.to_owned(), request.uri().clone()).await
        } else {
            // protocol §3.1, open: anything else is 404 with the body of an unknown operation.
            answer::error_with_status(request_id, &unknown_operation(), StatusCode::NOT_FOUND)
        }
    }

    /// Runs an operation. A client that hangs up ends the wait for its answer, but not what follows a commit: caches
    /// that forget, messages that go out.
    async fn operation_to_its_end(&self, request: Request<Body>, request_id: Uuid) -> Response<Body> {
        let started = Instant::now();
        let operation = operation_of(request.headers());
        let span = span_of(request_id, operation);
        let api = self.clone();
        let work = async move {
            let (response, error) = api.operation(operation, request, request_id).await;
            api.observe(operation, error, started);
            response
        };
        to_its_end(work.instrument(span.clone())).await.unwrap_or_else(|panicked| {
            let fault = Fault::internal(panicked);
            span.in_scope(|| {
                log_refusal(&fault);
                self.observe(operation, Some(fault.code()), started);
            });
            answer::error(request_id, &fault)
        })
    }

    /// Decrypts a data key for a function that sends messages.
    async fn key_service(
        &self,
        request: Request<Body>,
        request_id: Uuid,
    ) -> Result<Vec<u8>, key_service::Refusal> {
        let (head, body) = request.into_parts();
        let mut cx = self.context(request_id, origin_of(&head.headers, &head.extensions));
        limits::admit_signed(&cx, &head.headers)?;
        let body = self.read(&cx, body, PUBLIC_BODY_LIMIT).await.map_err(|refusal| refusal.fault)?;
        let signed = Signed { headers: &head.headers, uri: &head.uri, body: &body.bytes };
        self.signatures.authorize_signed(&mut cx, sigv4::KEY_SERVICE, &signed).await?;
        key_service::decrypt(&cx, &body.bytes).await
    }

    fn observe(&self, operation: Option<Operation>, error: Option<ErrorCode>, started: Instant) {
        let elapsed = started.elapsed();
        tracing::debug!(elapsed_us = elapsed.as_micros(), error = error.map(ErrorCode::as_str), "answered");
        (self.observer)(&Observation { operation, error, elapsed });
    }

    async fn operation(
        &self,
        operation: Option<Operation>,
        request: Request<Body>,
        request_id: Uuid,
    ) -> (Response<Body>, Option<ErrorCode>) {
        let (head, body) = request.into_parts();
        let result = match operation {
            Some(operation) => self.call(operation, &head, body, request_id).await,
            None => Err(Refusal::from(unknown_operation())),
        };
        match result {
            Ok(body) => (answer::success(request_id, body), None),
            Err(refusal) => {
                log_refusal(&refusal.fault);
                let status = refusal.status.unwrap_or_else(|| status_of(&refusal.fault));
                (answer::error_with_status(request_id, &refusal.fault, status), Some(refusal.fault.code()))
            }
        }
    }

    /// Signature before content, so that unauthenticated callers learn nothing (protocol §3.2).
    async fn call(
        &self,
        operation: Operation,
        head: &Parts,
        body: Body,
        request_id: Uuid,
    ) -> Result<Vec<u8>, Refusal> {
        let mut cx = self.context(request_id, origin_of(&head.headers, &head.extensions));
        cx.operation = Some(operation);
        limits::admit_source(&cx, operation, &head.headers)?;
        let body = self.read(&cx, body, body::longest(operation)).await?;
        let signed = Signed { headers: &head.headers, uri: &head.uri, body: &body.bytes };
        self.signatures.authorize(&mut cx, operation, &signed).await?;
        Ok(dispatch::answer(&mut cx, operation, &head.headers, &body.bytes).await?)
    }

    async fn read(&self, cx: &Cx, body: Body, longest: usize) -> Result<Received, Refusal> {
        let received = body::read(&self.room, cx.origin.address, body, longest).await;
        let full = |refusal: &Refusal| refusal.status == Some(StatusCode::SERVICE_UNAVAILABLE);
        received.inspect_err(|refusal| {
            if full(refusal) {
                self.engine.limiter().count_refused(Kind::Body);
            }
        })
    }

    fn context(&self, request_id: Uuid, origin: Origin) -> Cx {
        let mut cx = self.engine.context(request_id, Caller::Public);
        cx.origin = origin;
        cx
    }
}

/// A page that a link in a message opens.
#[derive(Clone, Copy, Debug)]
enum LinkPage {
    Confirm,
    Feedback,
}

impl LinkPage {
    /// The page at a path, and the pool that it is of.
    fn at(path: &str) -> Option<(Self, &str)> {
        let named = [(Self::Confirm, confirm_page::NAME), (Self::Feedback, feedback_page::NAME)];
        named.into_iter().find_map(|(opened, name)| Some((opened, page::pool_at(path, name)?)))
    }
}

/// Does what a link says, to its end for the same reason as an operation.
async fn open_page(opened: LinkPage, cx: Cx, pool_id: String, uri: Uri) -> Response<Body> {
    let request_id = cx.request_id;
    let span = span_of(request_id, None);
    let work = async move {
        match opened {
            LinkPage::Confirm => confirm_page::answer(&cx, &pool_id, &uri).await,
            LinkPage::Feedback => feedback_page::answer(&cx, &pool_id, &uri).await,
        }
    };
    to_its_end(work.instrument(span.clone())).await.unwrap_or_else(|panicked| {
        let fault = Fault::internal(panicked);
        span.in_scope(|| log_refusal(&fault));
        answer::error(request_id, &fault)
    })
}

/// What the lines of the log about a request have in common: at the level of errors, so that a quiet log names the
/// requests of its lines as well.
fn span_of(request_id: Uuid, operation: Option<Operation>) -> Span {
    tracing::error_span!("request", id = %request_id, operation = operation.map(Operation::name))
}

/// A fault, and the HTTP status where it is not the one of the fault's code.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) status: Option<StatusCode>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, status: None }
    }
}

pub(crate) fn status_of(fault: &Fault) -> StatusCode {
    StatusCode::from_u16(fault.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn unknown_operation() -> Fault {
    Fault::bare(ErrorCode::UnknownOperationException)
}

fn origin_of(headers: &HeaderMap, extensions: &Extensions) -> Origin {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        address: extensions.get::<SourceAddress>().map(|source| source.0),
        user_agent: user_agent.map(ToOwned::to_owned),
        user: UserContext::default(),
    }
}

/// The operation that the target names. JSON 1.0 is another protocol and knows no operation here.
fn operation_of(headers: &HeaderMap) -> Option<Operation> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/x-amz-json-1.0") {
        return None;
    }
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    Operation::from_name(target.strip_prefix(TARGET_PREFIX)?)
}

/// Faults of the caller are everyday; faults of ours are for the operator to see, with their cause.
pub(crate) fn log_refusal(fault: &Fault) {
    if fault.code().status() >= 500 {
        tracing::error!(
            code = fault.code().as_str(),
            cause = fault.cause().map(tracing::field::display),
            "internal failure"
        );
    } else {
        tracing::debug!(code = fault.code().as_str(), "refused");
    }
}
