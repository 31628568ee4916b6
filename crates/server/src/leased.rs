//! Does work that one node at a time has: whichever takes it.

use std::time::Duration;

use poolhouse_core::Engine;
use poolhouse_core::leased::Work;
use poolhouse_kernel::Fault;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often a node looks for work.
const INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// Does such work until `stop` changes; what is under way then is left to another node, or the next start.
pub(crate) async fn run<W: Work>(engine: Engine, mut stop: watch::Receiver<bool>) {
    loop {
        let wait = match run_one::<W>(&engine, &stop).await {
            Ok(()) => INTERVAL,
            Err(fault) => {
                tracing::warn!(cause = fault.cause().map(tracing::field::display), "{}", W::INTERRUPTED);
                PAUSE
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Takes work, if there is some, as far as it goes.
async fn run_one<W: Work>(engine: &Engine, stop: &watch::Receiver<bool>) -> Result<(), Fault> {
    let mut running = W::take(engine).await?;
    while let Some(work) = running {
        if *stop.borrow() {
            return work.release(engine).await;
        }
        running = work.step(engine).await?;
    }
    Ok(())
}
