//! Work beside the requests: removing what has expired.

use std::time::Duration;

use poolhouse_core::{Engine, maintenance};

const INTERVAL: Duration = Duration::from_secs(60);

/// Removes expired rows every minute, for as long as the process lives.
pub(crate) async fn run(engine: Engine) {
    loop {
        match maintenance::purge(&engine).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "removed expired rows"),
            Err(fault) => {
                tracing::warn!(
                    cause = fault.cause().map(tracing::field::display),
                    "cannot remove expired rows; trying again in a minute"
                );
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
