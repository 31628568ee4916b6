//! The account as a whole.

use poolhouse_core::Cx;
use poolhouse_iam::{details, summary};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse, GetAccountSummaryRequest,
    GetAccountSummaryResponse,
};

use super::page::asked;

pub(crate) async fn get_account_authorization_details(
    cx: &Cx,
    input: GetAccountAuthorizationDetailsRequest,
) -> Result<GetAccountAuthorizationDetailsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let (details, marker) = details::page(cx, input.filter.as_deref(), asked).await?;
    Ok(GetAccountAuthorizationDetailsResponse {
        user_detail_list: Some(details.users),
        group_detail_list: Some(details.groups),
        role_detail_list: Some(details.roles),
        policies: Some(details.policies),
        is_truncated: Some(marker.is_some()),
        marker,
    })
}

pub(crate) async fn get_account_summary(
    cx: &Cx,
    _input: GetAccountSummaryRequest,
) -> Result<GetAccountSummaryResponse, Fault> {
    Ok(GetAccountSummaryResponse { summary_map: Some(summary::get(cx).await?) })
}
