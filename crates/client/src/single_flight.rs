//! One piece of work for all who wait for it: a renewal, a sign-in, a fetch of keys.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_async::future::timeout::Timeout;
use aws_smithy_async::rt::sleep::{AsyncSleep as _, SharedAsyncSleep};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::JoinError;

use crate::error::{Error, Result, TransportError};

/// What became of a task; the error is its runtime's.
type Flight<T> = Shared<BoxFuture<'static, Result<Result<T>, Arc<JoinError>>>>;

/// How long shared work may take: one that never ends must not block all who come later.
#[derive(Clone)]
pub(crate) struct Limit {
    time: Duration,
    /// `None` where the SDK has none either.
    sleep: Option<SharedAsyncSleep>,
}

impl Limit {
    pub(crate) fn new(time: Duration, sleep: Option<SharedAsyncSleep>) -> Self {
        Self { time, sleep }
    }

    /// The work, or an error when its time is over.
    async fn hold<F: Future>(&self, work: F) -> Result<F::Output> {
        let Some(sleep) = &self.sleep else { return Ok(work.await) };
        let held = Timeout::new(work, sleep.sleep(self.time)).await;
        held.map_err(|error| Error::Transport(TransportError::ended(error)))
    }
}

/// Work that is done once at a time.
///
/// It runs as a task of its own: a caller who is cancelled does not stop it, so that an answer which spends a refresh
/// token is never lost. All who came while it ran get what came of it, be it an error.
#[derive(Clone)]
pub(crate) struct SingleFlight<T> {
    slot: Arc<Mutex<Slot<T>>>,
    limit: Limit,
}

struct Slot<T> {
    /// How many flights have begun: tells one from the next.
    begun: u64,
    flight: Option<Flight<T>>,
}

impl<T> fmt::Debug for SingleFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleFlight")
    }
}

impl<T> SingleFlight<T> {
    pub(crate) fn new(limit: Limit) -> Self {
        Self { slot: Arc::new(Mutex::new(Slot { begun: 0, flight: None })), limit }
    }

    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for the next flight, if none has begun since this one.
    fn clear(&self, number: u64) {
        let mut slot = self.lock();
        if slot.begun == number {
            slot.flight = None;
        }
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Waits for the work that is under way, or begins it; not if `done` has its result already.
    pub(crate) async fn run<F>(
        &self,
        done: impl Fn() -> Option<Result<T>> + Send,
        work: impl Fn() -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let mut again = true;
        loop {
            let (number, flight) = match self.join(&done, &work) {
                Ok(joined) => joined,
                Err(result) => return result,
            };
            // The task keeps the limit by itself; a caller keeps it too, for the task's runtime may stand still.
            let held = self.limit.hold(flight).await;
            self.clear(number);
            match held? {
                Ok(result) => return result,
                // The runtime of the task has ended: this caller's may go on.
                Err(error) if again && error.is_cancelled() => again = false,
                Err(error) => return Err(Error::Transport(TransportError::ended(error))),
            }
        }
    }

    /// The flight that is under way or begins now, and its number; or the result that is there.
    fn join<F>(
        &self,
        done: impl Fn() -> Option<Result<T>>,
        work: impl Fn() -> F,
    ) -> Result<(u64, Flight<T>), Result<T>>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let mut slot = self.lock();
        if let Some(flight) = &slot.flight {
            return Ok((slot.begun, flight.clone()));
        }
        // Asked under the lock: work that has just ended is seen here.
        if let Some(result) = done() {
            return Err(result);
        }
        slot.begun += 1;
        let flight = self.flight(slot.begun, work());
        slot.flight = Some(flight.clone());
        Ok((slot.begun, flight))
    }

