//! Counters and durations for Prometheus.

mod database;
mod process;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use poolhouse_api::{Observation, Observer};
use poolhouse_core::Engine;
use poolhouse_core::findings::{Finding, Findings};
use poolhouse_kernel::limits::Kind;
use poolhouse_kernel::limits::shares::Full;
use poolhouse_oauth::{Observation as EndpointObservation, Observer as EndpointObserver};
use poolhouse_wire::Operation;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use database::Database;
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
    locked_out: Counter,
    /// When what has expired was last removed, in seconds since 1970.
    pub(crate) purged_at: Gauge<i64, AtomicI64>,
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
struct BoundLabel {
    limit: &'static str,
}

/// What becomes of an attempt to deliver a message.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct MessageLabels {
    /// `EMAIL` or `SMS`.
    pub(crate) medium: &'static str,
    /// `sent`, `postponed`, `refused`, `expired`, or `failed` where the database did.
    pub(crate) outcome: &'static str,
}

/// What the engine counts itself, read when the figures are asked for.
#[derive(Debug)]
struct EngineFigures(Engine);

impl EngineFigures {
    /// Of operations that have any: most never have.
    fn encode_contention(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let contention = self.0.contention().figures();
        let help = "Repeats of a transaction at the database's wish, by operation";
        let mut family = encoder.encode_descriptor("repeats", help, None, MetricType::Counter)?;
        for (operation, figures) in contention.iter().filter(|(_, figures)| figures.repeats > 0) {
            let labels = OperationLabel::of(*operation);
            ConstCounter::new(figures.repeats).encode(family.encode_family(&labels)?)?;
        }
        let help = "Requests refused because too many changed the same thing at once, by operation";
        let mut family = encoder.encode_descriptor("contended_requests", help, None, MetricType::Counter)?;
        for (operation, figures) in contention.iter().filter(|(_, figures)| figures.refused > 0) {
            let labels = OperationLabel::of(*operation);
            ConstCounter::new(figures.refused).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl EngineFigures {
    fn encode_cryptography(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let crypto = self.0.crypto();
        let help = "Jobs of cryptography that wait for a thread";
        let waiting = ConstGauge::new(i64::try_from(crypto.waiting()).unwrap_or(i64::MAX));
        waiting.encode(encoder.encode_descriptor("crypto_waiting", help, None, MetricType::Gauge)?)?;
        let help = "Jobs of cryptography that were begun";
        let begun = encoder.encode_descriptor("crypto_jobs", help, None, MetricType::Counter)?;
        ConstCounter::new(crypto.begun()).encode(begun)?;
        let Some(keys) = self.0.state().key_stock().made_ahead() else { return Ok(()) };
        let help = "Signing keys that are made ahead, for new pools";
        let keys = ConstGauge::new(i64::try_from(keys).unwrap_or(i64::MAX));
        keys.encode(encoder.encode_descriptor("key_stock", help, None, MetricType::Gauge)?)
    }
}

impl Collector for EngineFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Requests refused because their source address, client or user asked too often";
        let mut family = encoder.encode_descriptor("limited_requests", help, None, MetricType::Counter)?;
        for kind in Kind::ALL {
            let refused = ConstCounter::new(self.0.limiter().refused(kind));
            refused.encode(family.encode_family(&[("limit", kind.as_str())])?)?;
        }
        self.encode_contention(&mut encoder)?;
        let help = "Requests that policies denied, by action";
        let mut family = encoder.encode_descriptor("denials", help, None, MetricType::Counter)?;
        for (action, denied) in self.0.denials().figures() {
            ConstCounter::new(denied).encode(family.encode_family(&[("action", action)])?)?;
        }
        let help = "Requests in pools with threat protection by what was found about their risk";
        let mut family = encoder.encode_descriptor("risk_findings", help, None, MetricType::Counter)?;
        for finding in Finding::ALL {
            let found = ConstCounter::new(self.0.state().findings().of(finding));
            found.encode(family.encode_family(&[("finding", finding.as_str())])?)?;
        }
        let help = "Compromised passwords that were let pass, and blocked, by event";
        let mut family =
            encoder.encode_descriptor("compromised_passwords", help, None, MetricType::Counter)?;
        let known = self.0.state().findings();
        for event in Findings::PASSWORD_EVENTS {
            for (blocked, name) in [(false, "false"), (true, "true")] {
                let found = ConstCounter::new(known.compromised_passwords(&event, blocked));
                found.encode(family.encode_family(&[("event", event.as_str()), ("blocked", name)])?)?;
            }
        }
        let help = "Lines of users' imports by what became of them";
        let mut family = encoder.encode_descriptor("imported_users", help, None, MetricType::Counter)?;
        for (outcome, count) in self.0.state().imports().figures() {
            ConstCounter::new(count).encode(family.encode_family(&[("outcome", outcome)])?)?;
        }
        self.encode_cryptography(&mut encoder)
    }
}

/// From 0.1 ms to 3.3 s, each bucket twice the one before.
fn durations<S: Clone + Eq + std::hash::Hash>() -> Family<S, Histogram> {
    Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0001, 2.0, 16)))
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
        let mut registry = collected(engine, wal, others);
        let requests = Family::default();
        let (seconds, endpoint_seconds) = (durations(), durations());
        let endpoint_requests = Family::default();
        let connections = Gauge::default();
        registry.register(
            "requests",
            "API requests by operation and error (empty on success)",
            requests.clone(),
        );
        registry.register("request_seconds", "Time from head to answer by operation", seconds.clone());
        registry.register(
            "endpoint_requests",
            "Requests beside the API by endpoint and HTTP status",
            endpoint_requests.clone(),
        );
        registry.register(
            "endpoint_seconds",
            "Time from head to answer by endpoint",
            endpoint_seconds.clone(),
        );
        registry.register("connections", "Open connections", connections.clone());
        let refused_connections = Family::default();
        registry.register(
            "refused_connections",
            "Connections that were closed at once, because too many were open in all, or from their address",
            refused_connections.clone(),
        );
        let locked_out = Counter::default();
        registry.register(
            "locked_out_requests",
            "API requests refused because too many guesses at their user were wrong",
            locked_out.clone(),
        );
        let (purged_at, in_flight) = (Gauge::default(), Gauge::default());
        registry.register(
            "purge_success_seconds",
            "When what has expired was last removed, in seconds since 1970",
            purged_at.clone(),
        );
        registry.register("requests_in_flight", "API requests that wait for their answer", in_flight.clone());
        let messages = Family::default();
        let (outbox_messages, outbox_oldest_seconds) = (Gauge::default(), Gauge::default());
        registry.register(
            "messages",
            "Attempts to deliver messages by medium and outcome: sent, postponed (to be tried again), refused (for good), expired (given up), failed (by the database)",
            messages.clone(),
        );
        registry.register("outbox_messages", "Messages that wait in the outbox", outbox_messages.clone());
        registry.register(
            "outbox_oldest_seconds",
            "How long the oldest message in the outbox has waited",
            outbox_oldest_seconds.clone(),
        );
        Self {
            registry: Arc::new(registry),
            usual: Arc::new(usual()),
            requests,
            seconds,
            endpoint_requests,
            endpoint_seconds,
            connections,
            refused_connections,
            locked_out,
            purged_at,
            in_flight,
            messages,
            outbox_messages,
            outbox_oldest_seconds,
        }
    }

    /// Counts a connection that was not taken.
    pub(crate) fn refused_connection(&self, full: Full) {
        let limit = match full {
            Full::All => "all",
            Full::Each => "address",
        };
        self.refused_connections.get_or_create(&BoundLabel { limit }).inc();
    }

    /// Counts each API request.
    pub(crate) fn observer(&self) -> Observer {
        let metrics = self.clone();
        Arc::new(move |observation: &Observation| metrics.observe(observation))
    }

    fn observe(&self, observation: &Observation) {
        let label = OperationLabel::of(observation.operation);
        let OperationLabel { service, operation } = label;
        let error = observation.error.map_or("", |code| code.as_str());
        self.requests.get_or_create(&RequestLabels { service, operation, error }).inc();
        if observation.locked {
            self.locked_out.inc();
        }
        self.seconds.get_or_create(&label).observe(observation.elapsed.as_secs_f64());
    }

    /// Counts each request beside the API.
    pub(crate) fn endpoint_observer(&self) -> EndpointObserver {
        let metrics = self.clone();
        Arc::new(move |observation: &EndpointObservation| {
            let (endpoint, status) = (observation.endpoint.as_str(), u32::from(observation.status.as_u16()));
            metrics.endpoint_requests.get_or_create(&EndpointLabels { endpoint, status }).inc();
            let seconds = metrics.endpoint_seconds.get_or_create(&EndpointLabel { endpoint });
            seconds.observe(observation.elapsed.as_secs_f64());
        })
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
