//! What can go wrong: cases that programs branch on, and kinds of refusals.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;

use crate::names::Challenge;

mod kind;
mod redirect;
mod token;
mod transport;

pub use kind::ErrorKind;
pub use redirect::RedirectError;
pub use token::TokenError;
pub use transport::TransportError;

/// The answer of a call.
///
/// ```
/// use poolhouse_client::{Client, Result};
///
/// fn client() -> Result<Client> {
///     Client::builder("us-east-1_Ab1Cd2Ef3").build()
/// }
/// # client().unwrap();
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// `Display` says what happened, [`source`](StdError::source) says why: print the whole chain, as `{:#}` of `anyhow` and
/// `eyre` does. A refusal's own words are in its source.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// use poolhouse_client::{Error, ErrorKind};
///
/// match admin.create_group("staff").send().await {
///     Ok(group) => println!("made {}", group.name),
///     Err(Error::Service { kind: ErrorKind::GroupExists, .. }) => println!("it is there already"),
///     Err(other) => return Err(other),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The service refused. New kinds come with new codes: rely on [`ServiceError::code`] for a code that is
    /// [`ErrorKind::Other`] today.
    #[non_exhaustive]
    Service {
        /// What kind of refusal it is.
        kind: ErrorKind,
        /// The refusal in the service's own words.
        source: ServiceError,
    },
    /// A token was not accepted by this library.
    Token(TokenError),
    /// The browser did not bring back the answer to this sign-in.
    Redirect(RedirectError),
    /// Sign-in asks for a step that the caller did not take.
    ChallengeRequired(Challenge),
    /// The handle was signed out.
    SignedOut,
    /// The client is not set up for this call; says what to give.
    Configuration(&'static str),
    /// An argument of the call cannot be meant so; says what can. Nothing was sent.
    InvalidArgument(&'static str),
    /// The service answered something that does not fit its own protocol; says what.
    Protocol(String),
    /// The service could not be reached, or did not answer in time.
    Transport(TransportError),
}

impl Error {
    /// What kind of refusal it is, if the service refused.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::ErrorKind;
    ///
    /// let user = match admin.get_user("alice").await {
    ///     Err(error) if error.kind() == Some(ErrorKind::UserNotFound) => None,
    ///     other => Some(other?),
    /// };
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Service { kind, .. } => Some(*kind),
            _ => None,
        }
    }

    /// The service's refusal in its own words, if it is one.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) {
    /// if let Err(error) = admin.get_user("alice").await
    ///     && let Some(refusal) = error.service()
    /// {
    ///     eprintln!("{} (request {:?})", refusal.code, refusal.request_id);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether the same call may succeed within a minute without any change. The SDK has repeated it a few times by
    /// then. Limits that last longer ([`ErrorKind::LimitExceeded`]) are not among them.
    ///
    /// ```
    /// use poolhouse_client::{Error, TokenError};
    ///
    /// assert!(Error::Token(TokenError::KeysUnavailable).is_retryable());
    /// assert!(!Error::SignedOut.is_retryable());
    /// ```
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service { kind, source } => *kind == ErrorKind::TooManyRequests || source.status >= 500,
            Self::Token(error) => *error == TokenError::KeysUnavailable,
            Self::Transport(error) => error.retryable,
            _ => false,
        }
    }

    /// What AWS calls a device that is not, or no longer, known.
    pub(crate) fn is_unknown_device(&self) -> bool {
        // authentication §12.3, observed: public clients compare this text
        self.is(ErrorKind::NotFound, "Device does not exist.")
    }

    /// What the service says of an access token whose time is over by its own clock.
    pub(crate) fn is_expired_token(&self) -> bool {
        // tokens §11, observed: told from other refusals by this text alone
        self.is(ErrorKind::NotAuthorized, "Access Token has expired")
    }

    /// What an identity pool says of an ID token whose time is over by its own clock.
    pub(crate) fn is_expired_login(&self) -> bool {
        // identity-pools-and-iam §3, observed
        let expired = "Invalid login token. Token expired";
        self.kind() == Some(ErrorKind::NotAuthorized)
            && self.service().is_some_and(|refusal| refusal.message.starts_with(expired))
    }

    fn is(&self, kind: ErrorKind, message: &str) -> bool {
        self.kind() == Some(kind) && self.service().is_some_and(|refusal| refusal.message == message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service { kind, .. } => kind.fmt(f),
            Self::Token(_) => f.write_str("a token was not accepted"),
            Self::Redirect(_) => f.write_str("the browser did not bring back the answer to this sign-in"),
            Self::ChallengeRequired(challenge) => {
                write!(f, "sign-in asks for {challenge}: match on `SignIn` and answer the step")
            }
            Self::SignedOut => f.write_str("this handle was signed out: sign in again"),
            Self::Configuration(what) | Self::InvalidArgument(what) => f.write_str(what),
            Self::Protocol(what) => write!(f, "the service's answer does not fit its protocol: {what}"),
            Self::Transport(_) => f.write_str("there is no answer from the service"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Service { source, .. } => Some(source),
            Self::Token(error) => Some(error),
            Self::Redirect(error) => Some(error),
            Self::Transport(error) => Some(error),
            _ => None,
        }
    }
}

