//! From whose bucket a request is taken before anything of it is read (`poolhouse_kernel::limits`).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_wire::{Authority, Facts};

/// Counts a request of an operation by its source. Whether the signature that it `carries` is good is not known yet;
/// where one is missing, the request is anybody's.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_source(cx: &Cx, operation: &Facts, carries_signature: bool) -> Result<(), Fault> {
    let may_be_signed = matches!(operation.authority, Authority::Iam | Authority::IamOrClient);
    match cx.origin.address {
        Some(address) if may_be_signed && carries_signature => cx.admit(Asker::SignedAddress(address)),
        _ => admit_anybody(cx),
    }
}

/// Counts a request that nobody signs.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_anybody(cx: &Cx) -> Result<(), Fault> {
    cx.origin.address.map_or(Ok(()), |address| cx.admit(Asker::Address(address)))
}
