//! Encoded messages about denials.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::sts::{DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse};

/// Denials of the services here say in plain words who was denied what, and why; none has an encoded message. So any that
/// is given is of somebody else's.
#[expect(clippy::unused_async, reason = "handlers are")]
pub(crate) async fn decode_authorization_message(
    _cx: &Cx,
    _input: DecodeAuthorizationMessageRequest,
) -> Result<DecodeAuthorizationMessageResponse, Fault> {
    Err(Fault::new(ErrorCode::InvalidAuthorizationMessageException, "Message is not valid"))
}
