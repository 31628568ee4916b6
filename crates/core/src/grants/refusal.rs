//! Why the token endpoint refuses (docs/cognito/oauth-and-managed-login.md §6.3).

use std::borrow::Cow;

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;

use crate::Cx;

/// Why the token endpoint refuses: an `error` of RFC 6749 §5.2, or what is no matter of the request.
#[derive(Debug)]
pub enum Refusal {
    /// `invalid_request`.
    InvalidRequest,
    /// `invalid_client`, with AWS's description if it has one.
    InvalidClient(Option<&'static str>),
    /// `invalid_grant`, with the words of a function of the pool that refused.
    InvalidGrant(Option<Cow<'static, str>>),
    /// `unauthorized_client`.
    UnauthorizedClient,
    /// `invalid_scope`.
    InvalidScope,
    /// `invalid_target`.
    InvalidTarget,
    /// `unsupported_token_type`, of revocation alone.
    UnsupportedTokenType,
    /// Too many requests, or a failure of ours.
    Fault(Fault),
}

impl Refusal {
    /// A grant that is not good, whatever is wrong with it.
    pub(super) const GRANT: Self = Self::InvalidGrant(None);

    /// The value of `error` and of `error_description`; None of either for a fault.
    pub fn error(&self) -> (Option<&'static str>, Option<&str>) {
        match self {
            Self::InvalidRequest => (Some("invalid_request"), None),
            Self::InvalidClient(description) => (Some("invalid_client"), *description),
            Self::InvalidGrant(description) => (Some("invalid_grant"), description.as_deref()),
            Self::UnauthorizedClient => (Some("unauthorized_client"), None),
            Self::InvalidScope => (Some("invalid_scope"), None),
            Self::InvalidTarget => (Some("invalid_target"), None),
            Self::UnsupportedTokenType => (Some("unsupported_token_type"), None),
            Self::Fault(_) => (None, None),
        }
    }

    /// A fault that came of the grant: its user or sign-in is not, or no longer, as it must be. A function that refused
    /// is quoted (oauth-and-managed-login §6.3, open); other texts are the API's, and say more than the endpoint does.
    pub(super) fn of_grant(fault: Fault) -> Self {
        match fault.code() {
            ErrorCode::TooManyRequestsException | ErrorCode::InternalErrorException => Self::Fault(fault),
            ErrorCode::UserLambdaValidationException
            | ErrorCode::UnexpectedLambdaException
            | ErrorCode::InvalidLambdaResponseException => {
                Self::InvalidGrant(fault.message().map(|text| text.to_owned().into()))
            }
            _ => Self::GRANT,
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Runs `work`, which commits once, until the database no longer asks for a repeat of it.
///
/// # Errors
/// `work`'s.
pub(super) async fn repeated<T, F>(cx: &Cx, work: impl Fn() -> F) -> Result<T, Refusal>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let once = async || match work().await {
        Err(Refusal::Fault(fault)) => Err(fault),
        settled => Ok(settled),
    };
    cx.repeat(once).await?
}
