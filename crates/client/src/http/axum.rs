//! Extractors of axum.

use ::http::request::Parts;
use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};

use super::rejection::{Place, Rejection};
use crate::tokens::{Claims, TokenKind, Verifier};

/// The claims of the access token in `Authorization: Bearer …`, verified. The router's state holds the [`Verifier`].
/// An `Option` of it lets requests without a token through, and none with a bad one.
///
/// ```no_run
/// # fn show(verifier: poolhouse_client::Verifier) {
/// use axum::{Router, routing::get};
/// use poolhouse_client::http::{AccessToken, Rejection};
///
/// async fn hello(token: AccessToken) -> Result<String, Rejection> {
///     token.require_any_group(["staff", "admins"])?;
///     Ok(format!("hello {}", token.0.username().unwrap_or("stranger")))
/// }
///
/// let router: Router = Router::new().route("/hello", get(hello)).with_state(verifier);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AccessToken(pub Claims);

/// The claims of the ID token in `Authorization: Bearer …`, verified. As [`AccessToken`] otherwise.
///
/// ```
/// use poolhouse_client::http::IdToken;
///
/// async fn hello(token: IdToken) -> String {
///     format!("hello {}", token.0.text("given_name").unwrap_or("stranger"))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct IdToken(pub Claims);

impl AccessToken {
    /// Lets the user go on only if in any of these groups, by the access token.
    ///
    /// ```
    /// use poolhouse_client::http::{AccessToken, Rejection};
    ///
    /// async fn edit(token: AccessToken) -> Result<&'static str, Rejection> {
    ///     token.require_any_group(["editors"])?;
    ///     Ok("edited")
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Rejection::MissingGroup`].
    pub fn require_any_group(
        &self,
        groups: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), Rejection> {
        require(&self.0, groups)
    }
}

impl IdToken {
    /// Lets the user go on only if in any of these groups, by the ID token.
    ///
    /// ```
    /// use poolhouse_client::http::{IdToken, Rejection};
    ///
    /// async fn edit(token: IdToken) -> Result<&'static str, Rejection> {
    ///     token.require_any_group(["editors"])?;
    ///     Ok("edited")
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Rejection::MissingGroup`].
    pub fn require_any_group(
        &self,
        groups: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), Rejection> {
        require(&self.0, groups)
    }
}

fn require(claims: &Claims, groups: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Rejection> {
    if claims.in_any_group(groups) { Ok(()) } else { Err(Rejection::MissingGroup) }
}

/// Both kinds, whether a request must have a token (`AccessToken`) or may (`Option<AccessToken>`).
macro_rules! extractor {
    ($token:ident, $kind:expr) => {
        impl<S> FromRequestParts<S> for $token
        where
            S: Send + Sync,
            Verifier: FromRef<S>,
        {
            type Rejection = Rejection;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
                let verifier = Verifier::from_ref(state);
                Place::default().judge(&parts.headers, &verifier, $kind).await.map(Self)
            }
        }

        impl<S> OptionalFromRequestParts<S> for $token
        where
            S: Send + Sync,
            Verifier: FromRef<S>,
        {
            type Rejection = Rejection;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
                match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
                    Err(Rejection::NoToken) => Ok(None),
                    other => other.map(Some),
                }
            }
        }
    };
}

extractor!(AccessToken, TokenKind::Access);
extractor!(IdToken, TokenKind::Id);

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response()
    }
}
