//! One piece of work for all who wait for it: a renewal, a sign-in, a fetch of keys.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use crate::error::{Error, Result, TransportError};

type Flight<T> = Shared<BoxFuture<'static, Result<T>>>;

/// Work that is done once at a time.
///
/// It runs as a task of its own: a caller who is cancelled does not stop it, so that an answer which spends a refresh
/// token is never lost. All who came while it ran get what came of it, be it an error.
#[derive(Clone)]
pub(crate) struct SingleFlight<T>(Arc<Mutex<Option<Flight<T>>>>);

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> fmt::Debug for SingleFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleFlight")
    }
}

impl<T> SingleFlight<T> {
    fn lock(&self) -> MutexGuard<'_, Option<Flight<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Waits for the work that is under way, or begins it; not if `done` has its result already.
    pub(crate) async fn run<F>(
        &self,
        done: impl FnOnce() -> Option<Result<T>> + Send,
        work: impl FnOnce() -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let flight = {
            let mut slot = self.lock();
            match slot.as_ref() {
                Some(flight) => flight.clone(),
                // Asked under the lock: work that has just ended is seen here.
                None => match done() {
                    Some(result) => return result,
                    None => slot.insert(self.begin(work())).clone(),
                },
            }
        };
        flight.await
    }

    fn begin(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Flight<T> {
        let landing = Landing(self.clone());
        let task = tokio::spawn(async move {
            let _landing = landing;
            work.await
        });
        let ended = |error| Err(Error::Transport(TransportError::ended(error)));
        task.map(move |joined| joined.unwrap_or_else(ended)).boxed().shared()
    }
}

/// Clears the slot when the work ends, also when the runtime drops it.
struct Landing<T>(SingleFlight<T>);

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        self.0.lock().take();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Work that waits until it is let go, and counts itself.
    #[derive(Clone)]
    struct Work {
        begun: Arc<AtomicUsize>,
        gate: Arc<tokio::sync::Semaphore>,
        flight: SingleFlight<usize>,
    }

    impl Work {
        fn new() -> Self {
            let gate = Arc::new(tokio::sync::Semaphore::new(0));
            Self { begun: Arc::default(), gate, flight: SingleFlight::default() }
        }

        async fn run(&self) -> Result<usize> {
            let Self { begun, gate, .. } = self.clone();
            let work = || async move {
                let number = begun.fetch_add(1, Ordering::Relaxed);
                gate.acquire().await.unwrap().forget();
                if number == 0 { Err(Error::SignedOut) } else { Ok(number) }
            };
            self.flight.run(|| None, work).await
        }

        fn spawn(&self) -> tokio::task::JoinHandle<Result<usize>> {
            let work = self.clone();
            tokio::spawn(async move { work.run().await })
        }

        /// Waits until as many as this have begun.
        async fn begun(&self, count: usize) {
            while self.begun.load(Ordering::Relaxed) < count {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn all_who_wait_share_one_result_and_errors_too() {
        let work = Work::new();
        let callers: Vec<_> = (0..10).map(|_| work.spawn()).collect();
        work.begun(1).await;
        work.gate.add_permits(1);
        for caller in callers {
            assert!(matches!(caller.await.unwrap(), Err(Error::SignedOut)));
        }
        // Whoever comes later begins anew.
        work.gate.add_permits(1);
        assert_eq!(work.run().await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_cancelled_caller_does_not_stop_the_work() {
        let work = Work::new();
        let first = work.spawn();
        work.begun(1).await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let second = work.spawn();
        work.gate.add_permits(1);
        assert!(matches!(second.await.unwrap(), Err(Error::SignedOut)));
        assert_eq!(work.begun.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_runtime_that_ends_does_not_block_the_next() {
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let work = Work::new();
        let first = runtime();
        first.block_on(async {
            let caller = work.spawn();
            work.begun(1).await;
            caller.abort();
        });
        drop(first);
        work.gate.add_permits(1);
        assert_eq!(runtime().block_on(work.run()).unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_done_is_not_done_again() {
        let flight = SingleFlight::default();
        let never = || async { Err(Error::SignedOut) };
        assert_eq!(flight.run(|| Some(Ok(7)), never).await.unwrap(), 7);
    }
}
