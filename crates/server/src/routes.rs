//! Everything under one port: the API, and what is our own under `/_poolhouse/`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use poolhouse_api::Api;
use poolhouse_core::Engine;

use crate::dev::{self, Guard};
use crate::metrics::Metrics;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) api: Api,
    pub(crate) metrics: Metrics,
}

/// All routes; those for development, behind their guard, only where they are wanted.
pub(crate) fn router(shared: Shared, development: Option<Guard>) -> Router {
    let mut router = Router::new()
        .route("/_poolhouse/health", get(health))
        .route("/_poolhouse/ready", get(ready))
        .route("/_poolhouse/metrics", get(metrics));
    if development.is_some() {
        router = router.merge(dev::routes());
    }
    let router = router.fallback(api).with_state(shared);
    match development {
        Some(guard) => router.layer(from_fn_with_state(Arc::new(guard), dev::guard)),
        None => router,
    }
}

async fn api(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    shared.api.answer(Request::from_parts(head, Body::new(body))).await
}

/// The process lives.
async fn health() -> &'static str {
    "ok\n"
}

/// The process can serve: its database answers.
async fn ready(State(shared): State<Shared>) -> Response {
    match shared.engine.store().read().await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.metrics.text()).into_response()
}
