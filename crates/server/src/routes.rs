//! Everything under one port: the API, the endpoints of pools, and what is our own under `/_poolhouse/`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use poolhouse_api::Api;
use poolhouse_core::Engine;
use poolhouse_oauth::OAuth;
use tokio::time::timeout;

use crate::dev::{self, Guard};
use crate::metrics::Metrics;

/// How long the database may take for a sign of life.
const READY_TIME: Duration = Duration::from_secs(2);

/// What the routes of our own share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) metrics: Metrics,
}

/// All routes; those for development, behind their guard, only where they are wanted.
pub(crate) fn router(shared: Shared, api: &Api, oauth: &OAuth, development: Option<Guard>) -> Router {
    let mut router = Router::new()
        .route("/_poolhouse/health", get(health))
        .route("/_poolhouse/ready", get(ready))
        .route("/_poolhouse/metrics", get(metrics));
    if development.is_some() {
        router = router.merge(dev::routes());
    }
    let router = router.with_state(shared).merge(oauth.router()).merge(api.router());
    let router = oauth.with_domains(router);
    match development {
        Some(guard) => router.layer(from_fn_with_state(Arc::new(guard), dev::guard)),
        None => router,
    }
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

async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], shared.metrics.text()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use poolhouse_testkit::{Database, TestServer};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn development_stands_behind_its_guard_and_production_has_none() {
        let server = TestServer::start(Database::Sqlite).await;
        let engine = server.engine().clone();
        let metrics = Metrics::new(&engine, None, Vec::new());
        let api = Api::new(engine.clone(), metrics.observer());
        let oauth = OAuth::new(engine.clone(), metrics.endpoint_observer());
        let shared = Shared { engine, metrics };
        let development = router(shared.clone(), &api, &oauth, Some(Guard::new(false, None)));
        let production = router(shared, &api, &oauth, None);
        let status = async |router: &Router, host: &str, path: &str| {
            let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        let helper = "/_poolhouse/dev/messages";
        assert_eq!(status(&development, "localhost:7665", helper).await, 200);
        for path in [helper, "/_poolhouse/health", "/", "/us-east-1_a/.well-known/jwks.json"] {
            assert_eq!(status(&development, "evil.test:7665", path).await, 403, "{path}");
        }
        assert_eq!(status(&production, "auth.example.com", "/_poolhouse/health").await, 200);
        assert_eq!(status(&production, "localhost", helper).await, 404);
    }
}
