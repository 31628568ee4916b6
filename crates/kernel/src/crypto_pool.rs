//! Where expensive cryptography runs: beside the async threads, and only so much at once.
//!
//! A thread that has done a job takes the next one itself. Were each job handed to the threads by the request that
//! waits for it, every job would put a thread to sleep and wake another.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use poolhouse_wire::ErrorCode;
use tokio::sync::{Semaphore, oneshot};

use crate::Fault;

/// How many jobs may wait for each one that runs. An SRP proof takes about a millisecond, so the last in
/// the line waits about as long as a client's patience for a sign-in.
const WAITING_FOR_EACH: usize = 2000;

/// Runs jobs on blocking threads, as many at once as there are processors.
#[derive(Debug)]
pub struct CryptoPool {
    line: Semaphore,
    jobs: Arc<Jobs>,
}

/// Does a job, unless its caller gave up.
type Job = Box<dyn FnOnce(&AtomicU64) + Send>;

struct Jobs {
    queue: Mutex<Queue>,
    /// How many threads may work at them.
    most: usize,
    /// How many have begun so far.
    begun: AtomicU64,
    /// How many found the line full.
    refused: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    /// How many threads work at them.
    threads: usize,
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
        let (begun, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        let jobs = Jobs { queue: Mutex::default(), most: running, begun, refused };
        Self { line: Semaphore::new(line), jobs: Arc::new(jobs) }
    }

    /// How many jobs have begun so far.
    pub fn begun(&self) -> u64 {
        self.jobs.begun.load(Ordering::Relaxed)
    }

    /// How many jobs were refused so far, because the line was full.
    pub fn refused(&self) -> u64 {
        self.jobs.refused.load(Ordering::Relaxed)
    }

    /// How many jobs wait for a thread.
    pub fn waiting(&self) -> usize {
        self.jobs.queue().waiting.len()
    }

    /// Runs `job` and returns its result.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the line is full.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let Ok(_place) = self.line.try_acquire() else {
            self.jobs.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"));
        };
        let (sender, receiver) = oneshot::channel();
        let job = move |begun: &AtomicU64| {
            if !sender.is_closed() {
                begun.fetch_add(1, Ordering::Relaxed);
                // A caller that gave up meanwhile misses nothing.
                let _ = sender.send(job());
            }
        };
        if self.jobs.put(Box::new(job)) {
            let jobs = Arc::clone(&self.jobs);
            tokio::task::spawn_blocking(move || jobs.work());
        }
        receiver.await.map_err(|_| Fault::internal("a job of cryptography panicked"))
    }
}

impl Jobs {
    /// Puts a job into the queue, and says whether it takes one more thread.
    fn put(&self, job: Job) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(job);
        let takes_another = queue.threads < self.most;
        queue.threads += usize::from(takes_another);
        takes_another
    }

    /// The next job; a thread that finds none is done.
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        let job = queue.waiting.pop_front();
        queue.threads -= usize::from(job.is_none());
        job
    }

    /// The work of one thread.
    fn work(&self) {
        while let Some(job) = self.next() {
            // What a job that panics leaves behind is dropped with it; who waits for it is told by that.
            let _ = catch_unwind(AssertUnwindSafe(|| job(&self.begun)));
        }
    }

    /// Whole, whatever happened: nothing in between can panic.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("most", &self.most).finish_non_exhaustive()
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
        assert_eq!((pool.begun(), pool.refused()), (2, 1), "what was refused did not begin");
    }

    #[tokio::test]
    async fn jobs_run_as_many_at_once_as_they_may_and_in_their_order() {
        let pool = CryptoPool::bounded(2, 5);
        let (tell, told) = mpsc::channel();
        let (releases, mut jobs): (Vec<_>, Vec<_>) = (0..4)
            .map(|number| {
                let (release, released) = mpsc::channel::<()>();
                let tell = tell.clone();
                let job = move || {
                    tell.send(number).unwrap();
                    released.recv().is_ok()
                };
                (release, Box::pin(pool.run(job)))
            })
            .unzip();
        for job in &mut jobs {
            assert!(poll_fn(|cx| Poll::Ready(job.as_mut().poll(cx).is_pending())).await);
        }
        // The third is given up before it began.
        drop(jobs.remove(2));
        let mut first: Vec<i32> = told.iter().take(2).collect();
        first.sort_unstable();
        assert_eq!(first, [0, 1]);
        assert_eq!((told.try_recv().is_err(), pool.begun()), (true, 2));
        for release in releases {
            // Nobody listens in place of the one that was given up.
            let _ = release.send(());
        }
        for job in jobs {
            assert!(job.await.unwrap());
        }
        assert_eq!((told.recv().unwrap(), told.try_recv().is_err(), pool.begun()), (3, true, 3));
    }

    #[tokio::test]
    async fn a_job_that_panics_takes_no_thread_with_it() {
        let pool = CryptoPool::bounded(1, 1);
        for _ in 0..3 {
            let fault = pool.run::<()>(|| panic!("on purpose")).await.unwrap_err();
            assert_eq!(fault.code(), ErrorCode::InternalErrorException);
        }
        assert_eq!(pool.run(|| 7).await.unwrap(), 7);
    }
}
