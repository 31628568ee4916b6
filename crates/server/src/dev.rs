//! Helpers of development mode: reading messages, moving the clock (docs/ARCHITECTURE.md, "Contracts").

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use poolhouse_ports::{Message, MessageFilter, PoolId, Username};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::routes::Shared;

/// Keeps foreign web pages away from a server whose keys everybody knows: a browser on this machine would carry their
/// requests here.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    /// Whether this server may be called by any name, but for what is nobody else's business.
    any_host: bool,
    /// The host of the public URL, which is a name of this server, too.
    public_host: Option<String>,
}

impl Guard {
    pub(crate) fn new(any_host: bool, public_url: Option<&str>) -> Self {
        let host = public_url.and_then(|url| url.split_once("://")).map(|(_, behind)| host_of(behind));
        Self { any_host, public_host: host.map(ToOwned::to_owned) }
    }

    /// Why a request is refused, if it is.
    ///
    /// A page whose name was bound anew to 127.0.0.1 says the name in Host. Any other page says in Origin what it
    /// is; it may sign users in, as pages do, but not be an administrator or read their messages. Of itself it says nothing
    /// when it only reads, so that the helpers look at the name even where any will do; an address cannot be bound anew.
    fn refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let host = text(header::HOST).or_else(|| uri.authority().map(Authority::as_str));
        if !self.any_host && host.is_some_and(|host| !self.is_own(host_of(host))) {
            return Some(
                "Development mode answers to names of this machine only. Call it localhost, give the name with --public-url, or allow all with --dev-on-any-address.",
            );
        }
        let is_helper = uri.path().starts_with("/_poolhouse/dev/");
        if is_helper
            && host.is_some_and(|host| address(host_of(host)).is_none() && !self.is_own(host_of(host)))
        {
            return Some(
                "The helpers of development mode answer to addresses, and to names of this machine. Give the name that you call it by with --public-url.",
            );
        }
        let for_administrators =
            uri.path().starts_with("/_poolhouse/") || headers.contains_key(header::AUTHORIZATION);
        let is_ours =
            |origin: &str| origin.split_once("://").is_some_and(|(_, behind)| self.is_own(host_of(behind)));
        (for_administrators && text(header::ORIGIN).is_some_and(|origin| !is_ours(origin))).then_some(
            "In development mode pages of other machines may not call operations of administrators or the helpers.",
        )
    }

    fn is_own(&self, host: &str) -> bool {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        address(host).is_some_and(|address| address.to_canonical().is_loopback())
            || name == "localhost"
            || name.ends_with(".localhost")
            || self.public_host.as_deref().is_some_and(|public| public.eq_ignore_ascii_case(host))
    }
}

