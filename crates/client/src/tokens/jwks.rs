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
use futures_util::lock::Mutex;
use poolhouse_crypto::jwt::{Jwks, PublicKey};

use crate::error::{Error, Result, TokenError};

/// Keys are fetched again for an unknown `kid`, but not more often than this: anybody can make up a `kid`.
const REFETCH_AFTER: Duration = Duration::from_secs(60);

/// How long a fetch may take; pycognito's.
const FETCH_TIME: Duration = Duration::from_secs(15);

/// Where a pool's public keys come from.
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
pub(super) struct KeySet {
    fetch: Option<Operation<(), Vec<u8>, Infallible>>,
    time: SharedTimeSource,
    known: RwLock<Arc<Known>>,
    /// Held while keys are fetched, so that many callers wait for one fetch.
    turn: Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Arc<PublicKey>>,
    fetched: Option<SystemTime>,
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
    ) -> Result<Self> {
        let (fetch, keys) = match source {
            KeySource::Issuer => (Some(fetch(issuer, http)), HashMap::new()),
            KeySource::Document(text) => (None, read(text.as_bytes())?),
        };
        let known = RwLock::new(Arc::new(Known { keys, fetched: None }));
        Ok(Self { fetch, time, known, turn: Mutex::new(()) })
    }

    /// The key of a `kid`, fetched if it is not known yet.
    pub(super) async fn key(&self, kid: &str) -> Result<Arc<PublicKey>> {
        if let Some(key) = self.known().keys.get(kid) {
            return Ok(key.clone());
        }
        let Some(fetch) = &self.fetch else { return Err(TokenError::UnknownKey.into()) };
        let _turn = self.turn.lock().await;
        let known = self.known();
        if !known.keys.contains_key(kid) && self.may_fetch(&known) {
            let body = fetch.invoke(()).await.map_err(|_| TokenError::KeysUnavailable)?;
            let known = Known { keys: read(&body)?, fetched: Some(self.time.now()) };
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        }
        self.known().keys.get(kid).cloned().ok_or_else(|| TokenError::UnknownKey.into())
    }

    fn may_fetch(&self, known: &Known) -> bool {
        known.fetched.is_none_or(|at| {
            // A clock that went back does not keep old keys for ever.
            self.time.now().duration_since(at).map_or(true, |age| age >= REFETCH_AFTER)
        })
    }

    fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
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
fn read(body: &[u8]) -> Result<HashMap<String, Arc<PublicKey>>, Error> {
    let set: Jwks = serde_json::from_slice(body).map_err(|_| TokenError::KeysUnavailable)?;
    let keys = set.keys.into_iter();
    Ok(keys.filter_map(|jwk| Some((jwk.kid.clone(), Arc::new(jwk.public_key().ok()?)))).collect())
}
