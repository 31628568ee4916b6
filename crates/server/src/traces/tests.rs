use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use poolhouse_ports::SPANS;
use poolhouse_testkit::{Database, TestServer};
use serde_json::json;
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing::subscriber::set_default;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::logging::USUAL;

/// Counts the spans that are made.
#[derive(Clone, Default)]
struct Made(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Made {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// How many spans a sign-in makes while somebody listens by this filter.
async fn spans_of_a_sign_in(filter: &str) -> usize {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", json!({})).await;
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD });
    let input = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let made = Made::default();
    let listens = made.clone().with_filter(EnvFilter::new(filter));
    let _listening = set_default(tracing_subscriber::registry().with(listens));
    server.public().ok("InitiateAuth", input).await;
    made.0.load(Ordering::Relaxed)
}

#[tokio::test]
async fn without_a_collector_a_request_makes_no_span_but_its_own() {
    assert_eq!(spans_of_a_sign_in(USUAL).await, 1);
    assert!(spans_of_a_sign_in(&format!("{USUAL},{SPANS}=trace")).await > 3);
}
