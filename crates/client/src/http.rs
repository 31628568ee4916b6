//! Tokens on HTTP requests: put on them by clients, judged by servers.
//!
//! | feature | for clients | for servers |
//! |---|---|---|
//! | – | [`Authorization::apply`] on any header map | [`Verifier`](crate::Verifier) |
//! | `reqwest-middleware` | [`Authorization`] is a middleware of `reqwest-middleware` | |
//! | `tower` | [`Authorization`] is a layer | [`RequireToken`] is a layer |
//! | `axum` | | [`AccessToken`] and [`IdToken`] are extractors |
//!
//! ```no_run
//! # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
//! use poolhouse_client::http::Authorization;
//!
//! let mut request = http::Request::get("https://api.example.com/orders");
//! if let Some(headers) = request.headers_mut() {
//!     Authorization::of(alice).apply(headers).await?;
//! }
//! # Ok(()) }
//! ```

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ::http::header::AUTHORIZATION;
use ::http::{HeaderMap, HeaderName, HeaderValue};

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result, TokenError};
use crate::secret::Secret;
use crate::signed_in::SignedIn;
use crate::single_flight::SingleFlight;
use crate::tokens::TokenKind;

#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "axum", feature = "tower"))]
mod rejection;
#[cfg(feature = "reqwest-middleware")]
mod reqwest;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "axum")]
pub use axum::{AccessToken, IdToken};
#[cfg(any(feature = "axum", feature = "tower"))]
pub use rejection::Rejection;
#[cfg(feature = "tower")]
pub use tower::{Authorized, Guarded, RequireToken};

/// Puts a valid token of one user on requests: pycognito's `RequestsSrpAuth`.
///
/// Tokens are renewed before they end, once for many requests. The token goes to whatever server a request goes to:
/// use it on clients that speak to servers of your own.
///
/// ```no_run
/// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
/// use poolhouse_client::TokenKind;
/// use poolhouse_client::http::Authorization;
///
/// let authorization = Authorization::of(alice).kind(TokenKind::Id).prefix("");
/// let mut headers = http::HeaderMap::new();
/// authorization.apply(&mut headers).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Authorization {
    source: Arc<Source>,
    kind: TokenKind,
    header: HeaderName,
    prefix: String,
}

enum Source {
    User(SignedIn),
    Password(Arc<Login>),
}

/// Signs in when there is need to, again if the sign-in has ended.
struct Login {
    client: Client,
    username: String,
    password: Secret,
    user: RwLock<Option<SignedIn>>,
    /// One sign-in for all requests that wait for it.
    signing_in: SingleFlight<SignedIn>,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, header, .. } = self;
        f.debug_struct("Authorization").field("kind", kind).field("header", header).finish_non_exhaustive()
    }
}

impl Authorization {
    /// The tokens of a user who is signed in.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::http::Authorization;
    ///
    /// let authorization = Authorization::of(alice);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn of(user: SignedIn) -> Self {
        Self::new(Source::User(user))
    }

    /// The tokens of a user who is signed in by SRP at the first request, and again when the sign-in has ended. The
    /// password is kept in memory.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::http::Authorization;
    ///
    /// let authorization = Authorization::by_password(client, "alice", "Correct-Horse-7");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn by_password(client: Client, username: impl Into<String>, password: impl Into<String>) -> Self {
        let signing_in = SingleFlight::new(client.limit());
        Self::new(Source::Password(Arc::new(Login {
            client,
            username: username.into(),
            password: Secret::new(password),
            user: RwLock::default(),
            signing_in,
        })))
    }

    fn new(source: Source) -> Self {
        let source = Arc::new(source);
        Self { source, kind: TokenKind::Access, header: AUTHORIZATION, prefix: "Bearer ".to_owned() }
    }

    /// Which token; the access token by default.
    #[must_use]
    pub fn kind(self, kind: TokenKind) -> Self {
        Self { kind, ..self }
    }

    /// Which header; `Authorization` by default.
    #[must_use]
    pub fn header(self, header: HeaderName) -> Self {
        Self { header, ..self }
    }

    /// What stands before the token, told from it by a blank if it is a word; `"Bearer"` by default.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: self::prefix(prefix), ..self }
    }

    /// The header's value, marked as sensitive.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::http::Authorization;
    ///
    /// let request = http::Request::get("https://api.example.com/orders")
    ///     .header("authorization", Authorization::of(alice).value().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What renewing answers, [`SignedIn::token`]; [`Error::ChallengeRequired`] if a sign-in asks for more than the
    /// password; [`Error::InvalidArgument`] if the prefix cannot stand in a header.
    pub async fn value(&self) -> Result<HeaderValue> {
        let token = match &*self.source {
            Source::User(user) => user.token(self.kind).await?,
            Source::Password(login) => login.token(self.kind).await?,
        };
        let mut value = HeaderValue::try_from(format!("{}{token}", self.prefix))
            .map_err(|_| Error::InvalidArgument("the prefix cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Sets the header, in place of one that is there.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::http::Authorization;
    ///
    /// let mut request = http::Request::new(());
    /// Authorization::of(alice).apply(request.headers_mut()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Authorization::value`].
    pub async fn apply(&self, headers: &mut HeaderMap) -> Result<()> {
        headers.insert(self.header.clone(), self.value().await?);
        Ok(())
    }
}

impl Login {
    async fn token(self: &Arc<Self>, kind: TokenKind) -> Result<String> {
        let user = self.user(None).await?;
        match user.token(kind).await {
            Err(error) if has_ended(&error) => self.user(Some(&user)).await?.token(kind).await,
            other => other,
        }
    }

    /// The user; signed in anew if there is none or only the one who has ended.
    async fn user(self: &Arc<Self>, ended: Option<&SignedIn>) -> Result<SignedIn> {
        let held = || {
            let user = self.user.read().unwrap_or_else(PoisonError::into_inner).clone();
            user.filter(|user| !ended.is_some_and(|ended| user.is_same(ended))).map(Ok)
        };
        if let Some(user) = held() {
            return user;
        }
        let sign_in = || {
            let login = self.clone();
            async move { login.sign_in().await }
        };
        self.signing_in.run(held, sign_in).await
    }

    async fn sign_in(&self) -> Result<SignedIn> {
        let sign_in = self.client.sign_in(&self.username).password(self.password.expose());
        let user = sign_in.send().await?.into_signed_in()?;
        *self.user.write().unwrap_or_else(PoisonError::into_inner) = Some(user.clone());
        Ok(user)
    }
}

/// Whether a new sign-in may help.
fn has_ended(error: &Error) -> bool {
    match error {
        Error::Service { kind, .. } => {
            matches!(kind, ErrorKind::NotAuthorized | ErrorKind::RefreshTokenReused)
        }
        Error::SignedOut | Error::Token(TokenError::Expired | TokenError::NoRefreshToken) => true,
        _ => false,
    }
}

/// A prefix as it stands before a token: a word, such as `Bearer`, is told from it by a blank.
fn prefix(text: impl Into<String>) -> String {
    let mut text = text.into();
    if text.ends_with(|last: char| last.is_ascii_alphanumeric()) {
        text.push(' ');
    }
    text
}
