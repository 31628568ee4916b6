//! Who signs.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::sts::{GetCallerIdentityRequest, GetCallerIdentityResponse};

pub(crate) async fn get_caller_identity(
    cx: &Cx,
    _input: GetCallerIdentityRequest,
) -> Result<GetCallerIdentityResponse, Fault> {
    let caller = cx.principal().ok_or_else(|| Fault::internal("nobody has signed a signed operation"))?;
    Ok(GetCallerIdentityResponse {
        user_id: Some(caller.user_id.clone()),
        account: Some(cx.settings().account_id.clone()),
        arn: Some(caller.arn.clone()),
    })
}
