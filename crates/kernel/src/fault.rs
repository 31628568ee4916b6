//! What can go wrong, as the caller will read it.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use poolhouse_store::StoreError;
use poolhouse_wire::ErrorCode;

/// What a fault says beyond its code, for programs: texts are for people, and change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session of a sign-in that is not good, or no longer.
    Session,
    /// A name, password or proof that does not fit.
    Credentials,
    /// Too many guesses: there is nothing to do but to wait.
    Locked,
    /// A password that others know.
    KnownPassword,
    /// A text that is no e-mail address.
    Email,
    /// A text that is no telephone number.
    Phone,
    /// The browser is to sign in, or to do so once more.
    SignIn,
    /// A level of assurance that the user cannot reach.
    Level,
    /// A signature that is not there or not good.
    Signature(Unsigned),
}

/// Why a request that is to be signed counts as not signed, for the operator: its caller is told in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsigned {
    /// It says nothing of a signature.
    Missing,
    /// What it says of one cannot be read.
    Malformed,
    /// It is for another service, region or day.
    Scope,
    /// Nobody has its access key, or not with this token.
    UnknownKey,
    /// Its temporary credentials have ended.
    Ended,
    /// Its clock is off, or it was made long ago.
    Clock,
    /// It leaves open a header that has to be signed.
    OpenHeader,
    /// It would be good for another host: a proxy does not pass on the one that it got.
    Host,
    /// It does not fit: mostly the secret is wrong.
    Mismatch,
}

impl Unsigned {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Missing,
        Self::Malformed,
        Self::Scope,
        Self::UnknownKey,
        Self::Ended,
        Self::Clock,
        Self::OpenHeader,
        Self::Host,
        Self::Mismatch,
    ];

    /// As the figures name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Scope => "scope",
            Self::UnknownKey => "unknown_key",
            Self::Ended => "ended",
            Self::Clock => "clock",
            Self::OpenHeader => "open_header",
            Self::Host => "host",
            Self::Mismatch => "mismatch",
        }
    }
}

/// An error with the code and text of Cognito, and its inner cause, which only the log sees.
#[derive(Debug)]
pub struct Fault {
    code: ErrorCode,
    kind: Option<Kind>,
    message: Option<Cow<'static, str>>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    retry: bool,
}

impl Fault {
    /// A fault with the text that the caller reads.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, kind: None, message: Some(message.into()), cause: None, retry: false }
    }

    /// A fault whose answer carries no message member.
    pub fn bare(code: ErrorCode) -> Self {
        Self { code, kind: None, message: None, cause: None, retry: false }
    }

    /// A failure of ours: the caller learns nothing of it but that it happened.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            code: ErrorCode::InternalErrorException,
            kind: None,
            message: Some(
                "Something went wrong on the server. Its log names the cause under this request id.".into(),
            ),
            cause: Some(cause.into()),
            retry: false,
        }
    }

    /// Tells the log why a request is refused. Faults of the caller are everyday; faults of ours are for the operator to
    /// see, with their cause.
    pub fn log(&self) {
        let code = self.code.as_str();
        if self.code.is_failure() {
            tracing::error!(code, cause = self.cause().map(tracing::field::display), "internal failure");
        } else {
            tracing::debug!(code, "refused");
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

    /// The same fault, of this kind.
    #[must_use]
    pub fn of_kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// What the fault says beyond its code.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
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

impl Fault {
    /// The users of a pool are held still while it is recovered (new-operations §15.5, open).
    pub fn paused() -> Self {
        let text = "This operation is not enabled while a point-in-time recovery is in progress.";
        Self::new(ErrorCode::OperationNotEnabledException, text)
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
        if let StoreError::Paused = error {
            return Self::paused();
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
