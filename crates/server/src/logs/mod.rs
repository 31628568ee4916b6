//! What stands behind the ARNs of log groups, buckets and streams: `[[logs]]` of the configuration file
//! (docs/operating.md).
//!
//! Each entry has a queue of its own. Who writes a record never waits: when the queue is full, the record is dropped and
//! counted.
//!
//! | file | subject |
//! |---|---|
//! | `mapping` | an entry of the file, and what can be wrong with it |
//! | `sink` | the ways: a file, syslog, a webhook, OpenTelemetry |
//! | `line` | a record as a line of JSON |

mod line;
mod mapping;
mod sink;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use poolhouse_ports::{Clock, LogRecord, Logs, matches};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

pub(crate) use mapping::Mapping;

use crate::exit::Failure;
use sink::Sink;

/// How many records wait for an entry.
const QUEUE: usize = 10_000;

/// How many records are handed over at once.
const AT_ONCE: usize = 100;

/// The pauses before further attempts; after the last one, the records are dropped.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// How long the queues may take to run empty when the server stops.
pub(crate) const END: Duration = Duration::from_secs(5);

/// How many records of an entry came, and how many did not.
#[derive(Debug, Default)]
struct Counts {
    delivered: AtomicU64,
    dropped: AtomicU64,
    /// How many attempts failed and were followed by another one.
    retried: AtomicU64,
}

/// An entry: the ARNs that lead to it, and its queue.
struct Entry {
    pattern: String,
    queue: mpsc::Sender<LogRecord>,
    counts: Arc<Counts>,
}

/// The deliveries under way.
pub(crate) struct Deliveries {
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    figures: Figures,
}

/// What became of records, for the metrics.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Arc<[(String, Queue)]>);

/// What there is to say of an entry.
#[derive(Debug)]
struct Queue {
    counts: Arc<Counts>,
    records: mpsc::WeakSender<LogRecord>,
}

impl Queue {
    /// How many records wait.
    fn waiting(&self) -> usize {
        self.records.upgrade().map_or(0, |records| records.max_capacity() - records.capacity())
    }
}

/// Starts the deliveries of the configuration.
///
/// # Errors
/// Each message names the entry.
pub(crate) fn start(mappings: &[Mapping], clock: &Clock) -> Result<(Logs, Deliveries), Failure> {
    let (stop, stopped) = watch::channel(false);
    let (mut entries, mut tasks) = (Vec::new(), Vec::new());
    for mapping in mappings {
        let sink = mapping.sink(clock)?;
        let (queue, records) = mpsc::channel(QUEUE);
        let counts = Arc::<Counts>::default();
        tasks.push(tokio::spawn(run(sink, records, Arc::clone(&counts), stopped.clone())));
        entries.push(Entry { pattern: mapping.arn().to_owned(), queue, counts });
    }
    let of = |entry: &Entry| {
        let queue = Queue { counts: Arc::clone(&entry.counts), records: entry.queue.downgrade() };
        (entry.pattern.clone(), queue)
    };
    let figures = Figures(entries.iter().map(of).collect());
    let logs = if entries.is_empty() { Logs::none() } else { Logs::to(move |record| put(&entries, record)) };
    Ok((logs, Deliveries { tasks, stop, figures }))
}

/// Puts a record into the queue of the first entry whose pattern fits; without one it goes nowhere.
fn put(entries: &[Entry], record: LogRecord) {
    let Some(entry) = entries.iter().find(|entry| matches(&entry.pattern, &record.destination)) else {
        return;
    };
    if entry.queue.try_send(record).is_err() {
        entry.counts.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Hands records over until it is to stop and there are none left.
async fn run(
    sink: Sink,
    mut records: mpsc::Receiver<LogRecord>,
    counts: Arc<Counts>,
    mut stop: watch::Receiver<bool>,
) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    loop {
        tokio::select! {
            biased;
            count = records.recv_many(&mut batch, AT_ONCE) => if count == 0 { return },
            _ = stop.changed() => return,
        }
        let number = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let counter = if hand_over(&sink, &batch, &PAUSES, &counts).await {
            &counts.delivered
        } else {
            &counts.dropped
        };
        counter.fetch_add(number, Ordering::Relaxed);
        batch.clear();
    }
}

async fn hand_over(sink: &Sink, batch: &[LogRecord], pauses: &[Duration], counts: &Counts) -> bool {
    for pause in pauses.iter().map(Some).chain([None]) {
        let Err(reason) = sink.take(batch).await else { return true };
        let Some(pause) = pause else {
            tracing::warn!(%sink, records = batch.len(), reason, "records of logs were dropped");
            return false;
        };
        tracing::debug!(%sink, reason, "records of logs could not be delivered; trying again");
        counts.retried.fetch_add(1, Ordering::Relaxed);
        sleep(*pause).await;
    }
    false
}

impl Deliveries {
    /// What became of records so far.
    pub(crate) fn figures(&self) -> Figures {
        self.figures.clone()
    }

    /// Ends the deliveries, once the queues are empty or it takes too long.
    pub(crate) async fn end(self) {
        let _ = self.stop.send(true);
        let ended = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        if timeout(END, ended).await.is_err() {
            tracing::warn!("some records of logs were not delivered before the end");
        }
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").field("figures", &self.figures).finish_non_exhaustive()
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Records of pools' logs by entry of the configuration and what became of them";
        let mut family = encoder.encode_descriptor("log_records", help, None, MetricType::Counter)?;
        for (pattern, Queue { counts, .. }) in self.0.iter() {
            for (outcome, count) in [("delivered", &counts.delivered), ("dropped", &counts.dropped)] {
                let count = ConstCounter::new(count.load(Ordering::Relaxed));
                count.encode(family.encode_family(&[("arn", pattern.as_str()), ("outcome", outcome)])?)?;
            }
        }
        let help = "Attempts to deliver records of pools' logs that failed and were made again";
        let mut family = encoder.encode_descriptor("log_retries", help, None, MetricType::Counter)?;
        for (pattern, Queue { counts, .. }) in self.0.iter() {
            let count = ConstCounter::new(counts.retried.load(Ordering::Relaxed));
            count.encode(family.encode_family(&[("arn", pattern.as_str())])?)?;
        }
        let help = "Records of pools' logs that wait to be delivered";
        let mut family = encoder.encode_descriptor("log_records_waiting", help, None, MetricType::Gauge)?;
        for (pattern, queue) in self.0.iter() {
            let waiting = ConstGauge::new(i64::try_from(queue.waiting()).unwrap_or(i64::MAX));
            waiting.encode(family.encode_family(&[("arn", pattern.as_str())])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
