//! Recoveries of pools to an earlier moment.

use poolhouse_core::{Cx, point_in_time};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CancelPointInTimeRecoveryRequest, CancelPointInTimeRecoveryResponse, DescribePointInTimeRecoveryRequest,
    DescribePointInTimeRecoveryResponse, InitiatePointInTimeRecoveryRequest,
    InitiatePointInTimeRecoveryResponse, ListPointInTimeRecoveriesRequest, ListPointInTimeRecoveriesResponse,
    StartPointInTimeRecoveryRequest, StartPointInTimeRecoveryResponse,
};

pub(crate) async fn initiate_point_in_time_recovery(
    cx: &Cx,
    input: InitiatePointInTimeRecoveryRequest,
) -> Result<InitiatePointInTimeRecoveryResponse, Fault> {
    let restoration = point_in_time::initiate(cx, &input.user_pool_id, input.restore_timestamp).await?;
    Ok(InitiatePointInTimeRecoveryResponse { restoration: Some(restoration) })
}

pub(crate) async fn describe_point_in_time_recovery(
    cx: &Cx,
    input: DescribePointInTimeRecoveryRequest,
) -> Result<DescribePointInTimeRecoveryResponse, Fault> {
    let restoration = point_in_time::describe(cx, &input.user_pool_id, &input.restore_id).await?;
    Ok(DescribePointInTimeRecoveryResponse { restoration: Some(restoration) })
}

pub(crate) async fn list_point_in_time_recoveries(
    cx: &Cx,
    input: ListPointInTimeRecoveriesRequest,
) -> Result<ListPointInTimeRecoveriesResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = point_in_time::list(cx, &input.user_pool_id, input.max_results, token).await?;
    Ok(ListPointInTimeRecoveriesResponse { restorations: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn start_point_in_time_recovery(
    cx: &Cx,
    input: StartPointInTimeRecoveryRequest,
) -> Result<StartPointInTimeRecoveryResponse, Fault> {
    let restoration = point_in_time::start(cx, &input.user_pool_id, &input.restore_id).await?;
    Ok(StartPointInTimeRecoveryResponse { restoration: Some(restoration) })
}

pub(crate) async fn cancel_point_in_time_recovery(
    cx: &Cx,
    input: CancelPointInTimeRecoveryRequest,
) -> Result<CancelPointInTimeRecoveryResponse, Fault> {
    let restoration = point_in_time::cancel(cx, &input.user_pool_id, &input.restore_id).await?;
    Ok(CancelPointInTimeRecoveryResponse { restoration: Some(restoration) })
}
