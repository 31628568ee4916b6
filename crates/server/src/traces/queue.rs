//! Spans that wait for the collector. Who ends one never waits: when the queue is full, it is dropped and counted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::exporter::Exporter;

/// How many spans wait at most: some hundred bytes each.
const QUEUE: usize = 8192;

/// How many are sent at once.
const AT_ONCE: usize = 512;

/// For how long more are waited for.
const MORE: Duration = Duration::from_secs(1);

/// How long the queue may take to run empty when the server stops.
const END: Duration = Duration::from_secs(5);

/// What became of spans.
#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    /// They found no room.
    dropped: AtomicU64,
    /// The collector did not take them.
    refused: AtomicU64,
}

/// Where spans go when they end.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    counts: Arc<Counts>,
}

/// What became of spans, for the metrics.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures(Arc<Counts>);

/// Tells the sending to end.
pub(super) struct Stop(watch::Sender<bool>);

/// Begins to send what comes into the queue.
pub(super) fn start(exporter: Exporter) -> (Queue, JoinHandle<()>, Stop, Figures) {
    let (counts, (stop, stopped)) = (Arc::<Counts>::default(), watch::channel(false));
    let (spans, waiting) = mpsc::channel(QUEUE);
    let sending = tokio::spawn(send(exporter, waiting, Arc::clone(&counts), stopped));
    let figures = Figures(Arc::clone(&counts));
    (Queue { spans, counts }, sending, Stop(stop), figures)
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Sends spans until it is to stop and there are none left.
async fn send(
    exporter: Exporter,
    mut spans: mpsc::Receiver<SpanData>,
    counts: Arc<Counts>,
    mut stop: watch::Receiver<bool>,
) {
    let mut reason = None;
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            biased;
            count = spans.recv_many(&mut batch, AT_ONCE) => if count == 0 { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            biased;
            () = fill(&mut spans, &mut batch) => {}
            () = sleep(MORE) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
        let number = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let sent = exporter.export(batch).await;
        let counter = if sent.is_ok() { &counts.sent } else { &counts.refused };
        counter.fetch_add(number, Ordering::Relaxed);
        tell(&mut reason, sent.err());
    }
}

/// Takes what comes, until that is as many as are sent at once.
async fn fill(spans: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>) {
    while batch.len() < AT_ONCE {
        let room = AT_ONCE - batch.len();
        if spans.recv_many(batch, room).await == 0 {
            return;
        }
    }
}

/// Says when the collector takes nothing, and when it does again: not each time.
fn tell(before: &mut Option<String>, now: Option<String>) {
    match (&before, &now) {
        (Some(_), None) => tracing::info!("traces are taken again"),
        (before, Some(reason)) if before.as_ref() != Some(reason) => {
            tracing::warn!(reason, "traces are not taken, and lost");
        }
        _ => {}
    }
    *before = now;
}

impl Stop {
    /// Waits for the end, but not for long.
    pub(super) async fn end(self, sending: JoinHandle<()>) {
        let _ = self.0.send(true);
        if timeout(END, sending).await.is_err() {
            tracing::warn!("some traces were not sent before the end");
        }
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Counts { sent, dropped, refused } = &*self.0;
        let help = "Spans of traces by what became of them: sent, dropped for want of room, refused by the collector";
        let mut family = encoder.encode_descriptor("trace_spans", help, None, MetricType::Counter)?;
        for (outcome, count) in [("sent", sent), ("dropped", dropped), ("refused", refused)] {
            let count = ConstCounter::new(count.load(Ordering::Relaxed));
            count.encode(family.encode_family(&[("outcome", outcome)])?)?;
        }
        Ok(())
    }
}
