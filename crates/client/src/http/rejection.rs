//! Why a request is not let through, and its answer.

use std::fmt;

use ::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use ::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::error::{Error, TokenError};
use crate::tokens::{Claims, TokenKind, Verifier};

/// Why a request is not let through. It is axum's answer, too.
///
/// ```
/// use poolhouse_client::http::Rejection;
///
/// fn log(rejection: &Rejection) {
///     eprintln!("{}: {rejection}", rejection.status());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// It has no token: 401.
    NoToken,
    /// Its token is not good: 401.
    BadToken(TokenError),
    /// Its user is in none of the groups that may: 403.
    MissingGroup,
    /// The issuer's keys could not be fetched: 503.
    Unavailable,
}

impl Rejection {
    /// The status of the answer.
    ///
    /// ```
    /// use poolhouse_client::http::Rejection;
    ///
    /// assert_eq!(Rejection::MissingGroup.status(), http::StatusCode::FORBIDDEN);
    /// ```
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::BadToken(_) => StatusCode::UNAUTHORIZED,
            Self::MissingGroup => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The answer, as RFC 6750 has it.
    pub(super) fn response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        let challenge = match self {
            Self::NoToken => Some("Bearer"),
            Self::BadToken(_) => Some(r#"Bearer error="invalid_token""#),
            Self::MissingGroup => Some(r#"Bearer error="insufficient_scope""#),
            Self::Unavailable => None,
        };
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => f.write_str("the request has no token"),
            Self::BadToken(error) => error.fmt(f),
            Self::MissingGroup => f.write_str("the user is in none of the groups that may"),
            Self::Unavailable => f.write_str("the issuer's keys could not be fetched"),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        match error {
            Error::Token(TokenError::KeysUnavailable) => Self::Unavailable,
            Error::Token(error) => Self::BadToken(error),
            _ => Self::Unavailable,
        }
    }
}

/// Where a server finds the token of a request.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) header: HeaderName,
    pub(super) prefix: String,
}

impl Default for Place {
    fn default() -> Self {
        Self { header: AUTHORIZATION, prefix: "Bearer ".to_owned() }
    }
}

impl Place {
    fn token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let value = headers.get(&self.header)?.to_str().ok()?;
        // A scheme's name is written in any letter case (RFC 9110 §11.1).
        let (prefix, token) = value.split_at_checked(self.prefix.len())?;
        prefix.eq_ignore_ascii_case(&self.prefix).then_some(token)
    }

    /// Judges the token of a request.
    pub(super) async fn judge(
        &self,
        headers: &HeaderMap,
        verifier: &Verifier,
        kind: TokenKind,
    ) -> Result<Claims, Rejection> {
        let token = self.token(headers).ok_or(Rejection::NoToken)?;
        Ok(verifier.verify(token, kind).await?)
    }
}
