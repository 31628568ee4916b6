//! Policy documents: who may write one of which size (identity-pools-and-iam §10.1).

use poolhouse_kernel::Fault;
use poolhouse_policy::{Policy, TrustPolicy};

use crate::faults;
use crate::names::Kind;

/// The longest managed policy, blanks not counted.
pub(crate) const LONGEST_MANAGED: usize = 6144;

/// The longest trust policy.
const LONGEST_TRUST: usize = 2048;

/// All inline policies of one of a kind together, blanks not counted.
pub(crate) fn longest_inline(kind: Kind) -> usize {
    match kind {
        Kind::User => 2048,
        Kind::Group => 5120,
        Kind::Role => 10_240,
    }
}

/// The length of a document without its blanks.
pub(crate) fn length(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

/// Reads an identity policy as a caller wrote it.
///
/// # Errors
/// `MalformedPolicyDocument` with AWS's message.
pub(crate) fn check(document: &str) -> Result<(), Fault> {
    Policy::parse(document).map(drop).map_err(|why| faults::malformed(&why))
}

/// Reads a managed policy as a caller wrote it.
///
/// # Errors
/// `MalformedPolicyDocument`, `LimitExceeded`.
pub(crate) fn check_managed(document: &str) -> Result<(), Fault> {
    check(document)?;
    if length(document) > LONGEST_MANAGED {
        return Err(faults::quota("PolicySize", 6144));
    }
    Ok(())
}

/// Reads a trust policy as a caller wrote it.
///
/// # Errors
/// `MalformedPolicyDocument`, `LimitExceeded`.
pub(crate) fn check_trust(document: &str) -> Result<(), Fault> {
    TrustPolicy::parse(document).map_err(|why| faults::malformed(&why))?;
    if document.chars().count() > LONGEST_TRUST {
        return Err(faults::quota("ACLSizePerRole", 2048));
    }
    Ok(())
}
