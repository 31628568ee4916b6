//! Documents of identity providers, such as their keys, kept in memory and fetched again when they are old or do not have what
//! is looked for.

use std::fmt;
use std::sync::{Arc, MutexGuard, PoisonError};

use poolhouse_kernel::Fault;
use poolhouse_kernel::cache::RecordCache;
use poolhouse_ports::{Clock, FetchError, Timestamp};
use tokio::sync::Mutex;

/// How long a document is used while it cannot be fetched: a provider that is away for a while takes nobody with it whom the
/// document of before lets in.
const STALE_SECONDS: i64 = 24 * 60 * 60;

/// How long a failure is believed, from its end: whoever comes meanwhile does not wait for another one. It is longer than the
/// patience with a provider that hangs, or somebody would always wait.
const FAILED_SECONDS: i64 = 30;

/// How often a document is fetched again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Freshness {
    /// How long it is used without looking again.
    pub(crate) fresh_seconds: i64,
    /// How long it is used though it does not have what is looked for: strangers look for what they like.
    pub(crate) pause_seconds: i64,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfetched {
    /// There was no whole answer.
    Silent(FetchError),
    /// The answer has another status than 200.
    Status(u16),
    /// The answer is no such document; what is wrong.
    Malformed(String),
}

impl fmt::Display for Unfetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(why) => why.fmt(f),
            Self::Status(status) => write!(f, "it answered with status {status}"),
            Self::Malformed(what) => f.write_str(what),
        }
    }
}

/// Documents of one kind, by their addresses or by whose they are.
pub(crate) struct Documents<T>(RecordCache<String, Place<T>>);

/// What is known of one document.
struct Place<T> {
    /// Locked for no longer than it takes to look.
    kept: std::sync::Mutex<Kept<T>>,
    /// Held by who fetches.
    fetching: Mutex<()>,
}

struct Kept<T> {
    document: Option<Fetched<T>>,
    failed: Option<(Timestamp, Unfetched)>,
}

struct Fetched<T> {
    at: Timestamp,
    /// The last change of a provider that was known then.
    changed_at: Timestamp,
    document: Arc<T>,
}

