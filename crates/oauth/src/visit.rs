//! A request at a domain, and its answer: what all endpoints of domains have in common.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::BodyExt as _;
use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Kind;
use poolhouse_kernel::limits::shares::{Share, Shares};
use poolhouse_kernel::to_its_end::caught;
use tracing::Instrument as _;

use crate::exchange::{Endpoint, Exchange, OAuth};
use crate::parameters::Parameters;
use crate::place::Place;
use crate::{answer, cookies, pages};

/// The longest form that is read, in bytes: the attributes of a new user, or a passkey.
pub const LONGEST_FORM: usize = 128 * 1024;

/// How long a client may take to send its form.
const TIME: Duration = Duration::from_secs(30);

/// What bodies are.
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// What a form takes in memory once it is parsed, as a multiple of its bytes.
const PARSED: usize = 3;

/// A request at a domain.
pub(crate) struct Visit {
    pub(crate) cx: Cx,
    pub(crate) place: Arc<Place>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    /// The path and query within the domain.
    pub(crate) target: String,
    /// What stands in the query.
    pub(crate) query: Result<Parameters, BadForm>,
    /// What stands in the body of a POST.
    pub(crate) form: Result<Parameters, BadForm>,
    /// The body of a POST that brings a document in its place, as JSON.
    pub(crate) document: Result<Vec<u8>, BadForm>,
    /// What the browser keeps for us.
    pub(crate) cookies: BTreeMap<String, String>,
    /// Held until the request is answered.
    _share: Option<Share>,
}

/// Why a form was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadForm {
    /// Its type is another one.
    ForeignType,
    /// It is none, or names something twice.
    Malformed,
    /// It is too long, or did not come to its end in time.
    TooMuch,
    /// There is no memory for it.
    NoRoom,
}

/// What answers at a path of a domain.
pub(crate) type Answer =
    for<'a> fn(&'a mut Visit) -> Pin<Box<dyn Future<Output = Result<Response<Body>, Fault>> + Send + 'a>>;

impl OAuth {
    /// Answers a request at a domain. What was begun goes on when the client hangs up: what follows a commit is not cut
    /// off.
    pub(crate) async fn visit(
        self,
        endpoint: Endpoint,
        place: Arc<Place>,
        request: Request<Body>,
        answer: Answer,
    ) -> Response<Body> {
        let exchange = self.begin(endpoint, &request);
        let (request_id, span) = (exchange.cx.request_id, exchange.span.clone());
        let work = caught(work(exchange, place, request, answer).instrument(span.clone()));
        let work = async move {
            work.await.unwrap_or_else(|panicked| {
                let fault = Fault::internal(panicked);
                span.in_scope(|| fault.log());
                let mut response = answer::oauth_fault(&fault);
                answer::name_request(response.headers_mut(), request_id);
                response
            })
        };
        self.engine.begun().to_its_end(work).await
    }
}

async fn work(
    exchange: Exchange,
    place: Arc<Place>,
    request: Request<Body>,
    answer: Answer,
) -> Response<Body> {
    let (cx, end) = exchange.split();
    let is_page = end.endpoint.is_page();
    let (head, body) = request.into_parts();
    let mut visit = Visit {
        query: read(head.uri.query().unwrap_or_default().as_bytes()),
        target: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        cookies: cookies::read(&head.headers),
        form: Ok(Parameters::default()),
        document: Ok(Vec::new()),
        method: head.method.clone(),
        headers: HeaderMap::new(),
        cx,
        place,
        _share: None,
    };
    let result = match visit.cx.admit_source() {
        Ok(()) => {
            if head.method == Method::POST {
                let kind = if end.endpoint == Endpoint::Register { JSON } else { FORM };
                visit.receive(kind, &head, body).await;
            }
            visit.headers = head.headers;
            answer(&mut visit).await
        }
        Err(fault) => Err(fault),
    };
    let mut response = match result {
        Ok(response) => response,
        Err(fault) => {
            fault.log();
            if is_page { pages::fault(&visit, &fault) } else { answer::oauth_fault(&fault) }
        }
    };
    answer::add_common(response.headers_mut(), visit.cx.request_id, visit.place.is_https());
    end.finish(&visit.cx, response)
}

impl Visit {
    /// What binds something to this browser, under the name of a cookie: what it has, or something new.
    pub(crate) fn kept_or_new(&self, cookie: &str) -> String {
        let is_ours = |value: &&String| value.len() == 36 && value.bytes().all(|b| b.is_ascii_graphic());
        let own = self.cookies.get(cookie).filter(is_ours);
        own.cloned().unwrap_or_else(|| self.cx.entropy().uuid().to_string())
    }

    /// Reads the body of a POST, as far as there is room for it.
    async fn receive(&mut self, kind: &str, head: &Parts, body: Body) {
        let source = self.cx.origin.address;
        let receiving = receive(self.cx.engine().bodies(), source, kind, head, body);
        let received = match tokio::time::timeout(TIME, receiving).await {
            Ok(Ok((bytes, share))) => {
                self._share = Some(share);
                Ok(bytes)
            }
            Ok(Err(bad)) => Err(bad),
            Err(_) => Err(BadForm::TooMuch),
        };
        if received == Err(BadForm::NoRoom) {
            self.cx.engine().limiter().count_refused(Kind::Body);
        }
        if kind == JSON {
            self.document = received;
        } else {
            self.form = received.and_then(|form| read(&form));
        }
    }

    /// The path within the domain.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query, where that can be read.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.query.as_ref().ok().and_then(|query| query.get(name))
    }

    /// The query as it came.
    pub(crate) fn raw_query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// A header, where it is text.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok())
    }
}

fn read(text: &[u8]) -> Result<Parameters, BadForm> {
    Parameters::read(text).map_err(|_| BadForm::Malformed)
}

async fn receive(
    room: &Arc<Shares>,
    source: Option<std::net::IpAddr>,
    kind: &str,
    head: &Parts,
    mut body: Body,
) -> Result<(Vec<u8>, Share), BadForm> {
    let announced = body.size_hint().exact();
    if !is_of(kind, &head.headers, announced) {
        return Err(BadForm::ForeignType);
    }
    if announced.is_some_and(|bytes| bytes > LONGEST_FORM as u64) {
        return Err(BadForm::TooMuch);
    }
    let mut share = room.take(source, 1).map_err(|_| BadForm::NoRoom)?;
    let mut form = Vec::new();
    while let Some(frame) = body.frame().await {
        // What follows a body is no part of it.
        let Ok(data) = frame.map_err(|_| BadForm::TooMuch)?.into_data() else { continue };
        if form.len() + data.len() > LONGEST_FORM {
            return Err(BadForm::TooMuch);
        }
        form.extend_from_slice(&data);
        let kibibytes = u32::try_from(form.capacity() * PARSED / 1024).unwrap_or(u32::MAX);
        share.grow_to(kibibytes.max(1)).map_err(|_| BadForm::NoRoom)?;
    }
    Ok((form, share))
}

/// Whether the body is of this kind; one that is empty needs no type.
fn is_of(kind: &str, headers: &HeaderMap, announced: Option<u64>) -> bool {
    let Some(given) = headers.get(header::CONTENT_TYPE) else { return announced == Some(0) };
    let given = given.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    given.trim().eq_ignore_ascii_case(kind)
}
