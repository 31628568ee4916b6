//! A request and its answer: what all endpoints have in common.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use poolhouse_core::{Cx, Engine};
use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Door, Origin, SourceAddress, UserContext};
use tracing::Span;
use tracing::field::display;

use crate::answer;

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The keys of a pool.
    Jwks,
    /// The metadata of a pool: of its issuer, at each of its paths, and for SAML providers.
    Metadata,
    /// The judge of requests for a gateway.
    ForwardAuth,
    /// Authorization requests.
    Authorize,
    /// Answers of identity providers.
    IdpResponse,
    /// Grants for tokens.
    Token,
    /// What a token tells of its user.
    UserInfo,
    /// The end of tokens.
    Revoke,
    /// Clients that register themselves.
    Register,
    /// The end of a browser's session.
    Logout,
    /// A page of managed login.
    Page,
    /// What pages load.
    Asset,
}

impl Endpoint {
    /// As metrics and the log name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwks => "jwks",
            Self::Metadata => "metadata",
            Self::ForwardAuth => "forward-auth",
            Self::Authorize => "authorize",
            Self::IdpResponse => "idp-response",
            Self::Token => "token",
            Self::UserInfo => "user-info",
            Self::Revoke => "revoke",
            Self::Register => "register",
            Self::Logout => "logout",
            Self::Page => "page",
            Self::Asset => "asset",
        }
    }

    /// Whether people look at what it answers.
    pub(crate) const fn is_page(self) -> bool {
        matches!(self, Self::Authorize | Self::IdpResponse | Self::Logout | Self::Page)
    }
}

/// What is told to the observer of each request, inside the span that names it.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// What was asked.
    pub endpoint: Endpoint,
    /// What was answered.
    pub status: StatusCode,
    /// Whether a guess was refused because too many at its user were wrong.
    pub locked: bool,
    /// Where it came from.
    pub source: Option<IpAddr>,
    /// From the head of the request to the answer being ready.
    pub elapsed: Duration,
}

/// Is told of each request: the place to count and measure.
pub type Observer = Arc<dyn Fn(&Observation) + Send + Sync>;

/// The endpoints of pools. Clones share their state.
#[derive(Clone)]
pub struct OAuth {
    pub(crate) engine: Engine,
    observer: Observer,
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth")
    }
}

impl OAuth {
    /// The endpoints of the pools of `engine`; `observer` is told of each request.
    pub fn new(engine: Engine, observer: Observer) -> Self {
        Self { engine, observer }
    }

    /// Begins the answer to a request.
    pub(crate) fn begin(&self, endpoint: Endpoint, request: &Request<Body>) -> Exchange {
        let started = Instant::now();
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let origin = Origin {
            address: request.extensions().get::<SourceAddress>().map(|source| source.0),
            user_agent: user_agent.map(ToOwned::to_owned),
            user: UserContext::default(),
        };
        let cx = Cx::new(&self.engine, self.engine.entropy().uuid(), Door::Page, None, origin);
        // At the level of errors, so that a quiet log names the requests of its lines as well.
        let source = cx.origin.address.map(display);
        let endpoint_name = endpoint.as_str();
        let span =
            tracing::error_span!("request", request_id = %cx.request_id, endpoint = endpoint_name, source);
        Exchange { cx, span, endpoint, started, observer: Arc::clone(&self.observer) }
    }
}

/// A request under way.
pub(crate) struct Exchange {
    pub(crate) cx: Cx,
    /// What the lines of the log about it have in common.
    pub(crate) span: Span,
    endpoint: Endpoint,
    started: Instant,
    observer: Observer,
}

impl Exchange {
    /// The answer, once it is told to the observer.
    pub(crate) fn end(self, result: Result<Response<Body>, Fault>) -> Response<Body> {
        let span = self.span.clone();
        let (cx, end) = self.split();
        let response = result.unwrap_or_else(|fault| {
            span.in_scope(|| fault.log());
            answer::refusal(&fault)
        });
        end.finish(&cx, response)
    }

    /// The request, and its end.
    pub(crate) fn split(self) -> (Cx, End) {
        let Self { cx, span, endpoint, started, observer } = self;
        (cx, End { span, endpoint, started, observer })
    }
}

/// The end of a request.
pub(crate) struct End {
    span: Span,
    pub(crate) endpoint: Endpoint,
    started: Instant,
    observer: Observer,
}

impl End {
    /// The answer, once it is told to the observer.
    pub(crate) fn finish(self, cx: &Cx, mut response: Response<Body>) -> Response<Body> {
        answer::name_request(response.headers_mut(), cx.request_id);
        let (endpoint, status) = (self.endpoint, response.status());
        let (locked, source, elapsed) =
            (cx.sign_in().is_locked_out(), cx.origin.address, self.started.elapsed());
        self.span.in_scope(|| (self.observer)(&Observation { endpoint, status, locked, source, elapsed }));
        response
    }
}
