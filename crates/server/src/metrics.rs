//! Counters and durations for Prometheus.

mod database;
mod engine;
mod process;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use poolhouse_api::Observation;
use poolhouse_core::Engine;
use poolhouse_core::messages::outbox::Outcome;
use poolhouse_kernel::limits::shares::Full;
use poolhouse_kernel::{Kind as FaultKind, Unsigned};
use poolhouse_oauth::Observation as EndpointObservation;
use poolhouse_ports::Medium;
use poolhouse_wire::Operation;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use database::Database;
use engine::EngineFigures;
use process::Process;

/// What the server measures of itself. Clones share the figures.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    /// Of the process, under names without our own before them.
    usual: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<OperationLabel, Histogram>,
    endpoint_requests: Family<EndpointLabels, Counter>,
    endpoint_seconds: Family<EndpointLabel, Histogram>,
    /// Open connections.
    pub(crate) connections: Gauge<i64, AtomicI64>,
    refused_connections: Family<BoundLabel, Counter>,
    refused_signatures: Family<ReasonLabel, Counter>,
    locked_out: Counter,
    /// Whether the database answered when it was last asked: 1 or 0.
    pub(crate) ready: Gauge<i64, AtomicI64>,
    /// When what has expired was last removed, in seconds since 1970.
    pub(crate) purged_at: Gauge<i64, AtomicI64>,
    /// Imports, recoveries and deletions that wait or run.
    jobs: Family<JobLabel, Gauge<i64, AtomicI64>>,
    /// API requests that wait for their answer.
    pub(crate) in_flight: Gauge<i64, AtomicI64>,
    /// Attempts to deliver messages.
    pub(crate) messages: Family<MessageLabels, Counter>,
    /// Messages in the outbox.
    pub(crate) outbox_messages: Gauge<i64, AtomicI64>,
    /// Age of the oldest of them, in seconds.
    pub(crate) outbox_oldest_seconds: Gauge<i64, AtomicI64>,
}

/// Counts something for as long as it lasts.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge<i64, AtomicI64>);

impl InFlight {
    pub(crate) fn new(gauge: &Gauge<i64, AtomicI64>) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    service: &'static str,
    operation: &'static str,
    error: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabel {
    service: &'static str,
    operation: &'static str,
}

impl OperationLabel {
    /// Of an operation, or of what is none.
    fn of(operation: Option<Operation>) -> Self {
        let (service, operation) = operation
            .map_or(("unknown", "unknown"), |known| (known.service().signing_name, known.facts().name));
        Self { service, operation }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: &'static str,
    status: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndpointLabel {
    endpoint: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BoundLabel {
    limit: &'static str,
}

/// What there was too much of for a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TooMany {
    Connections(Full),
    Handshakes(Full),
    /// Of those who watch, at their own port.
    Watchers,
}

impl TooMany {
    const ALL: [Self; 5] = [
        Self::Connections(Full::All),
        Self::Connections(Full::Each),
        Self::Handshakes(Full::All),
        Self::Handshakes(Full::Each),
        Self::Watchers,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Connections(Full::All) => "all",
            Self::Connections(Full::Each) => "address",
            Self::Handshakes(Full::All) => "handshakes",
            Self::Handshakes(Full::Each) => "handshakes_address",
            Self::Watchers => "watchers",
        }
    }
}

/// What becomes of an attempt to deliver a message.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct MessageLabels {
    /// `EMAIL` or `SMS`.
    pub(crate) medium: &'static str,
    /// `sent`, `postponed`, `refused`, `expired`, or `failed` where the database did.
    pub(crate) outcome: &'static str,
}

impl MessageLabels {
    fn all() -> impl Iterator<Item = Self> {
        Medium::ALL.into_iter().flat_map(|medium| {
            let outcomes = Outcome::ALL.map(Outcome::as_str).into_iter().chain([FAILED]);
            outcomes.map(move |outcome| Self { medium: medium.as_str(), outcome })
        })
    }
}

/// The outcome of a message with which the database failed.
pub(crate) const FAILED: &str = "failed";

/// Counters that are there from the start: of one that begins with 1, nobody sees that it grew.
fn counters<L: Clone + Eq + std::hash::Hash>(labels: impl IntoIterator<Item = L>) -> Family<L, Counter> {
    let family = Family::default();
    for label in labels {
        drop(family.get_or_create(&label));
    }
    family
}

/// Registers what is counted here.
fn register<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// A read node has none: what has expired is removed by others, and a figure that stays 0 would say that nobody does it.
fn purged_at(registry: &mut Registry, is_read_node: bool) -> Gauge<i64, AtomicI64> {
    if is_read_node {
        return Gauge::default();
    }
    gauge(registry, "purge_success_seconds", "When what has expired was last removed, in seconds since 1970")
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge<i64, AtomicI64> {
    register(registry, name, help, Gauge::default())
}

/// From 0.1 ms to 26 s, each bucket twice the one before: functions of a pool may take 15 s.
fn durations<S: Clone + Eq + std::hash::Hash>() -> Family<S, Histogram> {
    Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0001, 2.0, 19)))
}

