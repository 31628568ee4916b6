//! AWS's words for what goes wrong (identity-pools-and-iam §3).

use poolhouse_kernel::Fault;
use poolhouse_ports::{IdentityId, IdentityPoolId};
use poolhouse_wire::ErrorCode;

pub(crate) fn pool_not_found(id: &IdentityPoolId) -> Fault {
    Fault::not_found(format!("IdentityPool '{id}' not found."))
}

pub(crate) fn identity_not_found(id: &IdentityId) -> Fault {
    Fault::not_found(format!("Identity '{id}' not found."))
}

/// Whoever asks has shown no login of the identity, or it was merged into another one.
pub(crate) fn forbidden(id: &IdentityId) -> Fault {
    Fault::not_authorized(format!("Access to Identity '{id}' is forbidden."))
}

pub(crate) fn no_guests() -> Fault {
    Fault::not_authorized("Unauthenticated access is not supported for this identity pool.")
}

pub(crate) fn no_providers(id: &IdentityPoolId) -> Fault {
    Fault::not_authorized(format!("Identity pool - {id} does not have identity providers configured."))
}

pub(crate) fn unsupported_provider() -> Fault {
    Fault::not_authorized("Token is not from a supported provider of this identity pool.")
}

pub(crate) fn unknown_provider() -> Fault {
    Fault::invalid_parameter("Please provide a valid public provider")
}

pub(crate) fn invalid_login(why: &str) -> Fault {
    Fault::not_authorized(format!("Invalid login token. {why}"))
}

pub(crate) fn logins_do_not_match() -> Fault {
    Fault::not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    )
}

pub(crate) fn conflict(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(ErrorCode::ResourceConflictException, message)
}

/// Whoever vouches for a login cannot be asked.
pub(crate) fn unreachable_provider() -> Fault {
    Fault::new(
        ErrorCode::ExternalServiceException,
        "The identity provider cannot be reached. Please try again.",
    )
}

/// There is no role, or it does not trust the pool.
pub(crate) fn configuration() -> Fault {
    Fault::new(
        ErrorCode::InvalidIdentityPoolConfigurationException,
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
}
