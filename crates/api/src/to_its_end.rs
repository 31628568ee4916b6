//! Work that goes on when nobody waits for it any more.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Does `work` where its outcome is waited for. When the wait ends early, what is left of the work is done in a task of
/// its own: a task for each request from the start would wake another thread for most of them.
///
/// A panic of the work is its outcome.
pub(crate) fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Waited<T> {
    Waited(Some(Box::pin(work)))
}

/// The work panicked.
#[derive(Debug)]
pub(crate) struct Panicked(String);

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
pub(crate) struct Waited<T: Send + 'static>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T: Send + 'static> Future for Waited<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        // Safe to go on after: work that panicked is not polled again, and dropped.
        let outcome = match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(Panicked::with(&*payload)),
        };
        self.0 = None;
        Poll::Ready(outcome)
    }
}

impl<T: Send + 'static> Drop for Waited<T> {
    fn drop(&mut self) {
        // Without a runtime the process ends.
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
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
        assert_eq!(to_its_end(async { tokio::task::try_id() }).await.unwrap(), here);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_goes_on() {
        let (go_on, told) = oneshot::channel();
        let (tell, done) = oneshot::channel();
        let mut work = Box::pin(to_its_end(async move {
            tell.send(told.await.unwrap()).unwrap();
        }));
        assert!(poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_pending())).await);
        drop(work);
        go_on.send(7).unwrap();
        assert_eq!(done.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_ends_the_work_alone() {
        let (held, dropped) = oneshot::channel::<()>();
        let panicked = to_its_end(async move {
            let _held = held;
            panic!("{}", "on purpose");
        });
        let panicked: Result<(), Panicked> = panicked.await;
        assert_eq!(panicked.unwrap_err().to_string(), "the request panicked: on purpose");
        assert!(dropped.await.is_err());
        // Without a runtime there is nowhere to go on.
        std::thread::spawn(|| drop(to_its_end(pending::<()>()))).join().unwrap();
    }
}