/// What is measured of every process, by the names that are usual for it.
fn usual() -> Registry {
    let mut usual = Registry::default();
    usual.register_collector(Box::new(Process));
    usual
}

/// What is read where it stands, each time that somebody looks.
fn collected(engine: &Engine, wal: Option<PathBuf>, others: Vec<Box<dyn Collector>>) -> Registry {
    let mut registry = Registry::with_prefix("poolhouse");
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The version of this server", build);
    registry.register_collector(Box::new(Database { store: engine.store().clone(), wal }));
    registry.register_collector(Box::new(EngineFigures(engine.clone())));
    for other in others {
        registry.register_collector(other);
    }
    registry
}

impl Metrics {
    /// The figures of the engine and of `others`, beside those that are counted here; `wal` is the file that SQLite writes
    /// first.
    pub(crate) fn new(engine: &Engine, wal: Option<PathBuf>, others: Vec<Box<dyn Collector>>) -> Self {
        let (mut registry, usual) = (collected(engine, wal, others), Arc::new(usual()));
        let to = &mut registry;
        let unsigned = counters(Unsigned::ALL.map(|why| ReasonLabel { reason: why.as_str() }));
        let refusals = counters(TooMany::ALL.map(|too_many| BoundLabel { limit: too_many.as_str() }));
        Self {
            requests: register(
                to,
                "requests",
                "API requests by operation and error (empty on success)",
                Family::default(),
            ),
            seconds: register(to, "request_seconds", "Time from head to answer by operation", durations()),
            endpoint_requests: register(
                to,
                "endpoint_requests",
                "Requests beside the API by endpoint and HTTP status",
                Family::default(),
            ),
            endpoint_seconds: register(to, "endpoint_seconds", "Time to the answer by endpoint", durations()),
            connections: gauge(to, "connections", "Open connections"),
            refused_connections: register(
                to,
                "refused_connections",
                "Connections that were closed at once, because too many were open, or handshakes of TLS under way, in all or of their address; or too many of those who watch",
                refusals,
            ),
            refused_signatures: register(
                to,
                "refused_signatures",
                "Requests whose signature is not there or not good, by reason",
                unsigned,
            ),
            locked_out: register(
                to,
                "locked_out_requests",
                "Requests of the API and sign-ins at pages refused because too many guesses at their user were wrong",
                Counter::default(),
            ),
            ready: gauge(
                to,
                "ready",
                "Whether the database answers, or of a read node's two one that may be read: 1 or 0",
            ),
            purged_at: purged_at(to, engine.store().is_read_node()),
            jobs: register(
                to,
                "jobs_waiting",
                "Work on whole pools that waits or runs, of all servers",
                Family::default(),
            ),
            in_flight: gauge(to, "requests_in_flight", "API requests that wait for their answer"),
            messages: register(
                to,
                "messages",
                "Attempts to deliver messages by medium and outcome: sent, postponed (to be tried again), refused (for good), expired (given up), failed (by the database)",
                counters(MessageLabels::all()),
            ),
            outbox_messages: gauge(to, "outbox_messages", "Messages that wait in the outbox"),
            outbox_oldest_seconds: gauge(
                to,
                "outbox_oldest_seconds",
                "How long the oldest message in the outbox has waited",
            ),
            usual,
            registry: Arc::new(registry),
        }
    }

    /// Counts a connection that was not taken.
    pub(crate) fn refused_connection(&self, too_many: TooMany) {
        self.refused_connections.get_or_create(&BoundLabel { limit: too_many.as_str() }).inc();
    }

    /// Notes how many jobs of a kind wait or run.
    pub(crate) fn set_jobs(&self, kind: &'static str, count: u32) {
        self.jobs.get_or_create(&JobLabel { kind }).set(count.into());
    }

    /// Counts an API request.
    pub(crate) fn observe(&self, observation: &Observation) {
        let label = OperationLabel::of(observation.operation);
        let OperationLabel { service, operation } = label;
        let error = observation.error.map_or("", |code| code.as_str());
        self.requests.get_or_create(&RequestLabels { service, operation, error }).inc();
        match observation.kind {
            Some(FaultKind::Locked) => {
                self.locked_out.inc();
            }
            Some(FaultKind::Signature(why)) => {
                self.refused_signatures.get_or_create(&ReasonLabel { reason: why.as_str() }).inc();
            }
            _ => {}
        }
        self.seconds.get_or_create(&label).observe(observation.elapsed.as_secs_f64());
    }

    /// Counts a request beside the API.
    pub(crate) fn observe_endpoint(&self, observation: &EndpointObservation) {
        let (endpoint, status) = (observation.endpoint.as_str(), u32::from(observation.status.as_u16()));
        self.endpoint_requests.get_or_create(&EndpointLabels { endpoint, status }).inc();
        if observation.locked {
            self.locked_out.inc();
        }
        let seconds = self.endpoint_seconds.get_or_create(&EndpointLabel { endpoint });
        seconds.observe(observation.elapsed.as_secs_f64());
    }

    /// Everything in OpenMetrics' text form.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode_registry(&mut text, &self.usual)
            .and_then(|()| encode_registry(&mut text, &self.registry))
            .and_then(|()| encode_eof(&mut text));
        text
    }
}

#[cfg(test)]
mod tests;
