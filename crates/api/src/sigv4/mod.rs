//! AWS Signature Version 4, header form: reading and verifying (docs/cognito/protocol.md §5.1).
//!
//! Pure functions over the request's parts; who the caller is and which secret belongs to an access
//! key is the business of `authority`.

mod header;
mod mismatch;
mod stamp;
mod verify;

pub(crate) use header::Authorization;
pub(crate) use mismatch::Mismatches;
pub(crate) use stamp::Stamp;
pub(crate) use verify::{SigningKey, check_stamp, signature_matches};

/// The service name in the credential scope, of user pools.
pub(crate) const USER_POOLS: &str = "cognito-idp";

/// And of the key service.
pub(crate) const KEY_SERVICE: &str = "kms";

#[cfg(test)]
pub(crate) mod tests;
