//! Figures of the database that the store counts itself.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use poolhouse_store::{Connections, Durations, Store};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// Of a store, and of the file beside it where SQLite writes first.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) store: Store,
    pub(super) wal: Option<PathBuf>,
}

impl Collector for Database {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, durations) in [
            ("database_wait_seconds", "How long transactions wait until they begin", self.store.waits()),
            ("database_transaction_seconds", "How long transactions last", self.store.lives()),
        ] {
            let Durations { seconds, count, buckets } = durations;
            let mut histogram = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
            histogram.encode_histogram::<NoLabelSet>(seconds, count, &buckets, None)?;
        }
        if let Some(bytes) = self.wal.as_ref().and_then(|wal| fs::metadata(wal).ok()) {
            let help = "What SQLite has written and not yet put into its file";
            let gauge = ConstGauge::new(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(
                "database_wal_bytes",
                help,
                None,
                MetricType::Gauge,
            )?)?;
        }
        if let Some(age) = self.store.standby_age() {
            let help = "How old is what a read node reads from its standby";
            let gauge = ConstGauge::new(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(
                "database_standby_age_seconds",
                help,
                None,
                MetricType::Gauge,
            )?)?;
        }
        let Some(primary) = self.store.connections() else { return Ok(()) };
        let standby = self.store.standby_connections();
        for (name, help, of) in CONNECTIONS {
            let mut samples = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            if let Some(standby) = standby {
                count(of(standby)).encode(samples.encode_family(&[("server", "standby")])?)?;
            }
            count(of(primary)).encode(samples)?;
        }
        Ok(())
    }
}

/// How many of them are counted.
type Count = fn(Connections) -> usize;

/// What is told of connections: a name, what it says, and the count.
const CONNECTIONS: [(&str, &str, Count); 3] = [
    ("database_connections", "Connections to PostgreSQL", |of| of.open),
    ("database_connections_in_use", "Connections to PostgreSQL with a transaction under way", |of| of.in_use),
    ("database_connections_waited_for", "Transactions that wait for a connection", |of| of.waiting),
];

fn count(number: usize) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX))
}
