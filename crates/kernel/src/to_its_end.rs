//! Work that goes on when nobody waits for it any more.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// Work that was begun, whether or not somebody still waits for it.
#[derive(Debug, Default)]
pub struct Begun {
    unwaited: TaskTracker,
}

impl Begun {
    /// Does `work` where its outcome is waited for. When the wait ends early, what is left of the work is done in a task
    /// of its own: a task for each request from the start would wake another thread for most of them.
    pub fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Waited<'_, T> {
        Waited { work: Some(Box::pin(work)), begun: self }
    }

    /// Waits until all of it is done that nobody waits for.
    pub async fn done(&self) {
        self.unwaited.close();
        self.unwaited.wait().await;
    }
}

/// `work`, with a panic of it as an outcome.
pub fn caught<T>(work: impl Future<Output = T> + Send) -> impl Future<Output = Result<T, Panicked>> + Send {
    // Safe to go on after: work that panicked is dropped. On the heap, so that it is moved there once.
    AssertUnwindSafe(Box::pin(work))
        .catch_unwind()
        .map(|done| done.map_err(|payload| Panicked::with(&*payload)))
}

/// The work panicked.
#[derive(Debug)]
pub struct Panicked(String);

impl Panicked {
    fn with(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        Self(text.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text").to_owned())
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request panicked: {}", self.0)
    }
}

impl std::error::Error for Panicked {}

/// Work that is waited for; nothing once it is over.
pub struct Waited<'a, T: Send + 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    begun: &'a Begun,
}

impl<T: Send + 'static> Future for Waited<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Waited<'_, T> {
    fn drop(&mut self) {
        // Without a runtime the process ends.
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            self.begun.unwaited.spawn_on(work, &runtime);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_is_done_where_it_is_waited_for() {
        let here = tokio::task::try_id();
        assert_eq!(Begun::default().to_its_end(async { tokio::task::try_id() }).await, here);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_goes_on() {
        let begun = Begun::default();
        let (go_on, told) = oneshot::channel();
        let (tell, done) = oneshot::channel();
        let mut work = Box::pin(begun.to_its_end(async move {
            tell.send(told.await.unwrap()).unwrap();
        }));
        assert!(poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_pending())).await);
        drop(work);
        let mut all_done = Box::pin(begun.done());
        assert!(poll_fn(|cx| Poll::Ready(all_done.as_mut().poll(cx).is_pending())).await);
        go_on.send(7).unwrap();
        all_done.await;
        assert_eq!(done.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_ends_the_work_alone() {
        let (held, dropped) = oneshot::channel::<()>();
        let panicked = caught(async move {
            let _held = held;
            panic!("{}", "on purpose");
        });
        let panicked: Result<(), Panicked> = panicked.await;
        assert_eq!(panicked.unwrap_err().to_string(), "the request panicked: on purpose");
        assert!(dropped.await.is_err());
        // Without a runtime there is nowhere to go on.
        std::thread::spawn(|| drop(Begun::default().to_its_end(pending::<()>()))).join().unwrap();
    }
}
