//! What the server says of itself to those who watch over it: whether it is ready, and its figures.
//!
//! Both are made once a second at most, whoever asks and how often: the database is asked by one at a time, and an answer
//! that nobody takes holds no text of its own.
//!
//! They are at the port of clients, or the figures at a port of their own, where there is nothing else but what load balancers ask.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use poolhouse_core::Engine;
use poolhouse_kernel::limits::Asker;
use poolhouse_kernel::request::SourceAddress;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::metrics::Metrics;
use crate::routes::Shared;
use crate::source::Network;

/// How long the database may take for a sign of life.
const READY_TIME: Duration = Duration::from_secs(2);

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(1);

/// Who may watch; to others there is nothing to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Watchers {
    /// Everybody: a proxy keeps strangers out.
    Everybody,
    /// This machine's own addresses.
    ThisMachine,
    /// The addresses of these ranges.
    From(Vec<Network>),
}

/// What is watched. Clones share what was made last.
#[derive(Clone)]
pub(crate) struct Watch {
    engine: Engine,
    metrics: Metrics,
    watchers: Arc<Watchers>,
    ready: Arc<Kept<bool>>,
    text: Arc<Kept<Bytes>>,
}

/// Something that is made anew when it is asked for and no longer fresh, by one at a time.
struct Kept<T>(Mutex<Option<(Instant, T)>>);

impl<T: Clone> Kept<T> {
    fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What was made last, if that is fresh at this time; who waited meanwhile takes it too.
    async fn get(&self, now: Instant, make: impl AsyncFnOnce() -> T) -> T {
        let mut kept = self.0.lock().await;
        if let Some((until, made)) = kept.as_ref()
            && now < *until
        {
            return made.clone();
        }
        let made = make().await;
        *kept = Some((Instant::now().max(now) + FRESH, made.clone()));
        made
    }
}

impl Watchers {
    fn admit(&self, source: Option<IpAddr>) -> bool {
        match self {
            Self::Everybody => true,
            Self::ThisMachine => source.is_some_and(|source| source.is_loopback()),
            Self::From(networks) => {
                source.is_some_and(|source| networks.iter().any(|network| network.contains(source)))
            }
        }
    }
}

impl Watch {
    pub(crate) fn new(engine: Engine, metrics: Metrics, watchers: Watchers) -> Self {
        let (ready, text) = (Arc::new(Kept::new()), Arc::new(Kept::new()));
        Self { engine, metrics, watchers: Arc::new(watchers), ready, text }
    }

    /// The same, for others who may watch.
    pub(crate) fn with(&self, watchers: Watchers) -> Self {
        Self { watchers: Arc::new(watchers), ..self.clone() }
    }

    /// Lets through who may watch, as often as a source may ask.
    fn admit(&self, source: Option<IpAddr>) -> Result<(), StatusCode> {
        if !self.watchers.admit(source) {
            return Err(StatusCode::NOT_FOUND);
        }
        let (limiter, now) = (self.engine.limiter(), self.engine.clock().now());
        let admitted = source.map_or(Ok(()), |source| limiter.admit(Asker::Address(source), now));
        admitted.map_err(|_| StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether the database answers, and soon; of a read node's two, one that may be read: the primary, or a standby that is not too old.
    async fn is_ready(&self, now: Instant) -> bool {
        self.ready.get(now, async || self.probe().await).await
    }

    async fn probe(&self) -> bool {
        let error = match timeout(READY_TIME, self.engine.store().read()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("the database does not answer within {} seconds", READY_TIME.as_secs())),
        };
        if let Some(error) = &error {
            tracing::warn!(error, "not ready");
        }
        self.metrics.ready.set(i64::from(error.is_none()));
        error.is_none()
    }

    /// All figures, in OpenMetrics' text form.
    async fn text(&self, now: Instant) -> Bytes {
        self.is_ready(now).await;
        self.text.get(now, async || self.metrics.text().into()).await
    }
}

/// What load balancers ask.
pub(crate) fn probes() -> Router<Shared> {
    Router::new().route("/_poolhouse/health", get(health)).route("/_poolhouse/ready", get(ready))
}

/// What is measured.
pub(crate) fn figures() -> Router<Shared> {
    Router::new().route("/_poolhouse/metrics", get(metrics))
}

/// The process lives.
async fn health() -> &'static str {
    "ok\n"
}

type Source = Option<Extension<SourceAddress>>;

fn address(source: Source) -> Option<IpAddr> {
    source.map(|Extension(source)| source.0)
}

async fn ready(State(Shared { watch, .. }): State<Shared>, source: Source) -> Response {
    if let Err(refused) = watch.admit(address(source)) {
        return refused.into_response();
    }
    if watch.is_ready(Instant::now()).await {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer, or is too far behind\n")
            .into_response()
    }
}

