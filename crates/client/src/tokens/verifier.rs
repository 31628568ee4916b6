//! Verifies tokens, as a client does with its own and a server with those of requests.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use aws_sdk_cognitoidentityprovider::config::SharedHttpClient;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, default_async_sleep};
use aws_smithy_async::time::SharedTimeSource;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::jwt::{self, JwtError};
use serde_json::Value;

use super::jwks::{FETCH_TIME, KeySet, KeySource};
use super::{Claims, TokenKind, Tokens};
use crate::endpoint::is_address;
use crate::error::{Error, Result, TokenError};
use crate::single_flight::Limit;
use crate::time;

/// Verifies a pool's tokens. Clones share the keys.
///
/// A server that only verifies needs no [`Client`](crate::Client):
///
/// ```no_run
/// # async fn show(token: &str) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Verifier;
///
/// let verifier = Verifier::builder("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab1Cd2Ef3")
///     .client_id("3n4b5urk1ft4fl3mg5e62d9ado")
///     .build()?;
/// let claims = verifier.verify_access(token).await?;
/// if claims.in_any_group(["admins"]) {
///     println!("{:?} may enter", claims.username());
/// }
/// # Ok(()) }
/// ```
///
/// Verified are: the RS256 signature by a key of the issuer, `iss`, `exp` (which must be there), `nbf` if it is
/// there, `token_use`, and the app client if one is configured: `aud` of an ID token, `client_id` of an access
/// token. `iat` may lie in the future, because clocks differ.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuer: String,
    clients: Vec<String>,
    leeway: Duration,
    time: SharedTimeSource,
    keys: KeySet,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier for an issuer: `<endpoint>/<pool id>`, exactly as it stands in the tokens.
    ///
    /// ```
    /// use poolhouse_client::Verifier;
    ///
    /// let verifier = Verifier::builder("https://id.example.com/us-east-1_Ab1Cd2Ef3").build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn builder(issuer: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder {
            issuer: issuer.into(),
            clients: Vec::new(),
            leeway: Duration::ZERO,
            keys: KeySource::Issuer,
            time: None,
            http: None,
            sleep: default_async_sleep(),
        }
    }

    /// Verifies an ID token.
    ///
    /// ```no_run
    /// # async fn show(verifier: poolhouse_client::Verifier, token: &str) -> poolhouse_client::Result<()> {
    /// let claims = verifier.verify_id(token).await?;
    /// println!("{:?}", claims.text("email"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Token`], saying why.
    pub async fn verify_id(&self, token: &str) -> Result<Claims> {
        self.verify(token, TokenKind::Id).await
    }

    /// Verifies an access token.
    ///
    /// ```no_run
    /// # async fn show(verifier: poolhouse_client::Verifier, token: &str) -> poolhouse_client::Result<()> {
    /// let claims = verifier.verify_access(token).await?;
    /// println!("{:?}", claims.scopes());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Token`], saying why.
    pub async fn verify_access(&self, token: &str) -> Result<Claims> {
        self.verify(token, TokenKind::Access).await
    }

    /// Verifies a token of a kind.
    ///
    /// ```no_run
    /// # async fn show(verifier: poolhouse_client::Verifier, token: &str) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::TokenKind;
    ///
    /// let claims = verifier.verify(token, TokenKind::Access).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Token`], saying why.
    pub async fn verify(&self, token: &str, kind: TokenKind) -> Result<Claims> {
        let token = jwt::decode(token).map_err(token_error)?;
        // Before the key is looked for, so that foreign tokens cause no fetch.
        if token.issuer.as_deref() != Some(self.0.issuer.as_str()) {
            return Err(TokenError::WrongIssuer.into());
        }
        self.0.keys.key(&token.kid).await?.verify(&token).map_err(token_error)?;
        let claims = Claims::new(token.claims().map_err(token_error)?);
        self.judge(&claims, kind)?;
        Ok(claims)
    }

    /// Verifies both tokens of a sign-in and that they belong together; returns the claims of ID and access.
    pub(crate) async fn verify_both(&self, tokens: &Tokens) -> Result<(Claims, Claims)> {
        let id = self.verify_id(tokens.id_token()).await?;
        if let Some(stated) = id.value("at_hash") {
            // OpenID Connect Core §3.1.3.6: the left half of the hash
            let hash = digest(&SHA256, tokens.access_token().as_bytes());
            let half = hash.as_ref().get(..16).unwrap_or_default();
            if stated.as_str() != Some(URL_SAFE_NO_PAD.encode(half).as_str()) {
                return Err(TokenError::WrongAccessToken.into());
            }
        }
        Ok((id, self.verify_access(tokens.access_token()).await?))
    }

    fn judge(&self, claims: &Claims, kind: TokenKind) -> Result<(), TokenError> {
        let now = self.0.time.now();
        if claims.text("token_use") != Some(kind.as_str()) {
            return Err(TokenError::WrongUse);
        }
        let end = claims.expires_at().ok_or_else(|| TokenError::Claim("exp".into()))?;
        if end.checked_add(self.0.leeway).is_none_or(|end| end <= now) {
            return Err(TokenError::Expired);
        }
        if claims.value("nbf").is_some() {
            let start = claims.time("nbf").ok_or_else(|| TokenError::Claim("nbf".into()))?;
            if now.checked_add(self.0.leeway).is_none_or(|now| now < start) {
                return Err(TokenError::NotYetValid);
            }
        }
        // pycognito E9: identifiers that are there must be text
        for name in ["sub", "jti"] {
            if claims.value(name).is_some_and(|value| !value.is_string()) {
                return Err(TokenError::Claim(name.into()));
            }
        }
        if self.0.clients.is_empty() || self.is_ours(claims, kind) {
            return Ok(());
        }
        Err(TokenError::WrongClient)
    }

    fn is_ours(&self, claims: &Claims, kind: TokenKind) -> bool {
        let ours = |value: &Value| value.as_str().is_some_and(|id| self.0.clients.iter().any(|c| c == id));
        match (kind, claims.value("aud")) {
            (TokenKind::Id, Some(Value::Array(list))) => list.iter().any(ours),
            (TokenKind::Id, Some(one)) => ours(one),
            (TokenKind::Id, None) => false,
            // `aud` of an access token names a resource, if there is one at all.
            (TokenKind::Access, _) => claims.value("client_id").is_some_and(ours),
        }
    }
}

