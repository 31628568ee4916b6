//! The way to the collector, by our own client of HTTP, and what is told on it.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::Full;
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient as Client, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as _};
use tokio::time::timeout;

use crate::exit::Failure;
use crate::http_client::{CallError, HttpClient};

/// How long a call may take.
const CALL: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// What is told of a request: nothing else leaves this server, whatever a span says. A source's address, which the log has, is
/// not among it.
const TOLD: [&str; 8] =
    ["request_id", "operation", "endpoint", "pool", "client", "outcome", "writes", "work"];

/// Takes spans to the collector.
#[derive(Debug)]
pub(super) struct Exporter(SpanExporter);

impl Exporter {
    /// To the collector at this URL.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let client = Calls(HttpClient::new()?);
        let exporter =
            SpanExporter::builder().with_http().with_http_client(client).with_endpoint(url).build();
        let mut exporter = exporter.map_err(|error| Failure::setup(format!("traces-url: {error}")))?;
        exporter.set_resource(&resource());
        Ok(Self(exporter))
    }

    /// Hands spans over.
    ///
    /// # Errors
    /// Why not.
    pub(super) async fn export(&self, spans: Vec<SpanData>) -> Result<(), String> {
        let told = spans.into_iter().map(discreet).collect();
        self.0.export(told).await.map_err(|error| error.to_string())
    }
}

fn resource() -> Resource {
    let attributes = [
        KeyValue::new("service.name", "poolhouse"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    Resource::builder_empty().with_attributes(attributes).build()
}

/// The span, with what may be told of it.
fn discreet(mut span: SpanData) -> SpanData {
    span.attributes.retain(|attribute| TOLD.contains(&attribute.key.as_str()));
    span.events = SpanEvents::default();
    span
}

/// Our client, as the exporter calls it.
struct Calls(HttpClient);

impl Client for Calls {
    fn send_bytes<'calls, 'call>(
        &'calls self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'call>>
    where
        'calls: 'call,
        Self: 'call,
    {
        Box::pin(async move {
            let called = timeout(CALL, self.0.call(request.map(Full::new), LONGEST_ANSWER)).await;
            let answer = called.map_err(|_| format!("no answer within {} seconds", CALL.as_secs()))?;
            answer.map_err(|error| match error {
                CallError::Unreachable(cause) => cause.into(),
                CallError::TooLong => "the answer is too long".into(),
            })
        })
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calls")
    }
}
