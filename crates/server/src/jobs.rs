//! Work beside the requests: removing what has expired, and rotating published secrets.

use std::time::Duration;

use poolhouse_core::clients::rotation;
use poolhouse_core::{Engine, maintenance};
use poolhouse_kernel::Fault;

const INTERVAL: Duration = Duration::from_secs(60);

/// Does what is due every minute, for as long as the process lives.
pub(crate) async fn run(engine: Engine) {
    loop {
        tell("expired rows were removed", maintenance::purge(&engine).await);
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