fn token_error(error: JwtError) -> TokenError {
    match error {
        JwtError::BadSignature => TokenError::BadSignature,
        _ => TokenError::Malformed,
    }
}

/// Settings of a [`Verifier`].
///
/// ```
/// let builder = poolhouse_client::Verifier::builder("https://id.example.com/us-east-1_Ab1Cd2Ef3");
/// let verifier = builder.client_id("3n4b5urk1ft4fl3mg5e62d9ado").build()?;
/// # Ok::<(), poolhouse_client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VerifierBuilder {
    issuer: String,
    clients: Vec<String>,
    leeway: Duration,
    keys: KeySource,
    time: Option<SharedTimeSource>,
    http: Option<SharedHttpClient>,
    sleep: Option<SharedAsyncSleep>,
}

impl VerifierBuilder {
    /// Accepts tokens of this app client; call it again for more. Without any, of every client of the pool.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.clients.push(client_id.into());
        self
    }

    /// How far the issuer's clock may differ from this one; nothing by default.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Where the keys come from; from the issuer by default.
    #[must_use]
    pub fn key_source(mut self, source: KeySource) -> Self {
        self.keys = source;
        self
    }

    /// Tells the time; the system's clock by default.
    #[must_use]
    pub fn time_source(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.shared_time_source(time::source(now))
    }

    pub(crate) fn shared_time_source(self, time: SharedTimeSource) -> Self {
        Self { time: Some(time), ..self }
    }

    pub(crate) fn sleep(self, sleep: Option<SharedAsyncSleep>) -> Self {
        Self { sleep, ..self }
    }

    /// Fetches keys with this HTTP client instead of the SDK's default one.
    #[must_use]
    pub fn http_client(mut self, http: SharedHttpClient) -> Self {
        self.http = Some(http);
        self
    }

    /// The verifier. Nothing is fetched before the first token.
    ///
    /// ```
    /// use poolhouse_client::Verifier;
    ///
    /// let verifier = Verifier::builder("https://id.example.com/us-east-1_Ab1Cd2Ef3").build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] for an issuer or an app client's id that cannot be one;
    /// [`TokenError::KeysUnavailable`] if a given document is not a set of keys.
    pub fn build(self) -> Result<Verifier> {
        if !is_address(&self.issuer) {
            return Err(Error::Configuration(
                "an issuer is the address that stands in `iss`: <endpoint>/<pool id>",
            ));
        }
        if self.clients.iter().any(String::is_empty) {
            return Err(Error::Configuration("an app client's id is not empty; leave it out to accept any"));
        }
        let time = self.time.unwrap_or_default();
        let limit = Limit::new(FETCH_TIME.saturating_mul(2), self.sleep);
        let keys = KeySet::new(&self.keys, &self.issuer, self.http, time.clone(), limit)?;
        let Self { issuer, clients, leeway, .. } = self;
        Ok(Verifier(Arc::new(Inner { issuer, clients, leeway, time, keys })))
    }
}
