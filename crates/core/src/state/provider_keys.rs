//! The keys of identity providers, fetched again when they are old or a token names one that is not known.

use std::sync::Arc;

use poolhouse_crypto::jws::KeySet;
use poolhouse_kernel::Fault;
use poolhouse_kernel::cache::RecordCache;
use poolhouse_ports::{FetchError, Timestamp};
use tokio::sync::Mutex;

/// How long keys are used without looking again.
const FRESH_SECONDS: i64 = 60 * 60;

/// How long keys are used while they cannot be fetched: a provider that is away for a while takes nobody with it whose
/// token it signed by a key of before.
const STALE_SECONDS: i64 = 24 * 60 * 60;

/// How often a name that is not known leads to another look: strangers write what they like into tokens.
const PAUSE_SECONDS: i64 = 60;

/// How long a failure is believed: whoever comes meanwhile does not wait for another one.
const FAILED_SECONDS: i64 = 5;

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoKeys {
    /// There was no whole answer.
    Silent(FetchError),
    /// The answer has another status than 200.
    Status(u16),
    /// The answer is no set of keys.
    Malformed,
}

/// The keys of all providers, by their addresses.
pub(crate) struct ProviderKeys(RecordCache<String, Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    keys: Option<(Timestamp, Arc<KeySet>)>,
    failed: Option<(Timestamp, NoKeys)>,
}

impl ProviderKeys {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(RecordCache::new(capacity, i64::MAX))
    }

    /// The keys at `url`, in which the key `wanted` is if the provider has it; `load` fetches them. Whoever asks meanwhile
    /// waits for the same look.
    ///
    /// # Errors
    /// `load`'s.
    pub(crate) async fn get<F>(
        &self,
        url: &str,
        wanted: Option<&str>,
        now: Timestamp,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<KeySet>, NoKeys>
    where
        F: Future<Output = Result<KeySet, NoKeys>>,
    {
        let empty = || std::future::ready(Ok::<_, Fault>(Some(Mutex::default())));
        // An empty place can always be made.
        let Ok(Some(place)) = self.0.get(&url.to_owned(), now, empty).await else {
            return load().await.map(Arc::new);
        };
        let mut kept = place.lock().await;
        // Another request may have looked after this one began.
        let is_within = |then: Timestamp, seconds: i64| now.seconds() - then.seconds() < seconds;
        if let Some((at, keys)) = &kept.keys {
            let is_known = wanted.is_none_or(|wanted| keys.has(wanted));
            if is_within(*at, if is_known { FRESH_SECONDS } else { PAUSE_SECONDS }) {
                return Ok(Arc::clone(keys));
            }
        }
        let failed = match &kept.failed {
            Some((at, failed)) if is_within(*at, FAILED_SECONDS) => failed.clone(),
            _ => match load().await {
                Ok(keys) => {
                    let keys = Arc::new(keys);
                    *kept = Kept { keys: Some((now, Arc::clone(&keys))), failed: None };
                    return Ok(keys);
                }
                Err(failed) => {
                    tracing::warn!(url, ?failed, "the keys of an identity provider cannot be fetched");
                    kept.failed = Some((now, failed.clone()));
                    failed
                }
            },
        };
        match &kept.keys {
            Some((at, keys)) if is_within(*at, STALE_SECONDS) => Ok(Arc::clone(keys)),
            _ => Err(failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const URL: &str = "https://idp.example/keys";
    const START: Timestamp = Timestamp(1_000_000_000);

    /// Keys that can be fetched or not, and how often they were.
    struct Provider {
        keys: ProviderKeys,
        fetched: Cell<u32>,
        document: Cell<&'static str>,
    }

    /// An Ed25519 key of this name.
    const ONE: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    const TWO: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"two","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    impl Provider {
        fn new() -> Self {
            Self { keys: ProviderKeys::new(4), fetched: Cell::new(0), document: Cell::new(ONE) }
        }

        async fn get(&self, wanted: &str, seconds: i64) -> Result<bool, NoKeys> {
            let load = async || {
                self.fetched.set(self.fetched.get() + 1);
                match self.document.get() {
                    "" => Err(NoKeys::Status(500)),
                    document => KeySet::read(document.as_bytes()).map_err(|_| NoKeys::Malformed),
                }
            };
            let keys = self.keys.get(URL, Some(wanted), START.plus_seconds(seconds), load).await?;
            Ok(keys.has(wanted))
        }
    }

    #[tokio::test]
    async fn a_name_that_is_not_known_leads_to_one_more_look_a_minute() {
        let provider = Provider::new();
        assert_eq!((provider.get("one", 0).await, provider.fetched.get()), (Ok(true), 1));
        provider.document.set(TWO);
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
        assert_eq!((provider.get("one", 0).await, provider.fetched.get()), (Err(NoKeys::Status(500)), 1));
        assert_eq!((provider.get("one", 4).await, provider.fetched.get()), (Err(NoKeys::Status(500)), 1));
        provider.document.set(ONE);
        assert_eq!((provider.get("one", 5).await, provider.fetched.get()), (Ok(true), 2));
        // What was known before is used for a day.
        provider.document.set("");
        assert_eq!((provider.get("one", 4000).await, provider.fetched.get()), (Ok(true), 3));
        assert_eq!(provider.get("one", 5 + 86_399).await, Ok(true));
        assert_eq!(provider.get("one", 5 + 86_400 + 5).await, Err(NoKeys::Status(500)));
    }

    #[tokio::test]
    async fn who_asks_during_a_look_waits_for_it() {
        let provider = Provider::new();
        let (first, second) = tokio::join!(provider.get("one", 0), provider.get("one", 0));
        assert_eq!((first, second, provider.fetched.get()), (Ok(true), Ok(true), 1));
    }
}
