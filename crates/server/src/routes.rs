//! Everything under one port: the API, the endpoints of pools, and what is our own under `/_poolhouse/`; of that, figures may have
//! a port of their own.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use poolhouse_api::Api;
use poolhouse_core::Engine;
use poolhouse_oauth::OAuth;

use crate::dev::{self, Guard};
use crate::watch::{self, Watch};

/// What the routes of our own share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) watch: Watch,
}

/// Where figures are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FiguresAt {
    /// At the port of clients.
    Clients,
    /// At a port of those who watch.
    Watchers,
}

/// All routes of clients; those for development, behind their guard, only where they are wanted.
pub(crate) fn router(
    shared: Shared,
    api: &Api,
    oauth: &OAuth,
    development: Option<Guard>,
    figures: FiguresAt,
) -> Router {
    let mut router = watch::probes();
    if figures == FiguresAt::Clients {
        router = router.merge(watch::figures());
    }
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

/// All routes of a port for those who watch.
pub(crate) fn watchers(shared: Shared) -> Router {
    watch::probes().merge(watch::figures()).with_state(shared)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use poolhouse_testkit::{Database, TestServer};
    use tower::ServiceExt as _;

    use super::*;
    use crate::metrics::Metrics;
    use crate::request_log::RequestLog;
    use crate::watch::Watchers;

    #[tokio::test]
    async fn development_stands_behind_its_guard_and_production_has_none() {
        let server = TestServer::start(Database::Sqlite).await;
        let engine = server.engine().clone();
        let metrics = Metrics::new(&engine, None, Vec::new());
        let log = RequestLog::new(metrics.clone(), engine.clock().clone(), false);
        let api = Api::new(engine.clone(), log.observer());
        let oauth = OAuth::new(engine.clone(), log.endpoint_observer());
        let watch = Watch::new(engine.clone(), metrics, Watchers::Everybody);
        let shared = Shared { engine, watch };
        let guard = Some(Guard::new(false, None));
        let development = router(shared.clone(), &api, &oauth, guard, FiguresAt::Clients);
        let production = router(shared, &api, &oauth, None, FiguresAt::Clients);
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
