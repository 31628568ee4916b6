//! From whose bucket a request is taken before anything of it is read (`poolhouse_kernel::limits`).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_kernel::request::Door;

/// Counts a request of an operation by its source. Whether the signature that it `carries` is good is not known yet;
/// where one is missing, the request is anybody's.
///
/// # Errors
/// `TooManyRequestsException`.
pub(crate) fn admit_source(cx: &Cx, carries_signature: bool) -> Result<(), Fault> {
    match cx.origin.address {
        Some(address) if cx.door() == Door::Admin && carries_signature => {
            cx.admit(Asker::SignedAddress(address))
        }
        _ => cx.admit_source(),
    }
}
