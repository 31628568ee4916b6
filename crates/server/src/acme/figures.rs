//! What is counted of orders.

use std::fmt;
use std::sync::atomic::AtomicI64;

use poolhouse_ports::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// The figures. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    orders: Family<Outcome, Counter>,
    due: Gauge<i64, AtomicI64>,
    failures: Gauge<i64, AtomicI64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

const ISSUED: Outcome = Outcome { outcome: "issued" };
const FAILED: Outcome = Outcome { outcome: "failed" };

impl Figures {
    /// Both counters are there from the start: of one that begins with 1, nobody sees that it grew.
    pub(super) fn new() -> Self {
        let orders = Family::default();
        for outcome in [ISSUED, FAILED] {
            drop(orders.get_or_create(&outcome));
        }
        Self { orders, due: Gauge::default(), failures: Gauge::default() }
    }

    /// Counts an order of this server.
    pub(super) fn ordered(&self, issued: bool) {
        self.orders.get_or_create(if issued { &ISSUED } else { &FAILED }).inc();
    }

    /// Notes when the next order is due, and how many have failed or were given back, whichever server's they were.
    pub(super) fn note(&self, due: Timestamp, failures: u32) {
        self.due.set(due.seconds());
        self.failures.set(failures.into());
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Orders of certificates by this server, by outcome: issued, failed";
        self.orders.encode(encoder.encode_descriptor("acme_orders", help, None, MetricType::Counter)?)?;
        let help = "When the next certificate is ordered, in seconds since 1970";
        let due = encoder.encode_descriptor("acme_due_seconds", help, None, MetricType::Gauge)?;
        self.due.encode(due)?;
        let help = "Orders that have failed or were given back since the last good one, by whichever server";
        let failures = encoder.encode_descriptor("acme_failures", help, None, MetricType::Gauge)?;
        self.failures.encode(failures)
    }
}