    /// A flight whose task begins when it is first waited for: not under the lock, which a task that a dying runtime
    /// drops at once takes, too.
    fn flight(&self, number: u64, work: impl Future<Output = Result<T>> + Send + 'static) -> Flight<T> {
        let (landing, limit) = (Landing(self.clone(), number), self.limit.clone());
        let task = async move {
            let _landing = landing;
            limit.hold(work).await?
        };
        async move { tokio::spawn(task).await.map_err(Arc::new) }.boxed().shared()
    }
}

/// Clears the slot when the work ends, also when the runtime drops it.
struct Landing<T>(SingleFlight<T>, u64);

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        self.0.clear(self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
    use tokio::sync::Semaphore;

    use super::*;

    /// Sleep that ends when the test says so.
    #[derive(Clone, Debug)]
    struct Dream(Arc<Semaphore>);

    impl AsyncSleep for Dream {
        fn sleep(&self, _: Duration) -> Sleep {
            let gate = self.0.clone();
            Sleep::new(async move { gate.acquire().await.unwrap().forget() })
        }
    }

    /// Work that waits until it is let go, and counts itself.
    #[derive(Clone)]
    struct Work {
        begun: Arc<AtomicUsize>,
        gate: Arc<Semaphore>,
        /// Lets the limits of work and callers pass.
        late: Arc<Semaphore>,
        flight: SingleFlight<usize>,
    }

    impl Work {
        fn new() -> Self {
            let (gate, late) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
            let limit = Limit::new(Duration::from_secs(60), Some(SharedAsyncSleep::new(Dream(late.clone()))));
            Self { begun: Arc::default(), gate, late, flight: SingleFlight::new(limit) }
        }

        async fn run(&self) -> Result<usize> {
            let work = || {
                let Self { begun, gate, .. } = self.clone();
                async move {
                    let number = begun.fetch_add(1, Ordering::Relaxed);
                    gate.acquire().await.unwrap().forget();
                    if number == 0 { Err(Error::SignedOut) } else { Ok(number) }
                }
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

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn a_runtime_that_ends_does_not_block_the_next() {
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

    /// A caller who waits when the task's runtime ends does the work on its own.
    #[test]
    fn a_runtime_that_ends_in_the_middle_is_replaced_by_the_callers() {
        let work = Work::new();
        let (first, second) = (runtime(), runtime());
        first.block_on(async {
            work.spawn();
            work.begun(1).await;
        });
        let mut caller = Box::pin(work.run());
        second.block_on(async { assert!((&mut caller).now_or_never().is_none()) });
        drop(first);
        work.gate.add_permits(1);
        assert_eq!(second.block_on(caller).unwrap(), 1);
        assert_eq!(work.begun.load(Ordering::Relaxed), 2);
    }

    /// Work that never ends is given up, and the next caller begins anew.
    #[tokio::test]
    async fn work_that_never_ends_blocks_nobody() {
        let work = Work::new();
        let callers: Vec<_> = (0..3).map(|_| work.spawn()).collect();
        work.begun(1).await;
        work.late.add_permits(4);
        for caller in callers {
            let late = caller.await.unwrap().unwrap_err();
            assert!(matches!(late, Error::Transport(_)) && late.is_retryable(), "{late}");
        }
        work.late.forget_permits(4);
        work.gate.add_permits(1);
        assert_eq!(work.run().await.unwrap(), 1);
    }

    /// The task's runtime may stand still without having ended: nobody drives it any more.
    #[test]
    fn a_runtime_that_stands_still_blocks_nobody() {
        let work = Work::new();
        let (first, second) = (runtime(), runtime());
        first.block_on(async {
            work.spawn();
            work.begun(1).await;
        });
        // Two for the first runtime, which do not wake it.
        work.late.add_permits(3);
        assert!(second.block_on(work.run()).is_err());
        work.gate.add_permits(2); // one for the work that stands still
        assert_eq!(second.block_on(work.run()).unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_done_is_not_done_again() {
        let flight = Work::new().flight;
        let never = || async { Err(Error::SignedOut) };
        assert_eq!(flight.run(|| Some(Ok(7)), never).await.unwrap(), 7);
    }
}
