//! Where expensive cryptography runs: beside the async threads, and only so much at once.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use poolhouse_wire::ErrorCode;
use tokio::sync::Semaphore;

use crate::Fault;

/// How many jobs may wait for each one that runs. An SRP proof takes about a millisecond, so the last in
/// the line waits about as long as a client's patience for a sign-in.
const WAITING_FOR_EACH: usize = 2000;

/// Runs jobs on blocking threads, as many at once as there are processors.
#[derive(Debug)]
pub struct CryptoPool {
    running: Arc<Semaphore>,
    line: Semaphore,
    begun: AtomicU64,
}

/// A pool for this machine.
impl Default for CryptoPool {
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::bounded(processors, processors * WAITING_FOR_EACH)
    }
}

impl CryptoPool {
    /// Runs at most `running` jobs at once and has at most `line` of them, the running ones included.
    fn bounded(running: usize, line: usize) -> Self {
        let running = Arc::new(Semaphore::new(running));
        Self { running, line: Semaphore::new(line), begun: AtomicU64::new(0) }
    }

    /// How many jobs have begun so far.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Runs `job` and returns its result.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the line is full.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let _place = self
            .line
            .try_acquire()
            .map_err(|_| Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"))?;
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(Fault::internal)?;
        self.begun.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || {
            // The permit goes with the job: a caller that gave up must not let one more job start.
            let _permit = permit;
            job()
        })
        .await
        .map_err(Fault::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_job_that_finds_the_line_full_is_refused() {
        let pool = CryptoPool::bounded(1, 1);
        let (release, released) = mpsc::channel();
        let mut first = pin!(pool.run(move || released.recv()));
        // Begun, not waited for.
        assert!(poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await);
        let refused = pool.run(|| ()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::TooManyRequestsException);
        assert_eq!(refused.message(), Some("Rate exceeded"));
        release.send(7).unwrap();
        assert_eq!(first.await.unwrap(), Ok(7));
        pool.run(|| ()).await.unwrap();
        assert_eq!(pool.begun(), 2, "what was refused did not begin");
    }
}
