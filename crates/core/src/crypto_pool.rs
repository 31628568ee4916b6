//! Where expensive cryptography runs: beside the async threads, and only so much at once.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use poolhouse_wire::ErrorCode;
use tokio::sync::Semaphore;

use crate::Fault;

/// How many jobs may wait for each one that runs. An SRP proof takes about a millisecond, so the last in
/// the line waits about as long as a client's patience for a sign-in.
const WAITING_FOR_EACH: usize = 2000;

/// Runs jobs on blocking threads, as many at once as there are processors.
#[derive(Debug)]
pub(crate) struct CryptoPool {
    running: Arc<Semaphore>,
    waiting: Semaphore,
}

impl CryptoPool {
    pub(crate) fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            running: Arc::new(Semaphore::new(processors)),
            waiting: Semaphore::new(processors * WAITING_FOR_EACH),
        }
    }

    /// Runs `job` and returns its result.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the line is full.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let _place = self
            .waiting
            .try_acquire()
            .map_err(|_| Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"))?;
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(Fault::internal)?;
        tokio::task::spawn_blocking(move || {
            // The permit goes with the job: a caller that gave up must not let one more job start.
            let _permit = permit;
            job()
        })
        .await
        .map_err(Fault::internal)
    }
}
