//! Why nothing comes of a sign-in at a provider, as applications are told (docs/cognito/federation.md §12).

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use crate::grants::authorize::{self, Asked};
use crate::providers::oidc::failure::Failure;
use crate::providers::saml::failure::Failure as SamlFailure;

/// The longest text of a provider that is passed on, in characters.
const LONGEST: usize = 500;

/// Where a browser goes that came back from a provider for nothing.
#[derive(Debug)]
pub enum Refused {
    /// To the error page: nothing is known of a sign-in that was begun in this browser.
    Unknown,
    /// To the page that leads back to where it began: it took too long.
    Expired(Box<Asked>),
    /// Where the request leads that it was begun for.
    Asked(Box<Asked>, authorize::Refused),
    /// Too many requests, or a failure of ours.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Why a provider's answer names nobody.
#[derive(Debug)]
pub(super) enum Reason {
    /// The answer is of another provider.
    OtherIssuer(String),
    /// The answer does not name its provider, which always names itself.
    NoIssuer,
    /// The provider refused, in its own words.
    Told(String, Option<String>),
    /// The answer is neither a code nor an error.
    NoCode,
    /// What became of the code.
    Failure(Failure),
    /// What became of an answer of SAML.
    Saml(SamlFailure),
}

impl From<Failure> for Reason {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// For the log.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherIssuer(issuer) => {
                write!(f, "the answer is of another provider, {:?} (iss)", passed_on(issuer))
            }
            Self::NoIssuer => f.write_str("the answer does not name its provider, which always does (iss)"),
            Self::Told(error, _) => write!(f, "the provider refused: {:?}", passed_on(error)),
            Self::NoCode => f.write_str("the answer has no code"),
            Self::Failure(failure) => failure.fmt(f),
            Self::Saml(failure) => failure.fmt(f),
        }
    }
}

impl Reason {
    /// `error` and `error_description`.
    pub(super) fn told(&self, provider: &str) -> (String, String) {
        let invalid = |description: String| ("invalid_request".to_owned(), description);
        match self {
            Self::OtherIssuer(_) | Self::NoIssuer => invalid("Bad issuer of the response".to_owned()),
            Self::Told(error, description) => {
                (passed_on(error), passed_on(description.as_deref().unwrap_or_default()))
            }
            Self::NoCode => invalid("Missing code".to_owned()),
            Self::Failure(failure) => invalid(failure.description(provider)),
            Self::Saml(failure) => ("server_error".to_owned(), failure.description()),
        }
    }
}

/// A stranger's text.
fn passed_on(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}

/// Why somebody whom a provider vouches for is not let in.
#[derive(Debug)]
pub(crate) enum NotAdmitted {
    /// What the provider says of them makes no user of this pool.
    Attributes(String),
    /// A function of the pool, or a rule of it.
    Fault(Fault),
}

impl From<Fault> for NotAdmitted {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// For the log.
impl fmt::Display for NotAdmitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attributes(text) => f.write_str(text.trim_end()),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl NotAdmitted {
    /// `error` and `error_description`.
    ///
    /// # Errors
    /// What is no refusal.
    pub(super) fn told(self, kind: &Kind) -> Result<(&'static str, String), Fault> {
        match self {
            Self::Attributes(text) if *kind == Kind::Saml => {
                Ok(("server_error", format!("Invalid SAML response received: {text}")))
            }
            Self::Attributes(text) => Ok(("invalid_request", text)),
            Self::Fault(fault) => match (fault.code(), fault.message()) {
                (ErrorCode::TooManyRequestsException, _) => Err(fault),
                (code, _) if code.is_failure() || fault.is_retry() => Err(fault),
                // A trailing blank is AWS's (triggers-and-messages §3).
                (
                    ErrorCode::UserLambdaValidationException
                    | ErrorCode::UnexpectedLambdaException
                    | ErrorCode::InvalidLambdaResponseException,
                    Some(text),
                ) => Ok(("invalid_request", format!("{text} "))),
                (_, text) => Ok(("invalid_request", text.unwrap_or_default().to_owned())),
            },
        }
    }
}
