//! Importing users: one job at a time, whichever node takes it.

use std::time::Duration;

use poolhouse_core::{Engine, import};
use poolhouse_kernel::Fault;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often a node looks for a job.
const INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs import jobs until `stop` changes; one that is under way then is left to another node, or the next start.
pub(crate) async fn run(engine: Engine, mut stop: watch::Receiver<bool>) {
    loop {
        let wait = match run_one(&engine, &stop).await {
            Ok(()) => INTERVAL,
            Err(fault) => {
                tracing::warn!(
                    cause = fault.cause().map(tracing::field::display),
                    "an import of users was interrupted; it goes on when the database does"
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

/// Runs a job, if there is one, as far as it goes.
async fn run_one(engine: &Engine, stop: &watch::Receiver<bool>) -> Result<(), Fault> {
    let mut running = import::take(engine).await?;
    while let Some(job) = running {
        if *stop.borrow() {
            return job.release(engine).await;
        }
        running = job.step(engine).await?;
    }
    Ok(())
}
