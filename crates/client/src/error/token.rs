//! Tokens that this library does not accept.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// Why a token was not accepted.
///
/// ```no_run
/// # async fn show(verifier: poolhouse_client::Verifier, token: &str) {
/// use poolhouse_client::{Error, TokenError};
///
/// match verifier.verify_access(token).await {
///     Err(Error::Token(TokenError::Expired)) => println!("renew it"),
///     Err(error) => println!("{error}"),
///     Ok(claims) => println!("hello {:?}", claims.username()),
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a token signed with RS256.
    Malformed,
    /// None of the issuer's keys has the token's `kid`, also after they were fetched anew.
    UnknownKey,
    /// The signature does not fit.
    BadSignature,
    /// Its time is over.
    Expired,
    /// Its time has not come (`nbf`).
    NotYetValid,
    /// Issued by somebody else.
    WrongIssuer,
    /// Issued to another app client.
    WrongClient,
    /// An ID token where an access token was needed, or the other way round.
    WrongUse,
    /// The ID token's `at_hash` names another access token.
    WrongAccessToken,
    /// The ID token's `nonce` is not that of this sign-in.
    WrongNonce,
    /// A claim is missing or has another type than it must; names it.
    Claim(Cow<'static, str>),
    /// The claims do not fit the type that the program reads them as; says where.
    Claims(String),
    /// The issuer's keys could not be fetched or read.
    KeysUnavailable,
    /// There is no refresh token to renew the others with: none was given, or it was refused before.
    NoRefreshToken,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Malformed => "the token is not one signed with RS256",
            Self::UnknownKey => "the token's key is not among the issuer's",
            Self::BadSignature => "the token's signature does not fit",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::WrongIssuer => "the token was issued by somebody else",
            Self::WrongClient => "the token was issued to another app client",
            Self::WrongUse => "the token is of the other kind",
            Self::WrongAccessToken => "the ID token belongs to another access token",
            Self::WrongNonce => "the ID token answers another sign-in",
            Self::Claim(name) => {
                return write!(f, "the token's claim `{name}` is missing or not as it must be");
            }
            Self::Claims(what) => return write!(f, "the token's claims are not as they are read: {what}"),
            Self::KeysUnavailable => "the issuer's keys could not be fetched",
            Self::NoRefreshToken => "there is no refresh token: sign in again",
        };
        f.write_str(text)
    }
}

impl StdError for TokenError {}
