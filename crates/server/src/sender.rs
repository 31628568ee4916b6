//! Sending what is in the outbox: for each medium a few messages at a time.

use std::time::Duration;

use poolhouse_core::Engine;
use poolhouse_core::messages::outbox::{self, Taken};
use poolhouse_ports::Medium;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::metrics::{FAILED, MessageLabels, Metrics};

/// How many messages of a medium a node sends at once.
const AT_ONCE: usize = 8;

/// How often a node looks for messages that became due, or that another node left behind.
const INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// How often the outbox is measured.
const MEASURE: Duration = Duration::from_secs(5);

/// How long messages may take that are being sent when the server stops; then another node, or the next start, takes
/// them over when their lease ends.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the senders may take to end: those messages, and what they ask the database for before and after.
pub(crate) const END: Duration = Duration::from_secs(15);

/// Sends messages of one medium until `stop` changes; those that are written until then are still tried once.
pub(crate) async fn run(engine: Engine, metrics: Metrics, medium: Medium, mut stop: watch::Receiver<bool>) {
    let mut sending = JoinSet::new();
    let mut stopping = false;
    loop {
        let found = take(&engine, medium, AT_ONCE - sending.len()).await;
        let wait = if found.is_some() { INTERVAL } else { PAUSE };
        for message in found.into_iter().flatten() {
            sending.spawn(send(engine.clone(), metrics.clone(), medium, message));
        }
        if stopping {
            break;
        }
        tokio::select! {
            _ = sending.join_next(), if !sending.is_empty() => {}
            () = outbox::written(&engine, medium), if sending.len() < AT_ONCE => {}
            () = sleep(wait) => {}
            _ = stop.changed() => stopping = true,
        }
    }
    let rest = async { while sending.join_next().await.is_some() {} };
    if timeout(DRAIN, rest).await.is_err() {
        tracing::warn!("some messages were still being sent; they will be sent again");
    }
}

/// `None` when the database failed.
async fn take(engine: &Engine, medium: Medium, room: usize) -> Option<Vec<Taken>> {
    if room == 0 {
        return Some(Vec::new());
    }
    match outbox::take(engine, medium, u32::try_from(room).unwrap_or(1)).await {
        Ok(taken) => Some(taken),
        // Another node was quicker.
        Err(fault) if fault.is_retry() => Some(Vec::new()),
        Err(fault) => {
            tracing::warn!(
                cause = fault.cause().map(tracing::field::display),
                "cannot read the outbox; trying again"
            );
            None
        }
    }
}

async fn send(engine: Engine, metrics: Metrics, medium: Medium, message: Taken) {
    let medium = medium.as_str();
    let outcome = match message.send(&engine).await {
        Ok(outcome) => outcome.as_str(),
        Err(fault) => {
            tracing::warn!(
                cause = fault.cause().map(tracing::field::display),
                "a message from the outbox could not be dealt with; trying again"
            );
            FAILED
        }
    };
    metrics.messages.get_or_create(&MessageLabels { medium, outcome }).inc();
}

/// Measures the outbox, for as long as the process lives.
pub(crate) async fn measure(engine: Engine, metrics: Metrics) {
    loop {
        match outbox::measure(&engine).await {
            Ok(depth) => {
                metrics.outbox_messages.set(i64::from(depth.messages));
                metrics.outbox_oldest_seconds.set(depth.oldest_seconds);
            }
            Err(fault) => tracing::warn!(
                cause = fault.cause().map(tracing::field::display),
                "cannot measure the outbox"
            ),
        }
        sleep(MEASURE).await;
    }
}
