//! The faults of user pools that several operations answer, in AWS's words.

use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_wire::ErrorCode;

/// An unknown pool (protocol §7.2, observed).
pub(crate) fn pool_not_found(pool_id: &PoolId) -> Fault {
    Fault::not_found(format!("User pool {pool_id} does not exist."))
}

/// An unknown or deleted app client (protocol §7.2, recorded).
pub(crate) fn client_not_found(client_id: &ClientId) -> Fault {
    Fault::not_found(format!("User pool client {client_id} does not exist."))
}

/// An unknown group (protocol §7.2, observed).
pub(crate) fn group_not_found() -> Fault {
    Fault::not_found("Group not found.")
}

/// An unknown user, in operations of administrators and of tokens (protocol §7.2, observed).
pub(crate) fn user_not_found() -> Fault {
    Fault::new(ErrorCode::UserNotFoundException, "User does not exist.")
}

/// An unknown user, in operations that name a user and a client (protocol §7.2, observed).
pub(crate) fn username_client_not_found() -> Fault {
    Fault::new(ErrorCode::UserNotFoundException, "Username/client id combination not found.")
}

/// A password, proof or name that does not fit (authentication §19).
pub(crate) fn incorrect_username_or_password() -> Fault {
    Fault::not_authorized("Incorrect username or password.").of_kind(Kind::Credentials)
}

/// A disabled user (protocol §7.2, recorded).
pub(crate) fn user_disabled() -> Fault {
    Fault::not_authorized("User is disabled.")
}

/// A user who signed up and has not confirmed it (protocol §7.2, observed).
pub(crate) fn user_not_confirmed() -> Fault {
    Fault::new(ErrorCode::UserNotConfirmedException, "User is not confirmed.")
}

/// A user whose password was reset by an administrator (authentication §3, observed).
pub(crate) fn password_reset_required() -> Fault {
    Fault::new(ErrorCode::PasswordResetRequiredException, "Password reset required for the user")
}

/// Too many tries within an hour (protocol §9, observed).
pub(crate) fn attempts_exceeded() -> Fault {
    Fault::limit_exceeded("Attempt limit exceeded, please try after some time.")
}

/// An unknown replica of a pool; the text is open (new-operations §7).
pub(crate) fn replica_not_found() -> Fault {
    Fault::not_found("User pool replica does not exist.")
}

/// An operation that a pool, or the region that it is asked at, does not have; the text is open (new-operations §1).
pub(crate) fn operation_not_enabled() -> Fault {
    Fault::new(ErrorCode::OperationNotEnabledException, "This operation is not enabled for this user pool.")
}