async fn metrics(State(Shared { watch, .. }): State<Shared>, source: Source) -> Response {
    if let Err(refused) = watch.admit(address(source)) {
        return refused.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], watch.text(Instant::now()).await).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use poolhouse_kernel::limits::Kind;
    use poolhouse_store::{Options, Store};
    use poolhouse_testkit::{Database, TestServer};
    use tower::ServiceExt as _;

    use super::*;

    async fn watch(watchers: Watchers) -> (TestServer, Watch) {
        let server = TestServer::start(Database::Sqlite).await;
        let metrics = Metrics::new(server.engine(), None, Vec::new());
        let watch = Watch::new(server.engine().clone(), metrics, watchers);
        (server, watch)
    }

    async fn status(watch: &Watch, source: Option<&str>, path: &str) -> u16 {
        let shared = Shared { engine: watch.engine.clone(), watch: watch.clone() };
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        if let Some(source) = source {
            request.extensions_mut().insert(SourceAddress(source.parse().unwrap()));
        }
        probes().merge(figures()).with_state(shared).oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn strangers_see_nothing() {
        let from = Watchers::From(vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
        for (watchers, admitted, others) in [
            (Watchers::Everybody, &[Some("192.0.2.1"), None][..], &[][..]),
            (Watchers::ThisMachine, &[Some("127.0.0.1"), Some("::1")], &[Some("10.0.0.1"), None]),
            (from, &[Some("10.1.2.3"), Some("::1")], &[Some("127.0.0.1"), Some("192.0.2.1"), None]),
        ] {
            let (_server, watch) = watch(watchers).await;
            for path in ["/_poolhouse/ready", "/_poolhouse/metrics"] {
                for source in admitted {
                    assert_eq!(status(&watch, *source, path).await, 200, "{source:?}");
                }
                for source in others {
                    assert_eq!(status(&watch, *source, path).await, 404, "{source:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn figures_and_readiness_are_made_once_a_second() {
        let (server, watch) = watch(Watchers::Everybody).await;
        let now = Instant::now();
        let first = watch.text(now).await;
        let asked = server.engine().store().waits().count;
        server.engine().limiter().count_refused(Kind::Body);
        let again = watch.text(now).await;
        assert_eq!(first.as_ptr(), again.as_ptr(), "one text for all");
        assert!(watch.is_ready(now).await);
        assert_eq!(server.engine().store().waits().count, asked);
        let later = watch.text(Instant::now() + FRESH).await;
        let counted = "poolhouse_limited_requests_total{limit=\"body\"} 1\n";
        let has = |text: &Bytes, line: &str| str::from_utf8(text).unwrap().contains(line);
        assert!(!has(&again, counted) && has(&later, counted));
        assert_eq!(server.engine().store().waits().count, asked + 1);
        assert!(has(&later, "poolhouse_ready 1\n"));
    }

    #[tokio::test]
    async fn a_read_node_is_ready_while_the_primary_answers() {
        let Some(database) = Database::postgres().await else { return };
        let server = TestServer::start(database.clone()).await;
        let url = server.database().url();
        let standby = Some(format!("{url}?options=-c%20default_transaction_read_only%3Don"));
        let store = Store::open(Options { standby, ..Options::new(url) }).await.unwrap();
        let node = TestServer::start_with(database, |parts| parts.kernel.store = store).await;
        let metrics = Metrics::new(node.engine(), None, Vec::new());
        let watch = Watch::new(node.engine().clone(), metrics, Watchers::Everybody);
        let now = Instant::now();
        assert!(!watch.is_ready(now).await, "neither is known");
        // Of the standby nothing is known yet.
        node.engine().store().beat("node", node.now()).await;
        assert_eq!(node.engine().store().standby_age(), Some(Duration::MAX));
        assert!(watch.is_ready(Instant::now() + FRESH).await);
        let text = watch.text(Instant::now() + FRESH).await;
        let text = str::from_utf8(&text).unwrap();
        assert!(text.contains("poolhouse_database_connections_waited_for{server=\"standby\"} 0\n"), "{text}");
        assert!(!text.contains("purge_success"), "it removes nothing");
        drop(node);
        server.finish().await;
    }

    #[tokio::test]
    async fn who_asks_too_often_waits() {
        let limits = poolhouse_kernel::limits::Limits { per_address: 1, ..Default::default() };
        let server =
            TestServer::start_with(Database::Sqlite, |parts| parts.kernel.settings.limits = limits).await;
        let metrics = Metrics::new(server.engine(), None, Vec::new());
        let watch = Watch::new(server.engine().clone(), metrics, Watchers::Everybody);
        for _ in 0..10 {
            assert_eq!(status(&watch, Some("192.0.2.1"), "/_poolhouse/ready").await, 200);
        }
        assert_eq!(status(&watch, Some("192.0.2.1"), "/_poolhouse/metrics").await, 429);
        assert_eq!(status(&watch, Some("127.0.0.1"), "/_poolhouse/metrics").await, 200);
    }
}
