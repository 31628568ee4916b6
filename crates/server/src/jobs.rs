//! Work beside the requests: removing what has expired, and telling other servers that this one is there.

use std::time::Duration;

use poolhouse_core::{Engine, maintenance, provisioned};

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
