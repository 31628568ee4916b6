//! The issuer's keys: fetched once, kept, fetched anew when a token names one that is not known.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, SharedHttpClient};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::timeout::TimeoutConfig;
use poolhouse_crypto::jwt::{Jwks, PublicKey};

use crate::error::{Error, Result, TokenError};
use crate::single_flight::{Limit, SingleFlight};

/// Keys are fetched again for an unknown `kid`, but not more often than this: anybody can make up a `kid`.
const REFETCH_AFTER: Duration = Duration::from_secs(60);

/// After a fetch that failed they are fetched again sooner, but an issuer that is away is not asked for each token.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long a fetch may take; pycognito's.
pub(crate) const FETCH_TIME: Duration = Duration::from_secs(15);

/// Where a pool's public keys come from.
///
/// ```
/// use poolhouse_client::{KeySource, Verifier};
///
/// let document = r#"{"keys":[]}"#.to_owned(); // what stands at <issuer>/.well-known/jwks.json
/// let verifier = Verifier::builder("https://id.example.com/us-east-1_Ab1Cd2Ef3")
///     .key_source(KeySource::Document(document))
///     .build()?;
/// # Ok::<(), poolhouse_client::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySource {
    /// From `<issuer>/.well-known/jwks.json`, over the network.
    #[default]
    Issuer,
    /// From a document that is given: the JSON text of `jwks.json`. Nothing is ever fetched.
    Document(String),
}

impl KeySource {
    /// The document in the environment's `COGNITO_JWKS` (JSON), as pycognito reads it; the issuer without one.
    ///
    /// ```
    /// assert_eq!(poolhouse_client::KeySource::from_env(), poolhouse_client::KeySource::Issuer);
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        std::env::var("COGNITO_JWKS").map_or(Self::Issuer, Self::Document)
    }
}

/// The keys of one issuer, shared by all that verify its tokens.
#[derive(Clone)]
pub(super) struct KeySet {
    fetch: Option<Operation<(), Vec<u8>, Infallible>>,
    time: SharedTimeSource,
    known: Arc<RwLock<Known>>,
    /// One fetch for all who wait for a key.
    fetching: SingleFlight<()>,
}

type Keys = HashMap<String, Arc<PublicKey>>;

#[derive(Default)]
struct Known {
    keys: Keys,
    /// When they were fetched last, or the attempt failed.
    tried: Option<SystemTime>,
    failed: bool,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("fetches", &self.fetch.is_some()).finish_non_exhaustive()
    }
}

impl KeySet {
    pub(super) fn new(
        source: &KeySource,
        issuer: &str,
        http: Option<SharedHttpClient>,
        time: SharedTimeSource,
        limit: Limit,
    ) -> Result<Self> {
        let (fetch, keys) = match source {
            KeySource::Issuer => (Some(fetch(issuer, http)), Keys::new()),
            KeySource::Document(text) => (None, read(text.as_bytes())?),
        };
        let known = Arc::new(RwLock::new(Known { keys, ..Known::default() }));
        Ok(Self { fetch, time, known, fetching: SingleFlight::new(limit) })
    }

    /// The key of a `kid`, fetched if it is not known yet.
    pub(super) async fn key(&self, kid: &str) -> Result<Arc<PublicKey>> {
        if let Some(key) = self.known_key(kid) {
            return Ok(key);
        }
        if let Some(fetch) = &self.fetch {
            let refetch = || {
                let (set, fetch) = (self.clone(), fetch.clone());
                async move { set.refetch(&fetch).await }
            };
            self.fetching.run(|| self.without_fetch(kid), refetch).await?;
        }
        self.known_key(kid).ok_or_else(|| TokenError::UnknownKey.into())
    }

    fn known_key(&self, kid: &str) -> Option<Arc<PublicKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.get(kid).cloned()
    }

    /// What is answered without a fetch: the key has come meanwhile, or the last attempt is too young.
    fn without_fetch(&self, kid: &str) -> Option<Result<()>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.keys.contains_key(kid) {
            return Some(Ok(()));
        }
        let wait = if known.failed { RETRY_AFTER } else { REFETCH_AFTER };
        // A clock that went back does not keep old keys for ever.
        let age = self.time.now().duration_since(known.tried?).ok()?;
        let answer = if known.failed { Err(TokenError::KeysUnavailable.into()) } else { Ok(()) };
        (age < wait).then_some(answer)
    }

    async fn refetch(&self, fetch: &Operation<(), Vec<u8>, Infallible>) -> Result<()> {
        let body = fetch.invoke(()).await.map_err(|_| TokenError::KeysUnavailable.into());
        let fetched = body.and_then(|body| read(&body));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.tried = Some(self.time.now());
        known.failed = fetched.is_err();
        known.keys = fetched?;
        Ok(())
    }
}

/// GETs the document through the SDK's own machinery: its HTTP client, TLS, proxies and retries.
fn fetch(issuer: &str, http: Option<SharedHttpClient>) -> Operation<(), Vec<u8>, Infallible> {
    let mut operation = Operation::builder()
        .service_name("jwks")
        .operation_name("GetKeys")
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(issuer)
        .no_auth()
        .timeout_config(TimeoutConfig::builder().operation_timeout(FETCH_TIME).build());
    if let Some(http) = http {
        operation = operation.http_client(http);
    }
    operation
        .serializer(|()| Ok(HttpRequest::get("/.well-known/jwks.json")?))
        .deserializer(|response: &HttpResponse| match response.body().bytes() {
            Some(body) if response.status().is_success() => Ok(body.to_vec()),
            _ => Err(OrchestratorError::other("no document")),
        })
        .build()
}

/// The usable keys of a document. Those of other kinds are passed over: a set may hold them.
fn read(body: &[u8]) -> Result<Keys, Error> {
    let set: Jwks = serde_json::from_slice(body).map_err(|_| TokenError::KeysUnavailable)?;
    let keys = set.keys.into_iter();
    Ok(keys.filter_map(|jwk| Some((jwk.kid.clone(), Arc::new(jwk.public_key().ok()?)))).collect())
}
