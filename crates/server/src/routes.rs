//! Everything under one port: the API, and what is our own under `/_poolhouse/`.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use poolhouse_api::Api;
use poolhouse_core::Engine;
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::timeout;

use crate::dev;
use crate::metrics::Metrics;

/// How long the database may take for a sign of life.
const READY_TIME: Duration = Duration::from_secs(2);

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) api: Api,
    pub(crate) metrics: Metrics,
}

/// All routes; those for development only where they are wanted.
pub(crate) fn router(shared: Shared, development: bool) -> Router {
    let mut router = Router::new()
        .route("/_poolhouse/health", get(health))
        .route("/_poolhouse/ready", get(ready))
        .route("/_poolhouse/metrics", get(metrics));
    if development {
        router = router.merge(dev::routes());
    }
    router.fallback(api).with_state(shared)
}

async fn api(State(shared): State<Shared>, request: Request) -> Response {
    let _in_flight = InFlight::new(&shared.metrics);
    let (head, body) = request.into_parts();
    shared.api.answer(Request::from_parts(head, Body::new(body))).await
}

/// The process lives.
async fn health() -> &'static str {
    "ok\n"
}

/// The process can serve: its database answers, and soon.
async fn ready(State(shared): State<Shared>) -> Response {
    let error = match timeout(READY_TIME, shared.engine.store().read()).await {
        Ok(Ok(_)) => return "ready\n".into_response(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("the database does not answer within {} seconds", READY_TIME.as_secs()),
    };
    tracing::warn!(error, "not ready");
    (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
}

/// Counts a request of the API for as long as somebody waits for its answer.
struct InFlight(Gauge<i64, AtomicI64>);

impl InFlight {
    fn new(metrics: &Metrics) -> Self {
        metrics.in_flight.inc();
        Self(metrics.in_flight.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.metrics.text()).into_response()
}
