//! A service that answers as a test says: for what no good one does, and to see what it is asked.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use poolhouse_client::sdk::Config;
use poolhouse_client::sdk::config::retry::RetryConfig;
use poolhouse_client::sdk::config::{BehaviorVersion, Builder as ConfigBuilder, Credentials};
use poolhouse_client::sdk::primitives::{DateTime, DateTimeFormat};
use poolhouse_client::{Client, ClientBuilder};
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) const POOL: &str = "us-east-1_Fake";

/// The time of its clients.
pub(crate) const NOW: u64 = 1_900_000_000;

/// An answer: status and body.
pub(crate) type Answer = (u16, Value);

/// What was asked: the operation (or the path) and the body.
type Call = (String, Value);

pub(crate) struct Fake {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    most: Arc<AtomicUsize>,
    /// What its answers are dated, in seconds since 1970; the system's time if it is 0.
    date: Arc<AtomicI64>,
}

impl Fake {
    /// `answer` gets the operation (or the path), and which call it is.
    pub(crate) async fn start<F: Future<Output = Answer> + Send>(
        answer: impl Fn(String, usize) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let date = Arc::new(AtomicI64::new(0));
        let (seen, highest, dated) = (calls.clone(), most.clone(), date.clone());
        let handler = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()?.split('.').nth(1));
            let what = target.unwrap_or(uri.path()).to_owned();
            let number = {
                let mut calls = seen.lock().unwrap();
                calls.push((what.clone(), serde_json::from_slice(&body).unwrap_or_default()));
                calls.len() - 1
            };
            let (answer, running, highest) = (answer(what, number), running.clone(), highest.clone());
            let dated = dated.clone();
            async move {
                highest.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                let (status, body) = answer.await;
                running.fetch_sub(1, Ordering::Relaxed);
                let mut headers = HeaderMap::new();
                headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
                let date = DateTime::from_secs(dated.load(Ordering::Relaxed));
                if date.secs() != 0 {
                    headers.insert("date", date.fmt(DateTimeFormat::HttpDate).unwrap().parse().unwrap());
                }
                (StatusCode::from_u16(status).unwrap(), headers, body.to_string())
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await.unwrap() });
        Self { url, calls, most, date }
    }

    /// How many calls came.
    pub(crate) fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The calls that came since this was last asked.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// The most calls that were under way at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Waits until as many calls as this have come.
    pub(crate) async fn called(&self, count: usize) {
        while self.calls() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Dates its answers from now on.
    pub(crate) fn set_date(&self, seconds: u64) {
        self.date.store(seconds.try_into().unwrap(), Ordering::Relaxed);
    }

    /// A client that repeats calls without waiting, and believes every token.
    pub(crate) fn builder(&self) -> ClientBuilder {
        self.builder_with(|config| config).time_source(|| at(NOW))
    }

    /// The same by the system's clock, and with more settings of the SDK.
    pub(crate) fn builder_with(&self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> ClientBuilder {
        let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
        let config = Config::builder().behavior_version(BehaviorVersion::v2026_01_12()).retry_config(retry);
        let config = config.credentials_provider(Credentials::new("id", "secret", None, None, "tests"));
        let config = change(config.endpoint_url(&self.url)).build();
        Client::builder(POOL).client_id("app").sdk_config(config).without_token_verification()
    }
}

/// A time in seconds since 1970.
pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
