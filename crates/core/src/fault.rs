//! What can go wrong, as the caller will read it.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use poolhouse_store::StoreError;
use poolhouse_wire::ErrorCode;

/// An error with the code and text of Cognito, and its inner cause, which only the log sees.
#[derive(Debug)]
pub struct Fault {
    code: ErrorCode,
    message: Option<Cow<'static, str>>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    retry: bool,
}

impl Fault {
    /// A fault with the text that the caller reads.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: Some(message.into()), cause: None, retry: false }
    }

    /// A fault whose answer carries no message member.
    pub fn bare(code: ErrorCode) -> Self {
        Self { code, message: None, cause: None, retry: false }
    }

    /// A failure of ours: the caller learns nothing of it but that it happened.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            code: ErrorCode::InternalErrorException,
            message: Some(
                "Something went wrong on the server. Its log names the cause under this request id.".into(),
            ),
            cause: Some(cause.into()),
            retry: false,
        }
    }

    /// `InvalidParameterException`.
    pub fn invalid_parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParameterException, message)
    }

    /// `NotAuthorizedException`.
    pub fn not_authorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::NotAuthorizedException, message)
    }

    /// `ResourceNotFoundException`.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ResourceNotFoundException, message)
    }

    /// `LimitExceededException`.
    pub fn limit_exceeded(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::LimitExceededException, message)
    }

    /// An unknown pool (protocol §7.2, observed).
    pub fn pool_not_found(pool_id: &str) -> Self {
        Self::not_found(format!("User pool {pool_id} does not exist."))
    }

    /// An unknown or deleted app client (protocol §7.2, recorded).
    pub fn client_not_found(client_id: &str) -> Self {
        Self::not_found(format!("User pool client {client_id} does not exist."))
    }

    /// An unknown group (protocol §7.2, observed).
    pub fn group_not_found() -> Self {
        Self::not_found("Group not found.")
    }

    /// An unknown user, in operations of administrators and of tokens (protocol §7.2, observed).
    pub fn user_not_found() -> Self {
        Self::new(ErrorCode::UserNotFoundException, "User does not exist.")
    }

    /// An unknown user, in operations that name a user and a client (protocol §7.2, observed).
    pub fn username_client_not_found() -> Self {
        Self::new(ErrorCode::UserNotFoundException, "Username/client id combination not found.")
    }

    /// A password, proof or name that does not fit (authentication §19).
    pub fn incorrect_username_or_password() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    /// A disabled user (protocol §7.2, recorded).
    pub fn user_disabled() -> Self {
        Self::not_authorized("User is disabled.")
    }

    /// A user who signed up and has not confirmed it (protocol §7.2, observed).
    pub fn user_not_confirmed() -> Self {
        Self::new(ErrorCode::UserNotConfirmedException, "User is not confirmed.")
    }

    /// A user whose password was reset by an administrator (authentication §3, observed).
    pub fn password_reset_required() -> Self {
        Self::new(ErrorCode::PasswordResetRequiredException, "Password reset required for the user")
    }

    /// Too many tries within an hour (protocol §9, observed).
    pub fn attempts_exceeded() -> Self {
        Self::limit_exceeded("Attempt limit exceeded, please try after some time.")
    }

    /// The code of the fault.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The text for the caller.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What lies behind a failure of ours; for the log alone.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.cause.as_deref()
    }

    /// Whether the database asks for a [repeat](crate::Cx::repeat).
    pub fn is_retry(&self) -> bool {
        self.retry
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        // PostgreSQL cannot hold it; SQLite refuses it so that both are alike.
        if let StoreError::NulCharacter = error {
            return Self::invalid_parameter("A value holds the character U+0000, which is not allowed.");
        }
        if let StoreError::Busy = error {
            let text = "The database has more to do than it gets done. Try again.";
            return Self {
                cause: Some(error.into()),
                ..Self::new(ErrorCode::TooManyRequestsException, text)
            };
        }
        let retry = matches!(error, StoreError::Retry);
        Self { retry, ..Self::internal(error) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "{}: {message}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

impl Error for Fault {}
