//! AWS's words for what goes wrong (identity-pools-and-iam §10.4).

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;

use crate::names::Kind;

pub(crate) fn no_such(kind: Kind, name: &str) -> Fault {
    missing(format!("The {} with name {name} cannot be found.", kind.as_str()))
}

pub(crate) fn no_such_inline(kind: Kind, name: &str) -> Fault {
    missing(format!("The {} policy with name {name} cannot be found.", kind.as_str()))
}

pub(crate) fn no_such_key(access_key_id: &str) -> Fault {
    missing(format!("The Access Key with id {access_key_id} cannot be found."))
}

pub(crate) fn no_such_policy(arn: &str) -> Fault {
    missing(format!("Policy {arn} was not found."))
}

pub(crate) fn not_attachable(arn: &str) -> Fault {
    missing(format!("Policy {arn} does not exist or is not attachable."))
}

pub(crate) fn no_such_version(arn: &str, version: &str) -> Fault {
    missing(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

pub(crate) fn missing(message: String) -> Fault {
    Fault::new(ErrorCode::NoSuchEntityException, message)
}

pub(crate) fn exists(kind: Kind, name: &str) -> Fault {
    taken(format!("{} with name {name} already exists.", kind.capital()))
}

pub(crate) fn taken(message: String) -> Fault {
    Fault::new(ErrorCode::EntityAlreadyExistsException, message)
}

/// `Cannot exceed quota for UsersPerAccount: 5000`.
pub(crate) fn quota(name: &str, limit: u32) -> Fault {
    Fault::limit_exceeded(format!("Cannot exceed quota for {name}: {limit}"))
}

pub(crate) fn still_used() -> Fault {
    Fault::new(
        ErrorCode::DeleteConflictException,
        "Cannot delete entity, must remove referenced objects first.",
    )
}

pub(crate) fn validation(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(ErrorCode::ValidationException, message)
}

pub(crate) fn input(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(ErrorCode::InvalidInputException, message)
}

pub(crate) fn malformed(why: &poolhouse_policy::Malformed) -> Fault {
    Fault::new(ErrorCode::MalformedPolicyDocumentException, why.to_string())
}

pub(crate) fn not_an_arn() -> Fault {
    validation("Invalid ARN:  Could not be parsed!")
}