impl<T> Place<T> {
    fn empty() -> Self {
        let kept = Kept { document: None, failed: None };
        Self { kept: std::sync::Mutex::new(kept), fetching: Mutex::new(()) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Documents<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(RecordCache::new(capacity, i64::MAX))
    }

    /// The document of this name; one that will not do is fetched again if that is long enough ago. `load` fetches it. Whoever
    /// asks meanwhile for what there is not waits for the same look; who is served by an old one does not.
    ///
    /// A provider that was changed at `changed_at` gets a document that was fetched after that, on every node; while none can
    /// be, that of before.
    ///
    /// # Errors
    /// `load`'s.
    pub(crate) async fn get<F>(
        &self,
        name: &str,
        will_do: impl Fn(&T) -> bool,
        freshness: Freshness,
        changed_at: Timestamp,
        clock: &Clock,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<T>, Unfetched>
    where
        F: Future<Output = Result<T, Unfetched>>,
    {
        let now = clock.now();
        let empty = || std::future::ready(Ok::<_, Fault>(Some(Place::empty())));
        // An empty place can always be made.
        let Ok(Some(place)) = self.0.get(&name.to_owned(), now, empty).await else {
            return load().await.map(Arc::new);
        };
        let is_within = |then: Timestamp, seconds: i64| now.seconds() - then.seconds() < seconds;
        // That serves for so long, be it what is looked for or not.
        let kept = |found_seconds: i64, missed_seconds: i64| {
            let kept = place.kept();
            let fetched = kept.document.as_ref().filter(|fetched| fetched.changed_at >= changed_at)?;
            let seconds = if will_do(&fetched.document) { found_seconds } else { missed_seconds };
            is_within(fetched.at, seconds).then(|| Arc::clone(&fetched.document))
        };
        let usable = || kept(freshness.fresh_seconds, freshness.pause_seconds);
        // Who is served by what there is waits for nobody who looks for something else.
        if let Some(document) = usable() {
            return Ok(document);
        }
        let _fetching = match place.fetching.try_lock() {
            Ok(fetching) => fetching,
            // Nor for who looks for something newer.
            Err(_) => match kept(STALE_SECONDS, freshness.pause_seconds) {
                Some(document) => return Ok(document),
                None => place.fetching.lock().await,
            },
        };
        // Another request may have looked after this one began.
        if let Some(document) = usable() {
            return Ok(document);
        }
        // What failed before the provider was changed says nothing of it as it is now.
        let is_believed =
            |(at, _): &(Timestamp, Unfetched)| *at >= changed_at && is_within(*at, FAILED_SECONDS);
        let failed = place.kept().failed.clone().filter(is_believed);
        let failed = match failed {
            Some((_, failed)) => failed,
            None => match load().await {
                Ok(document) => {
                    let document = Arc::new(document);
                    let fetched = Fetched { at: now, changed_at, document: Arc::clone(&document) };
                    *place.kept() = Kept { document: Some(fetched), failed: None };
                    return Ok(document);
                }
                Err(failed) => {
                    tracing::warn!(name, %failed, "a document of an identity provider cannot be fetched");
                    place.kept().failed = Some((clock.now(), failed.clone()));
                    failed
                }
            },
        };
        match &place.kept().document {
            Some(fetched) if is_within(fetched.at, STALE_SECONDS) => Ok(Arc::clone(&fetched.document)),
            _ => Err(failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    const URL: &str = "https://idp.example/document";
    const START: Timestamp = Timestamp(1_000_000_000);
    const HOURLY: Freshness = Freshness { fresh_seconds: 3600, pause_seconds: 60 };

    /// A document that can be fetched or not, how long that takes in seconds, and how often it was.
    struct Provider {
        documents: Documents<&'static str>,
        fetched: Cell<u32>,
        document: Cell<&'static str>,
        takes: Cell<u32>,
    }

    impl Provider {
        fn new() -> Self {
            let (fetched, document, takes) = (Cell::new(0), Cell::new("one"), Cell::new(0));
            Self { documents: Documents::new(4), fetched, document, takes }
        }

        /// Whether what is looked for was found.
        async fn get(&self, wanted: &str, seconds: i64) -> Result<bool, Unfetched> {
            self.get_changed(wanted, START, seconds).await
        }

        /// The same for a provider that was changed then.
        async fn get_changed(
            &self,
            wanted: &str,
            changed_at: Timestamp,
            seconds: i64,
        ) -> Result<bool, Unfetched> {
            let clock = Clock::manual(START.plus_seconds(seconds));
            let load = async || {
                self.fetched.set(self.fetched.get() + 1);
                tokio::task::yield_now().await;
                clock.advance_seconds(self.takes.get());
                match self.document.get() {
                    "" => Err(Unfetched::Status(500)),
                    document => Ok(document),
                }
            };
            let will_do = |document: &&str| *document == wanted;
            Ok(*self.documents.get(URL, will_do, HOURLY, changed_at, &clock, load).await? == wanted)
        }
    }

    #[tokio::test]
    async fn what_is_not_found_leads_to_one_more_look_a_minute() {
        let provider = Provider::new();
        assert_eq!((provider.get("one", 0).await, provider.fetched.get()), (Ok(true), 1));
        provider.document.set("two");
        for seconds in [0, 30, 59] {
            assert_eq!((provider.get("two", seconds).await, provider.fetched.get()), (Ok(false), 1));
        }
        assert_eq!((provider.get("two", 60).await, provider.fetched.get()), (Ok(true), 2));
        assert_eq!((provider.get("two", 60 + 3599).await, provider.fetched.get()), (Ok(true), 2));
        assert_eq!((provider.get("two", 60 + 3600).await, provider.fetched.get()), (Ok(true), 3));
    }

    #[tokio::test]
    async fn a_provider_that_is_away_is_asked_now_and_then() {
        let provider = Provider::new();
        provider.document.set("");
        let away = Err(Unfetched::Status(500));
        assert_eq!((provider.get("one", 0).await, provider.fetched.get()), (away.clone(), 1));
        assert_eq!((provider.get("one", 29).await, provider.fetched.get()), (away.clone(), 1));
        provider.document.set("one");
        assert_eq!((provider.get("one", 30).await, provider.fetched.get()), (Ok(true), 2));
        // What was known before is used for a day.
        provider.document.set("");
        assert_eq!((provider.get("one", 4000).await, provider.fetched.get()), (Ok(true), 3));
        assert_eq!(provider.get("one", 30 + 86_399).await, Ok(true));
        assert_eq!(provider.get("one", 30 + 86_400 + 30).await, away);
    }

    #[tokio::test]
    async fn a_provider_that_hangs_keeps_one_waiting_now_and_then() {
        let provider = Provider::new();
        assert_eq!(provider.get("one", 0).await, Ok(true));
        provider.document.set("");
        provider.takes.set(20);
        assert_eq!((provider.get("one", 4000).await, provider.fetched.get()), (Ok(true), 2));
        // The pause begins when the look has ended.
        assert_eq!((provider.get("one", 4049).await, provider.fetched.get()), (Ok(true), 2));
        assert_eq!((provider.get("one", 4050).await, provider.fetched.get()), (Ok(true), 3));
    }

    #[tokio::test]
    async fn who_is_served_by_what_is_old_waits_for_nobody() {
        let provider = Provider::new();
        assert_eq!(provider.get("one", 0).await, Ok(true));
        let mut look = pin!(provider.get("one", 4000));
        let begun = poll_fn(|cx| Poll::Ready(look.as_mut().poll(cx).is_pending()));
        assert!(begun.await, "somebody looks for what is newer");
        let mut served = pin!(provider.get("one", 4000));
        let at_once = poll_fn(|cx| Poll::Ready(served.as_mut().poll(cx)));
        assert_eq!(at_once.await, Poll::Ready(Ok(true)));
        // Whoever looks for what is not in it waits, and so does a provider that was changed since.
        let mut other = pin!(provider.get("two", 4000));
        let mut changed = pin!(provider.get_changed("one", START.plus_seconds(1), 4000));
        let wait = poll_fn(|cx| {
            Poll::Ready(other.as_mut().poll(cx).is_pending() && changed.as_mut().poll(cx).is_pending())
        });
        assert!(wait.await);
        let (look, other, changed) = tokio::join!(look, other, changed);
        assert_eq!((look, other, changed, provider.fetched.get()), (Ok(true), Ok(false), Ok(true), 3));
    }

    #[tokio::test]
    async fn what_failed_before_a_change_is_looked_for_again() {
        let provider = Provider::new();
        provider.document.set("");
        assert_eq!(provider.get("one", 0).await, Err(Unfetched::Status(500)));
        provider.document.set("one");
        assert_eq!(provider.get("one", 1).await, Err(Unfetched::Status(500)));
        assert_eq!(provider.get_changed("one", START.plus_seconds(1), 1).await, Ok(true));
    }

    #[tokio::test]
    async fn a_change_is_followed_by_one_look_and_keeps_what_there_is() {
        let provider = Provider::new();
        assert_eq!((provider.get("one", 0).await, provider.fetched.get()), (Ok(true), 1));
        provider.document.set("two");
        let changed_at = START.plus_seconds(1);
        for seconds in [1, 2] {
            let found = provider.get_changed("two", changed_at, seconds).await;
            assert_eq!((found, provider.fetched.get()), (Ok(true), 2));
        }
        // One that was changed earlier is served by the newer document.
        assert_eq!((provider.get("two", 2).await, provider.fetched.get()), (Ok(true), 2));
        // A provider that is away keeps its day.
        provider.document.set("");
        let changed_at = START.plus_seconds(60);
        assert_eq!(provider.get_changed("two", changed_at, 60).await, Ok(true));
        assert_eq!(
            (provider.get_changed("two", changed_at, 64).await, provider.fetched.get()),
            (Ok(true), 3)
        );
        provider.document.set("three");
        assert_eq!(provider.get_changed("three", changed_at, 90).await, Ok(true));
    }

    #[tokio::test]
    async fn who_is_served_by_what_there_is_waits_for_no_look() {
        let provider = Provider::new();
        assert_eq!(provider.get("one", 0).await, Ok(true));
        let mut look = pin!(provider.get("two", 60));
        let begun = poll_fn(|cx| Poll::Ready(look.as_mut().poll(cx).is_pending()));
        assert!(begun.await, "somebody looks for what there is not");
        let mut served = pin!(provider.get("one", 60));
        let at_once = poll_fn(|cx| Poll::Ready(served.as_mut().poll(cx)));
        assert_eq!(at_once.await, Poll::Ready(Ok(true)));
        assert_eq!((look.await, provider.fetched.get()), (Ok(false), 2));
    }

    #[tokio::test]
    async fn who_asks_during_a_look_waits_for_it() {
        let provider = Provider::new();
        let (first, second) = tokio::join!(provider.get("one", 0), provider.get("one", 0));
        assert_eq!((first, second, provider.fetched.get()), (Ok(true), Ok(true), 1));
    }
}
