//! Work beside the requests: removing what has expired, rotating published secrets, and telling other servers that this one is
//! there.

use std::time::Duration;

use poolhouse_core::clients::rotation;
use poolhouse_core::{Engine, maintenance, provisioned};
use poolhouse_kernel::Fault;

use crate::metrics::Metrics;

/// How often expired rows are removed.
const INTERVAL: Duration = Duration::from_secs(60);

/// How often this node says that it is there.
const BEAT: Duration = Duration::from_secs(provisioned::BEAT);

/// Says that this node is there, for as long as the process lives.
pub(crate) async fn beat(engine: Engine) {
    loop {
        if let Err(fault) = provisioned::beat(&engine).await {
            tracing::warn!(
                cause = fault.cause().map(tracing::field::display),
                "cannot tell other servers that this one is there"
            );
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Does what is due every minute, for as long as the process lives.
pub(crate) async fn run(engine: Engine, metrics: Metrics) {
    loop {
        let purged = maintenance::purge(&engine).await;
        if purged.is_ok() {
            metrics.purged_at.set(engine.clock().outside().seconds());
        }
        tell("expired rows were removed", purged);
        tell("secrets of clients were rotated", rotation::rotate_due(&engine).await);
        tokio::time::sleep(INTERVAL).await;
    }
}

fn tell(work: &'static str, done: Result<u64, Fault>) {
    match done {
        Ok(0) => {}
        Ok(count) => tracing::debug!(count, "{work}"),
        Err(fault) => {
            let cause = fault.cause().map(tracing::field::display);
            tracing::warn!(cause, "not all {work}; trying again in a minute");
        }
    }
}