/// The address that a host is, if it is no name.
fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// The host in what follows the scheme of a URL.
fn host_of(text: &str) -> &str {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind(']') {
        Some(end) => authority.get(..=end).unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Lets a request through, or refuses it in the words of the API (`ForbiddenException` is for what stands before it).
pub(crate) async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.refusal(request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(text) => {
            let headers = [
                (header::CONTENT_TYPE.as_str(), "application/x-amz-json-1.1"),
                ("x-amzn-errortype", "ForbiddenException:"),
            ];
            let body = json!({ "__type": "ForbiddenException", "message": text }).to_string();
            (StatusCode::FORBIDDEN, headers, body).into_response()
        }
    }
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_poolhouse/dev/messages", get(messages))
        .route("/_poolhouse/dev/clock", get(read_clock).post(advance_clock))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    pool: Option<PoolId>,
    username: Option<Username>,
    destination: Option<String>,
}

#[derive(Serialize)]
struct SentMessage {
    pool: PoolId,
    username: Username,
    destination: String,
    medium: &'static str,
    kind: &'static str,
    code: String,
    subject: String,
    body: String,
    /// Seconds since 1970.
    sent_at: i64,
}

impl From<Message> for SentMessage {
    fn from(message: Message) -> Self {
        Self {
            pool: message.pool,
            username: message.username,
            destination: message.destination,
            medium: message.medium.as_str(),
            kind: message.kind,
            code: message.code,
            subject: message.subject,
            body: message.body,
            sent_at: message.sent_at.seconds(),
        }
    }
}

/// What would have been sent, newest first.
async fn messages(State(shared): State<Shared>, Query(filter): Query<Filter>) -> Json<Vec<SentMessage>> {
    let Filter { pool, username, destination } = filter;
    let found = shared.engine.courier().messages(&MessageFilter { pool, username, destination });
    Json(found.into_iter().map(SentMessage::from).collect())
}

async fn read_clock(State(shared): State<Shared>) -> Json<Value> {
    Json(clock(&shared))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

/// Takes any content type: the caller is a person with curl.
async fn advance_clock(State(shared): State<Shared>, body: String) -> Response {
    match serde_json::from_str::<Advance>(&body) {
        Ok(advance) => {
            shared.engine.clock().advance_seconds(advance.advance_seconds);
            Json(clock(&shared)).into_response()
        }
        Err(error) => {
            let text = format!("send {{\"advance_seconds\": N}}, N from 0 to 4294967295: {error}\n");
            (StatusCode::BAD_REQUEST, text).into_response()
        }
    }
}

fn clock(shared: &Shared) -> Value {
    json!({ "now": shared.engine.clock().now().seconds() })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn refused(guard: &Guard, uri: &str, headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse::<header::HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        });
        guard.refusal(&uri.parse().unwrap(), &headers.collect()).is_some()
    }

    #[test]
    fn a_name_that_was_bound_anew_to_this_machine_is_refused() {
        let guard = Guard::new(false, None);
        for own in [
            "127.0.0.1:7665",
            "127.1.2.3",
            "localhost",
            "LOCALHOST:7665",
            "localhost.",
            "demo.auth.localhost:7665",
            "[::1]:7665",
            "[::1]",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(!refused(&guard, "/", &[("host", own)]), "{own}");
            assert!(!refused(&guard, &format!("http://{own}/"), &[]), "{own}");
        }
        for foreign in [
            "evil.test:7665",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "evillocalhost",
            "192.0.2.1",
            "0.0.0.0:7665",
            "[2001:db8::1]:7665",
            "",
            "evil.test#localhost",
            "evil.test:localhost",
        ] {
            for path in ["/", "/_poolhouse/dev/messages", "/_poolhouse/health"] {
                assert!(refused(&guard, path, &[("host", foreign)]), "{foreign}");
            }
        }
        // HTTP/2 names it in the URI, and HTTP/1.0 not at all.
        assert!(refused(&guard, "http://evil.test/", &[]));
        assert!(!refused(&guard, "/", &[]));
    }

    #[test]
    fn other_names_are_this_servers_where_the_operator_says_so() {
        let named = Guard::new(false, Some("http://host.docker.internal:7665"));
        assert!(!refused(&named, "/", &[("host", "Host.docker.internal:1")]));
        assert!(refused(&named, "/", &[("host", "docker.internal")]));
        let origin = [("host", "localhost"), ("origin", "http://host.docker.internal:3000")];
        assert!(!refused(&named, "/_poolhouse/dev/clock", &origin));
        let any = Guard::new(true, None);
        assert!(!refused(&any, "/", &[("host", "poolhouse:7665")]));
        let foreign = [("host", "192.0.2.1:7665"), ("origin", "https://evil.test")];
        assert!(refused(&any, "/_poolhouse/dev/messages", &foreign));
    }

    // A page that reads from where it came says no Origin, and its name in Host.
    #[test]
    fn the_helpers_look_at_the_name_where_any_will_do() {
        let any = Guard::new(true, Some("http://poolhouse:7665"));
        for helper in ["/_poolhouse/dev/messages", "/_poolhouse/dev/clock"] {
            for own in ["localhost:7665", "poolhouse:7665", "192.0.2.1:7665", "[2001:db8::1]:7665"] {
                assert!(!refused(&any, helper, &[("host", own)]), "{own}");
            }
            for foreign in ["evil.test:7665", "192.0.2.1.evil.test", ""] {
                assert!(refused(&any, helper, &[("host", foreign)]), "{foreign}");
                assert!(!refused(&any, "/", &[("host", foreign)]), "{foreign}");
            }
            assert!(refused(&any, &format!("http://evil.test{helper}"), &[]));
        }
        assert!(!refused(&any, "/_poolhouse/health", &[("host", "pod:7665")]));
    }

    #[test]
    fn foreign_pages_are_neither_administrators_nor_readers() {
        let guard = Guard::new(false, None);
        let by = |path: &str, origin: &str, signed: bool| {
            let mut headers = vec![("host", "localhost:7665"), ("origin", origin)];
            headers.extend(signed.then_some(("authorization", "AWS4-HMAC-SHA256")));
            refused(&guard, path, &headers)
        };
        for own in
            ["http://localhost:3000", "https://app.localhost", "http://127.0.0.1:8080", "http://[::1]:1"]
        {
            assert!(!by("/", own, true) && !by("/_poolhouse/dev/clock", own, false), "{own}");
        }
        for foreign in ["https://evil.test", "null", "", "http://localhost.evil.test", "localhost"] {
            assert!(by("/", foreign, true) && by("/_poolhouse/dev/clock", foreign, false), "{foreign}");
            // Users of any page may sign in.
            assert!(!by("/", foreign, false), "{foreign}");
        }
    }
}
