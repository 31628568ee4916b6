//! The account as a whole.

use poolhouse_core::Cx;
use poolhouse_iam::summary;
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{GetAccountSummaryRequest, GetAccountSummaryResponse};

pub(crate) async fn get_account_summary(
    cx: &Cx,
    _input: GetAccountSummaryRequest,
) -> Result<GetAccountSummaryResponse, Fault> {
    Ok(GetAccountSummaryResponse { summary_map: Some(summary::get(cx).await?) })
}
