//! Lists that come in pages, as streams.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use crate::error::{Error, Result};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on it; may be nothing although more follow.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last.
    pub next_token: Option<String>,
}

type Pages<T> = Pin<Box<dyn Stream<Item = Result<Page<T>>> + Send>>;

/// A list that is fetched page by page, as far as it is asked for.
///
/// It is a [`Stream`] of items; [`next`](Listing::next), [`next_page`](Listing::next_page) and
/// [`all`](Listing::all) do without an import. After an error it ends.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// let mut groups = admin.groups().send();
/// while let Some(group) = groups.next().await {
///     println!("{}", group?.name);
/// }
/// # Ok(()) }
/// ```
pub struct Listing<T> {
    pages: Pages<T>,
    ready: VecDeque<T>,
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Listing<T> {
    /// A list whose page at a token `fetch` brings, from `start` on.
    pub(crate) fn new<F, Fut>(start: Option<String>, fetch: F) -> Self
    where
        F: Fn(Option<String>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        /// Where the list stands.
        enum At {
            Page(Option<String>),
            End,
        }
        let pages = stream::unfold((At::Page(start), fetch), |(at, fetch)| async move {
            let At::Page(token) = at else { return None };
            let page = fetch(token.clone()).await;
            let next = match &page {
                // A token that leads to itself would never end.
                Ok(Page { next_token: Some(next), .. }) if token.as_ref() != Some(next) => {
                    At::Page(Some(next.clone()))
                }
                _ => At::End,
            };
            Some((page, (next, fetch)))
        });
        Self { pages: Box::pin(pages), ready: VecDeque::new() }
    }

    /// The next item; `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "the name that streams use")]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T>>> + Send + '_
    where
        T: Unpin,
    {
        StreamExt::next(self)
    }

    /// The next page, with the token to continue from elsewhere; items that were fetched and not taken are lost.
    pub async fn next_page(&mut self) -> Option<Result<Page<T>>> {
        self.ready.clear();
        self.pages.next().await
    }

    /// Every item that is left.
    ///
    /// # Errors
    /// The first error of a page.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut all = Vec::from(std::mem::take(&mut self.ready));
        while let Some(page) = self.pages.next().await {
            all.extend(page?.items);
        }
        Ok(all)
    }
}

impl<T: Unpin> Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match self.pages.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(page))) => self.ready.extend(page.items),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// A page size as the SDK takes it.
pub(crate) fn limit(size: Option<u32>) -> Result<Option<i32>> {
    let refused = Error::Configuration("a page size is at most 60");
    size.map(i32::try_from).transpose().map_err(|_| refused)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt as _;

    use super::*;

    /// Three pages, the middle one empty.
    fn numbers(token: Option<&str>) -> Page<u32> {
        let (items, next) = match token {
            None => (vec![1, 2], Some("b")),
            Some("b") => (vec![], Some("c")),
            _ => (vec![3], None),
        };
        Page { items, next_token: next.map(str::to_owned) }
    }

    fn listing(start: Option<&str>) -> Listing<u32> {
        Listing::new(start.map(str::to_owned), |token| async move { Ok(numbers(token.as_deref())) })
    }

    #[test]
    fn every_page_is_fetched_and_empty_ones_are_passed() {
        assert_eq!(listing(None).all().now_or_never().unwrap().unwrap(), [1, 2, 3]);
        assert_eq!(listing(Some("b")).all().now_or_never().unwrap().unwrap(), [3]);
        let items: Vec<_> = listing(None).map(Result::unwrap).collect().now_or_never().unwrap();
        assert_eq!(items, [1, 2, 3]);
    }

    #[test]
    fn a_page_is_fetched_when_it_is_asked_for() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        let mut listing = Listing::new(None, |token| async move {
            CALLS.fetch_add(1, Ordering::Relaxed);
            Ok(numbers(token.as_deref()))
        });
        assert_eq!(CALLS.load(Ordering::Relaxed), 0);
        assert_eq!(listing.next().now_or_never().unwrap().unwrap().unwrap(), 1);
        assert_eq!(listing.next().now_or_never().unwrap().unwrap().unwrap(), 2);
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_error_ends_the_list() {
        let mut listing: Listing<u32> = Listing::new(None, |_| async { Err(Error::SignedOut) });
        assert!(listing.next().now_or_never().unwrap().unwrap().is_err());
        assert!(listing.next().now_or_never().unwrap().is_none());
    }

    #[test]
    fn a_token_that_leads_to_itself_ends_the_list() {
        let again = |_| async { Ok(Page { items: vec![1], next_token: Some("same".to_owned()) }) };
        assert_eq!(Listing::new(None, again).all().now_or_never().unwrap().unwrap(), [1, 1]);
    }
}
