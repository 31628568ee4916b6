//! Taking pools back to an earlier moment: whichever node takes a recovery.

use std::time::Duration;

use poolhouse_core::{Engine, point_in_time};
use poolhouse_kernel::Fault;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often a node looks for a recovery.
const INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// Carries recoveries out until `stop` changes; one that is under way then is left to another node, or the next start.
pub(crate) async fn run(engine: Engine, mut stop: watch::Receiver<bool>) {
    loop {
        let wait = match run_one(&engine, &stop).await {
            Ok(()) => INTERVAL,
            Err(fault) => {
                tracing::warn!(
                    cause = fault.cause().map(tracing::field::display),
                    "a recovery of a pool was interrupted; it is tried again in a while"
                );
                PAUSE
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Carries a recovery out, if there is one, as far as it goes.
async fn run_one(engine: &Engine, stop: &watch::Receiver<bool>) -> Result<(), Fault> {
    let mut running = point_in_time::take(engine).await?;
    while let Some(recovery) = running {
        if *stop.borrow() {
            return recovery.release(engine).await;
        }
        running = recovery.step(engine).await?;
    }
    Ok(())
}
