//! How many requests of a category the account may make.

use poolhouse_core::{Cx, provisioned};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    GetProvisionedLimitRequest, GetProvisionedLimitResponse, UpdateProvisionedLimitRequest,
    UpdateProvisionedLimitResponse,
};

pub(crate) async fn get_provisioned_limit(
    cx: &Cx,
    input: GetProvisionedLimitRequest,
) -> Result<GetProvisionedLimitResponse, Fault> {
    let limit = provisioned::get(cx, input.limit_definition).await?;
    Ok(GetProvisionedLimitResponse { limit: Some(limit) })
}

pub(crate) async fn update_provisioned_limit(
    cx: &Cx,
    input: UpdateProvisionedLimitRequest,
) -> Result<UpdateProvisionedLimitResponse, Fault> {
    let limit = provisioned::update(cx, input.limit_definition, input.requested_limit_value).await?;
    Ok(UpdateProvisionedLimitResponse { limit: Some(limit) })
}
