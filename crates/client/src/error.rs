//! What can go wrong, in the cases that programs branch on.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_sdk_cognitoidentityprovider::types::ChallengeNameType;

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
/// The variants that carry a [`ServiceError`] are refusals of the service; new ones may be added, so that
/// [`Error::service`] and [`ServiceError::code`] are what to rely on for a code without a variant.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Error;
///
/// match admin.create_group("staff").send().await {
///     Ok(group) => println!("made {}", group.name),
///     Err(Error::GroupExists(_)) => println!("it is there already"),
///     Err(other) => return Err(other),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// No such user, or the client may not learn whether there is one.
    UserNotFound(ServiceError),
    /// The name is taken.
    UsernameExists(ServiceError),
    /// Another user has this e-mail address or phone number as alias.
    AliasExists(ServiceError),
    /// The user has not confirmed the sign-up yet.
    UserNotConfirmed(ServiceError),
    /// The user is disabled.
    UserDisabled(ServiceError),
    /// The password was reset: `confirm_forgot_password` sets a new one.
    PasswordResetRequired(ServiceError),
    /// Wrong name or password, a dead session, a revoked token: the message says which.
    NotAuthorized(ServiceError),
    /// The refresh token was exchanged for another one already.
    RefreshTokenReused(ServiceError),
    /// The password does not conform to the pool's policy.
    InvalidPassword(ServiceError),
    /// The password was used before.
    PasswordUsedBefore(ServiceError),
    /// The code is wrong.
    CodeMismatch(ServiceError),
    /// The code is too old, was used, or was never asked for.
    CodeExpired(ServiceError),
    /// A code could not be delivered.
    CodeDeliveryFailed(ServiceError),
    /// The authenticator's code does not fit the secret that is being set up.
    SoftwareTokenMismatch(ServiceError),
    /// The second factor is not set up, or the pool does not offer it.
    MfaMethodNotFound(ServiceError),
    /// A group of this name exists.
    GroupExists(ServiceError),
    /// An identity provider of this name exists.
    ProviderExists(ServiceError),
    /// No such pool, app client, group, device or provider: the message says which.
    NotFound(ServiceError),
    /// The service refuses an argument.
    InvalidParameter(ServiceError),
    /// A trigger of the pool refused or failed.
    Trigger(ServiceError),
    /// Too often for one user, or a quota is used up.
    LimitExceeded(ServiceError),
    /// Too often in all, after the SDK's own repetitions.
    TooManyRequests(ServiceError),
    /// The service, or this client of the pool, does not do that.
    Unsupported(ServiceError),
    /// The AWS credentials are unknown, expired, or not allowed to do that.
    AccessDenied(ServiceError),
    /// Any other refusal.
    Service(ServiceError),
    /// A token was not accepted by this library.
    Token(TokenError),
    /// Sign-in asks for a step that the caller did not take.
    ChallengeRequired(ChallengeNameType),
    /// The handle was signed out.
    SignedOut,
    /// The client is not set up for this call; says what to give.
    Configuration(&'static str),
    /// The service answered something that does not fit its own protocol; says what.
    Protocol(String),
    /// The service could not be reached, or did not answer in time.
    Transport(TransportError),
}

