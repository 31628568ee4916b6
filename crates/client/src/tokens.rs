//! The tokens of a sign-in, what they say, and whether it is true.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::secret::Secret;

mod claims;
mod jwks;
mod verifier;

#[cfg(test)]
mod tests;

pub use claims::Claims;
pub(crate) use jwks::FETCH_TIME;
pub use jwks::KeySource;
pub use verifier::{Verifier, VerifierBuilder};

/// Which of the signed tokens.
///
/// ```
/// use poolhouse_client::TokenKind;
///
/// assert_eq!(TokenKind::Access.to_string(), "access");
/// assert_eq!("id".parse::<TokenKind>()?, TokenKind::Id);
/// # Ok::<(), poolhouse_client::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// Says who the user is, to the application.
    Id,
    /// Opens the service's own operations and the application's servers.
    Access,
}

impl TokenKind {
    /// The value of `token_use`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Access => "access",
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TokenKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let kind = [Self::Id, Self::Access].into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or(Error::InvalidArgument("a token's kind is `access` or `id`"))
    }
}

/// The tokens of one sign-in. `Debug` shows none of them.
///
/// Keep them, as safe as a password, and hand them to [`Client::with_tokens`](crate::Client::with_tokens) to go on
/// later. `serde` stores them.
///
/// ```
/// use poolhouse_client::Tokens;
///
/// let tokens = Tokens::new("access", "id", Some("refresh".to_owned()));
/// assert_eq!(format!("{tokens:?}"), "Tokens(..)");
/// let stored = serde_json::to_string(&tokens)?;
/// assert_eq!(serde_json::from_str::<Tokens>(&stored)?, tokens);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    #[serde(rename = "access_token")]
    access: Secret,
    #[serde(rename = "id_token")]
    id: Secret,
    #[serde(rename = "refresh_token", default, skip_serializing_if = "Option::is_none")]
    refresh: Option<Secret>,
}

impl Tokens {
    /// Tokens from where they were kept. Nothing is verified here.
    #[must_use]
    pub fn new(
        access_token: impl Into<String>,
        id_token: impl Into<String>,
        refresh_token: Option<String>,
    ) -> Self {
        Self {
            access: Secret::new(access_token),
            id: Secret::new(id_token),
            refresh: refresh_token.map(Secret::new),
        }
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.access.expose()
    }

    /// The ID token.
    #[must_use]
    pub fn id_token(&self) -> &str {
        self.id.expose()
    }

    /// The refresh token, if there is one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh.as_ref().map(Secret::expose)
    }

    /// One of the two signed tokens.
    #[must_use]
    pub fn get(&self, kind: TokenKind) -> &str {
        match kind {
            TokenKind::Id => self.id_token(),
            TokenKind::Access => self.access_token(),
        }
    }

    /// These, without the refresh token.
    pub(crate) fn without_refresh(&self) -> Self {
        Self { refresh: None, ..self.clone() }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(..)")
    }
}
