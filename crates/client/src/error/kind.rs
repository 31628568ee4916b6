//! Kinds of refusals.

use std::fmt;

/// What kind of refusal one is, by the service's code.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::CodeStep, code: &str) -> poolhouse_client::Result<()> {
/// use poolhouse_client::ErrorKind;
///
/// let refused = step.respond(code).await.err().and_then(|error| error.kind());
/// match refused {
///     Some(ErrorKind::CodeMismatch) => println!("try again"),
///     Some(ErrorKind::TooManyAttempts) => println!("wait a while"),
///     _ => {}
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No such user, or the client may not learn whether there is one.
    UserNotFound,
    /// The name is taken.
    UsernameExists,
    /// Another user has this e-mail address or phone number as alias.
    AliasExists,
    /// The user has not confirmed the sign-up yet.
    UserNotConfirmed,
    /// The user is disabled.
    UserDisabled,
    /// The password was reset: `confirm_forgot_password` sets a new one.
    PasswordResetRequired,
    /// Wrong name or password, a dead session, a revoked token: the message says which.
    NotAuthorized,
    /// Too many wrong passwords or codes: the user is locked for a while, from a second to a quarter of an hour.
    TooManyAttempts,
    /// The refresh token was exchanged for another one already.
    RefreshTokenReused,
    /// The password does not conform to the pool's policy; the message names the rule.
    InvalidPassword,
    /// The password was used before.
    PasswordUsedBefore,
    /// The code is wrong.
    CodeMismatch,
    /// The code is too old, was used, or was never asked for.
    CodeExpired,
    /// A code could not be delivered.
    CodeDeliveryFailed,
    /// The authenticator's code does not fit the secret that is being set up.
    SoftwareTokenMismatch,
    /// The second factor is not set up, or the pool does not offer it.
    MfaMethodNotFound,
    /// A group of this name exists.
    GroupExists,
    /// An identity provider of this name exists.
    ProviderExists,
    /// No such pool, app client, group, device or provider: the message says which.
    NotFound,
    /// The service refuses an argument.
    InvalidParameter,
    /// A trigger of the pool refused or failed.
    Trigger,
    /// Too often for one user within the hour, or a quota is used up.
    LimitExceeded,
    /// Too often in all, after the SDK's own repetitions.
    TooManyRequests,
    /// The service, or this client of the pool, does not do that.
    Unsupported,
    /// The AWS credentials are unknown, expired, or not allowed to do that.
    AccessDenied,
    /// The pool's domain does not know the app client, or its secret is wrong.
    InvalidClient,
    /// The browser has no session at the pool's domain, and was not to be asked (`prompt=none`).
    LoginRequired,
    /// Any other refusal.
    Other,
}

impl ErrorKind {
    pub(crate) fn of(code: &str, message: &str) -> Self {
        match code {
            "UserNotFoundException" => Self::UserNotFound,
            "UsernameExistsException" => Self::UsernameExists,
            "AliasExistsException" => Self::AliasExists,
            "UserNotConfirmedException" => Self::UserNotConfirmed,
            "NotAuthorizedException" => match message {
                // authentication §3, recorded: a disabled user is told by this text alone
                "User is disabled." => Self::UserDisabled,
                // authentication §6, doc: so is one who is locked
                "Password attempts exceeded" => Self::TooManyAttempts,
                _ => Self::NotAuthorized,
            },
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
            // Cognito's own, and those of the gateways before it, which the SDK repeats as throttling
            "TooManyRequestsException"
            | "BandwidthLimitExceeded"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException" => Self::TooManyRequests,
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
            // oauth-and-managed-login §4.5, oauth-and-managed-login §6.3: what a pool's domain says
            "access_denied" | "invalid_grant" => Self::NotAuthorized,
            "invalid_client" => Self::InvalidClient,
            "invalid_request" | "invalid_scope" => Self::InvalidParameter,
            "login_required" => Self::LoginRequired,
            "unauthorized_client" | "unsupported_grant_type" | "unsupported_token_type" => Self::Unsupported,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UserNotFound => "there is no such user",
            Self::UsernameExists => "the username is taken",
            Self::AliasExists => "another user has this alias",
            Self::UserNotConfirmed => "the user has not confirmed the sign-up",
            Self::UserDisabled => "the user is disabled",
            Self::PasswordResetRequired => "the password was reset: a new one must be set with a code",
            Self::NotAuthorized => "the service does not authorize this",
            Self::TooManyAttempts => "too many attempts: the user is locked for a while",
            Self::RefreshTokenReused => "the refresh token was used before",
            Self::InvalidPassword => "the password does not conform to the policy",
            Self::PasswordUsedBefore => "the password was used before",
            Self::CodeMismatch => "the code is wrong",
            Self::CodeExpired => "the code is not valid any more",
            Self::CodeDeliveryFailed => "the code could not be delivered",
            Self::SoftwareTokenMismatch => "the code does not fit the authenticator's secret",
            Self::MfaMethodNotFound => "there is no such second factor",
            Self::GroupExists => "the group exists already",
            Self::ProviderExists => "the identity provider exists already",
            Self::NotFound => "there is no such thing in the pool",
            Self::InvalidParameter => "the service refuses an argument",
            Self::Trigger => "a trigger of the pool refused or failed",
            Self::LimitExceeded => "a limit of the user or of the pool is used up",
            Self::TooManyRequests => "too many requests",
            Self::Unsupported => "the service or the app client does not do that",
            Self::AccessDenied => "the AWS credentials do not allow this",
            Self::InvalidClient => "the app client is not known, or its secret is wrong",
            Self::LoginRequired => "the user must sign in",
            Self::Other => "the service refused",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_its_code_and_some_by_their_text() {
        assert_eq!(ErrorKind::of("UserNotFoundException", ""), ErrorKind::UserNotFound);
        assert_eq!(ErrorKind::of("GroupExistsException", ""), ErrorKind::GroupExists);
        assert_eq!(ErrorKind::of("PasswordResetRequiredException", ""), ErrorKind::PasswordResetRequired);
        assert_eq!(ErrorKind::of("NotAuthorizedException", "User is disabled."), ErrorKind::UserDisabled);
        assert_eq!(
            ErrorKind::of("NotAuthorizedException", "Password attempts exceeded"),
            ErrorKind::TooManyAttempts
        );
        assert_eq!(ErrorKind::of("NotAuthorizedException", "else"), ErrorKind::NotAuthorized);
        assert_eq!(ErrorKind::of("AccessDeniedException", ""), ErrorKind::AccessDenied);
        assert_eq!(ErrorKind::of("ThrottlingException", ""), ErrorKind::TooManyRequests);
        assert_eq!(ErrorKind::of("RequestLimitExceeded", ""), ErrorKind::TooManyRequests);
        assert_eq!(ErrorKind::of("invalid_grant", ""), ErrorKind::NotAuthorized);
        assert_eq!(ErrorKind::of("invalid_client", "invalid_client_secret"), ErrorKind::InvalidClient);
        assert_eq!(ErrorKind::of("invalid_request", "invalid_scope"), ErrorKind::InvalidParameter);
        assert_eq!(ErrorKind::of("NewException", ""), ErrorKind::Other);
    }
}