/// A refusal in the service's own words.
///
/// ```
/// fn tell(refusal: &poolhouse_client::ServiceError) -> String {
///     format!("{} ({}): {}", refusal.code, refusal.status, refusal.message)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The exception's name, such as `UserNotFoundException`.
    pub code: String,
    /// Its text; empty when there is none.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Which request it answered, for the service's operator.
    pub request_id: Option<String>,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => f.write_str(&self.code),
            message => write!(f, "{}: {message}", self.code),
        }
    }
}

impl StdError for ServiceError {}

impl From<ServiceError> for Error {
    fn from(source: ServiceError) -> Self {
        Self::Service { kind: ErrorKind::of(&source.code, &source.message), source }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<RedirectError> for Error {
    fn from(error: RedirectError) -> Self {
        Self::Redirect(error)
    }
}

impl<E> From<SdkError<E>> for Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let SdkError::ServiceError(answer) = &error else {
            return Self::Transport(TransportError::new(error));
        };
        let meta = answer.err().meta();
        let refusal = ServiceError {
            code: meta.code().unwrap_or("UnknownError").to_owned(),
            message: meta.message().unwrap_or_default().to_owned(),
            status: answer.raw().status().as_u16(),
            request_id: meta.request_id().map(str::to_owned),
        };
        refusal.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str, message: &str) -> Error {
        answer(code, message, 400)
    }

    fn answer(code: &str, message: &str, status: u16) -> Error {
        let (code, message) = (code.to_owned(), message.to_owned());
        ServiceError { code, message, status, request_id: None }.into()
    }

    #[test]
    fn code_and_message_are_kept() {
        let error = service("NewException", "never seen");
        assert_eq!(error.kind(), Some(ErrorKind::Other));
        assert_eq!(error.service().unwrap().code, "NewException");
        assert_eq!(error.service().unwrap().to_string(), "NewException: never seen");
    }

    /// C-GOOD-ERR: whoever prints the whole chain reads nothing twice.
    #[test]
    fn an_error_does_not_repeat_its_source() {
        let ended = TransportError::ended(fmt::Error);
        let errors = [
            service("NotAuthorizedException", "Incorrect username or password."),
            TokenError::Expired.into(),
            RedirectError::TimedOut.into(),
            Error::Transport(ended),
        ];
        for error in errors {
            let source = error.source().unwrap().to_string();
            assert!(!error.to_string().contains(&source), "{error}");
        }
    }

    #[test]
    fn what_may_pass_by_itself_is_retryable() {
        for code in ["TooManyRequestsException", "ThrottlingException", "RequestLimitExceeded", "SlowDown"] {
            assert!(service(code, "").is_retryable(), "{code}");
        }
        assert!(answer("InternalErrorException", "", 500).is_retryable());
        assert!(answer("UnknownError", "", 503).is_retryable());
        assert!(!service("LimitExceededException", "").is_retryable());
        assert!(Error::Token(TokenError::KeysUnavailable).is_retryable());
        assert!(!Error::SignedOut.is_retryable());
    }
}
