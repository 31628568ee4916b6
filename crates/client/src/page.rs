//! Lists that come in pages, as streams.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::future::BoxFuture;

use crate::error::Result;

/// One page of a list.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// use poolhouse_client::{Group, Page};
///
/// let page: Option<Page<Group>> = admin.list_groups().next_page().await.transpose()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on it; may be nothing although more follow.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last.
    pub next_token: Option<String>,
}

type Fetch<T> = Box<dyn Fn(Option<i32>, Option<String>) -> BoxFuture<'static, Result<Page<T>>> + Send>;

/// Where a list stands.
enum At<T> {
    /// Before the page at this token.
    Page(Option<String>),
    /// In the call for a page, with its token. A caller who stops waiting does not lose it.
    Call(Option<String>, BoxFuture<'static, Result<Page<T>>>),
    End,
}

/// A list that is fetched page by page, as far as it is asked for.
///
/// It is a [`Stream`] of items; [`next`](Listing::next), [`next_page`](Listing::next_page) and
/// [`all`](Listing::all) do without an import. It ends after an error.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// let mut groups = admin.list_groups();
/// while let Some(group) = groups.next().await {
///     println!("{}", group?.name);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is fetched before it is asked for"]
pub struct Listing<T> {
    fetch: Fetch<T>,
    page_size: Option<i32>,
    at: At<T>,
    ready: VecDeque<T>,
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl<T> Listing<T> {
    /// A list whose page of a size at a token `fetch` brings.
    pub(crate) fn new<F, Fut>(fetch: F) -> Self
    where
        F: Fn(Option<i32>, Option<String>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        let fetch: Fetch<T> = Box::new(move |size, token| Box::pin(fetch(size, token)));
        Self { fetch, page_size: None, at: At::Page(None), ready: VecDeque::new() }
    }

    /// How many a page brings, 1 to 60; as many as the service likes by default.
    pub fn page_size(mut self, size: u32) -> Self {
        // What is too much is refused by the service.
        self.page_size = Some(i32::try_from(size).unwrap_or(i32::MAX));
        self
    }

    /// Begins at a page's token.
    pub fn start_at(mut self, token: impl Into<String>) -> Self {
        self.at = At::Page(Some(token.into()));
        self
    }

    /// The next item; `None` at the end.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// if let Some(first) = admin.list_groups().next().await.transpose()? {
    ///     println!("{}", first.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The next page, with the token to continue from elsewhere; items that were fetched and not taken are lost.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// if let Some(page) = admin.list_groups().page_size(20).next_page().await.transpose()? {
    ///     println!("{} of them, the next are at {:?}", page.items.len(), page.next_token);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn next_page(&mut self) -> Option<Result<Page<T>>> {
        self.ready.clear();
        poll_fn(|cx| self.poll_page(cx)).await
    }

    /// Every item that is left.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// println!("{} groups", admin.list_groups().all().await?.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The first error of a page.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut all = Vec::from(std::mem::take(&mut self.ready));
        while let Some(page) = self.next_page().await {
            all.extend(page?.items);
        }
        Ok(all)
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page<T>>>> {
        loop {
            match &mut self.at {
                At::End => return Poll::Ready(None),
                At::Page(token) => {
                    let call = (self.fetch)(self.page_size, token.clone());
                    self.at = At::Call(token.take(), call);
                }
                At::Call(token, call) => {
                    let page = ready!(call.as_mut().poll(cx));
                    self.at = match &page {
                        // A token that leads to itself would never end.
                        Ok(Page { next_token: Some(next), .. }) if token.as_ref() != Some(next) => {
                            At::Page(Some(next.clone()))
                        }
                        _ => At::End,
                    };
                    return Poll::Ready(Some(page));
                }
            }
        }
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.poll_page(cx)) {
                Some(Ok(page)) => self.ready.extend(page.items),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

// Nothing in it is pinned: the call is boxed.
impl<T> Unpin for Listing<T> {}

impl<T> Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{FutureExt as _, StreamExt as _};

    use super::*;
    use crate::error::Error;

    /// Three pages, the middle one empty.
    fn numbers(token: Option<&str>) -> Page<u32> {
        let (items, next) = match token {
            None => (vec![1, 2], Some("b")),
            Some("b") => (vec![], Some("c")),
            _ => (vec![3], None),
        };
        Page { items, next_token: next.map(str::to_owned) }
    }

    /// The list, and how many calls were made.
    fn listing() -> (Listing<u32>, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let list = Listing::new(move |_, token| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                Ok(numbers(token.as_deref()))
            }
        });
        (list, calls)
    }

    #[tokio::test]
    async fn every_page_is_fetched_and_empty_ones_are_passed() {
        assert_eq!(listing().0.all().await.unwrap(), [1, 2, 3]);
        assert_eq!(listing().0.start_at("b").all().await.unwrap(), [3]);
        let items: Vec<_> = listing().0.map(Result::unwrap).collect().await;
        assert_eq!(items, [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_page_is_fetched_when_it_is_asked_for() {
        let (mut list, calls) = listing();
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        assert_eq!(list.next().await.unwrap().unwrap(), 1);
        assert_eq!(list.next().await.unwrap().unwrap(), 2);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_caller_who_stops_waiting_loses_nothing() {
        let (mut list, calls) = listing();
        assert!(list.next().now_or_never().is_none());
        assert_eq!(list.next().await.unwrap().unwrap(), 1);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_error_ends_the_list() {
        let mut list: Listing<u32> = Listing::new(|_, _| async { Err(Error::SignedOut) });
        assert!(list.next().await.unwrap().is_err());
        assert!(list.next().await.is_none());
        assert!(list.next_page().await.is_none());
    }

    #[tokio::test]
    async fn a_token_that_leads_to_itself_ends_the_list() {
        let again = |_, _| async { Ok(Page { items: vec![1], next_token: Some("same".to_owned()) }) };
        assert_eq!(Listing::new(again).all().await.unwrap(), [1, 1]);
    }

    #[tokio::test]
    async fn the_size_of_pages_is_asked_for() {
        let sizes = |size: Option<i32>, _| async move { Ok(Page { items: vec![size], next_token: None }) };
        assert_eq!(Listing::new(sizes).all().await.unwrap(), [None]);
        assert_eq!(Listing::new(sizes).page_size(7).all().await.unwrap(), [Some(7)]);
        assert_eq!(Listing::new(sizes).page_size(u32::MAX).all().await.unwrap(), [Some(i32::MAX)]);
    }
}
