//! Threat protection.

use poolhouse_core::Cx;
use poolhouse_core::threat::configuration::{self, RiskConfiguration};
use poolhouse_core::threat::history;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminListUserAuthEventsRequest, AdminListUserAuthEventsResponse, AdminUpdateAuthEventFeedbackRequest,
    DescribeRiskConfigurationRequest, DescribeRiskConfigurationResponse, SetRiskConfigurationRequest,
    SetRiskConfigurationResponse, UpdateAuthEventFeedbackRequest,
};

pub(crate) async fn admin_list_user_auth_events(
    cx: &Cx,
    input: AdminListUserAuthEventsRequest,
) -> Result<AdminListUserAuthEventsResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = history::list(cx, &input.user_pool_id, &input.username, input.max_results, token).await?;
    Ok(AdminListUserAuthEventsResponse { auth_events: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn admin_update_auth_event_feedback(
    cx: &Cx,
    input: AdminUpdateAuthEventFeedbackRequest,
) -> Result<(), Fault> {
    let (pool_id, value) = (&input.user_pool_id, &input.feedback_value);
    history::admin_feedback(cx, pool_id, &input.username, &input.event_id, value).await
}

pub(crate) async fn update_auth_event_feedback(
    cx: &Cx,
    input: UpdateAuthEventFeedbackRequest,
) -> Result<(), Fault> {
    let (pool_id, value) = (&input.user_pool_id, &input.feedback_value);
    let (event_id, token) = (&input.event_id, &input.feedback_token);
    history::feedback(cx, pool_id, &input.username, event_id, token, value).await
}

pub(crate) async fn set_risk_configuration(
    cx: &Cx,
    input: SetRiskConfigurationRequest,
) -> Result<SetRiskConfigurationResponse, Fault> {
    let wanted = RiskConfiguration {
        compromised_credentials_risk_configuration: input.compromised_credentials_risk_configuration,
        account_takeover_risk_configuration: input.account_takeover_risk_configuration,
        risk_exception_configuration: input.risk_exception_configuration,
    };
    let stored = configuration::set(cx, &input.user_pool_id, input.client_id.as_ref(), wanted).await?;
    Ok(SetRiskConfigurationResponse { risk_configuration: Some(stored) })
}

pub(crate) async fn describe_risk_configuration(
    cx: &Cx,
    input: DescribeRiskConfigurationRequest,
) -> Result<DescribeRiskConfigurationResponse, Fault> {
    let found = configuration::describe(cx, &input.user_pool_id, input.client_id.as_ref()).await?;
    Ok(DescribeRiskConfigurationResponse { risk_configuration: Some(found) })
}