impl Error {
    /// The service's refusal, if it is one.
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
            Self::UserNotFound(e)
            | Self::UsernameExists(e)
            | Self::AliasExists(e)
            | Self::UserNotConfirmed(e)
            | Self::UserDisabled(e)
            | Self::PasswordResetRequired(e)
            | Self::NotAuthorized(e)
            | Self::RefreshTokenReused(e)
            | Self::InvalidPassword(e)
            | Self::PasswordUsedBefore(e)
            | Self::CodeMismatch(e)
            | Self::CodeExpired(e)
            | Self::CodeDeliveryFailed(e)
            | Self::SoftwareTokenMismatch(e)
            | Self::MfaMethodNotFound(e)
            | Self::GroupExists(e)
            | Self::ProviderExists(e)
            | Self::NotFound(e)
            | Self::InvalidParameter(e)
            | Self::Trigger(e)
            | Self::LimitExceeded(e)
            | Self::TooManyRequests(e)
            | Self::Unsupported(e)
            | Self::AccessDenied(e)
            | Self::Service(e) => Some(e),
            Self::Token(_)
            | Self::ChallengeRequired(_)
            | Self::SignedOut
            | Self::Configuration(_)
            | Self::Protocol(_)
            | Self::Transport(_) => None,
        }
    }

    /// Whether the same call may succeed later without any change. The SDK has repeated it a few times by then.
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
            Self::TooManyRequests(_) | Self::Token(TokenError::KeysUnavailable) => true,
            Self::Transport(error) => error.retryable,
            other => other.service().is_some_and(|e| e.status >= 500),
        }
    }

    /// What AWS calls a device that is not, or no longer, known.
    pub(crate) fn is_unknown_device(&self) -> bool {
        // authentication §12.3, observed: public clients compare this text
        matches!(self, Self::NotFound(e) if e.message == "Device does not exist.")
    }

    fn from_service(error: ServiceError) -> Self {
        let variant = match error.code.as_str() {
            "UserNotFoundException" => Self::UserNotFound,
            "UsernameExistsException" => Self::UsernameExists,
            "AliasExistsException" => Self::AliasExists,
            "UserNotConfirmedException" => Self::UserNotConfirmed,
            // authentication §3, recorded: a disabled user is told by this text alone
            "NotAuthorizedException" if error.message == "User is disabled." => Self::UserDisabled,
            "NotAuthorizedException" => Self::NotAuthorized,
            "PasswordResetRequiredException" => Self::PasswordResetRequired,
            "RefreshTokenReuseException" => Self::RefreshTokenReused,
            "InvalidPasswordException" => Self::InvalidPassword,
            "PasswordHistoryPolicyViolationException" => Self::PasswordUsedBefore,
            "CodeMismatchException" => Self::CodeMismatch,
            "ExpiredCodeException" => Self::CodeExpired,
            "CodeDeliveryFailureException" => Self::CodeDeliveryFailed,
            "EnableSoftwareTokenMFAException" => Self::SoftwareTokenMismatch,
            "MFAMethodNotFoundException" | "SoftwareTokenMFANotFoundException" => Self::MfaMethodNotFound,
            "GroupExistsException" => Self::GroupExists,
            "DuplicateProviderException" => Self::ProviderExists,
            "ResourceNotFoundException" => Self::NotFound,
            "InvalidParameterException" => Self::InvalidParameter,
            "UserLambdaValidationException"
            | "UnexpectedLambdaException"
            | "InvalidLambdaResponseException" => Self::Trigger,
            "LimitExceededException" | "TooManyFailedAttemptsException" => Self::LimitExceeded,
            "TooManyRequestsException" => Self::TooManyRequests,
            "UnsupportedOperationException"
            | "FeatureUnavailableInTierException"
            | "OperationNotEnabledException"
            | "WebAuthnConfigurationMissingException"
            | "WebAuthnNotEnabledException" => Self::Unsupported,
            // protocol §5: what stands between a request and its operation
            "AccessDeniedException"
            | "ExpiredTokenException"
            | "IncompleteSignatureException"
            | "InvalidSignatureException"
            | "MissingAuthenticationTokenException"
            | "UnrecognizedClientException" => Self::AccessDenied,
            _ => Self::Service,
        };
        variant(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::ChallengeRequired(challenge) => {
                write!(f, "sign-in asks for {challenge}: match on `SignIn` and answer the step")
            }
            Self::SignedOut => f.write_str("this handle was signed out: sign in again"),
            Self::Configuration(what) => f.write_str(what),
            Self::Protocol(what) => write!(f, "the service's answer does not fit its protocol: {what}"),
            Self::Transport(error) => error.fmt(f),
            refusal => match refusal.service() {
                Some(error) => error.fmt(f),
                None => f.write_str("the service refused"),
            },
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::Transport(error) => error.source(),
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

/// The service could not be asked, or did not answer in time: the SDK's own account of it.
///
/// ```
/// fn log(error: &poolhouse_client::TransportError) {
///     eprintln!("{error}"); // with all its causes
/// }
/// ```
#[derive(Clone)]
pub struct TransportError {
    cause: Arc<dyn StdError + Send + Sync>,
    retryable: bool,
}

impl TransportError {
    fn new<E: StdError + Send + Sync + 'static>(error: SdkError<E>) -> Self {
        let retryable = match &error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
            // Other failures are the caller's, such as credentials that cannot be loaded.
            SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
            _ => false,
        };
        Self { cause: Arc::new(error), retryable }
    }

    /// The task that asked was ended by its runtime.
    pub(crate) fn ended(error: impl StdError + Send + Sync + 'static) -> Self {
        Self { cause: Arc::new(error), retryable: true }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the SDK's own Debug, which shows whole requests.
        f.debug_tuple("TransportError").field(&self.to_string()).finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer from the service: {}", self.cause)?;
        let mut source = self.cause.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

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
    /// A claim is missing or has another type than it must; names it.
    Claim(&'static str),
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
            Self::Claim(name) => {
                return write!(f, "the token's claim `{name}` is missing or not as it must be");
            }
            Self::KeysUnavailable => "the issuer's keys could not be fetched",
            Self::NoRefreshToken => "there is no refresh token: sign in again",
        };
        f.write_str(text)
    }
}

impl StdError for TokenError {}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
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
        Self::from_service(ServiceError {
            code: meta.code().unwrap_or("UnknownError").to_owned(),
            message: meta.message().unwrap_or_default().to_owned(),
            status: answer.raw().status().as_u16(),
            request_id: meta.request_id().map(str::to_owned),
        })
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
        Error::from_service(ServiceError { code, message, status, request_id: None })
    }

    #[test]
    fn the_cases_that_programs_branch_on_have_variants() {
        assert!(matches!(service("UserNotFoundException", ""), Error::UserNotFound(_)));
        assert!(matches!(service("GroupExistsException", ""), Error::GroupExists(_)));
        assert!(matches!(service("PasswordResetRequiredException", ""), Error::PasswordResetRequired(_)));
        assert!(matches!(service("NotAuthorizedException", "User is disabled."), Error::UserDisabled(_)));
        assert!(matches!(service("NotAuthorizedException", "else"), Error::NotAuthorized(_)));
        assert!(matches!(service("AccessDeniedException", ""), Error::AccessDenied(_)));
        assert!(matches!(service("NewException", ""), Error::Service(_)));
    }

    #[test]
    fn code_and_message_are_kept() {
        let error = service("NewException", "never seen");
        assert_eq!(error.to_string(), "NewException: never seen");
        assert_eq!(error.service().unwrap().code, "NewException");
    }

    #[test]
    fn what_may_pass_by_itself_is_retryable() {
        assert!(service("TooManyRequestsException", "").is_retryable());
        assert!(answer("InternalErrorException", "", 500).is_retryable());
        assert!(answer("UnknownError", "", 503).is_retryable());
        assert!(!service("LimitExceededException", "").is_retryable());
        assert!(Error::Token(TokenError::KeysUnavailable).is_retryable());
        assert!(!Error::SignedOut.is_retryable());
    }
}
