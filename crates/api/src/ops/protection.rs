//! Threat protection.

use poolhouse_core::protection::configuration;
use poolhouse_core::{Cx, Fault};
use poolhouse_wire::Sensitive;
use poolhouse_wire::types::{
    DescribeRiskConfigurationRequest, DescribeRiskConfigurationResponse, RiskConfigurationType,
    SetRiskConfigurationRequest, SetRiskConfigurationResponse,
};

pub(crate) async fn set_risk_configuration(
    cx: &Cx,
    input: SetRiskConfigurationRequest,
) -> Result<SetRiskConfigurationResponse, Fault> {
    let wanted = RiskConfigurationType {
        compromised_credentials_risk_configuration: input.compromised_credentials_risk_configuration,
        account_takeover_risk_configuration: input.account_takeover_risk_configuration,
        risk_exception_configuration: input.risk_exception_configuration,
        ..RiskConfigurationType::default()
    };
    let client_id = input.client_id.as_ref().map(Sensitive::as_str);
    let stored = configuration::set(cx, &input.user_pool_id, client_id, wanted).await?;
    Ok(SetRiskConfigurationResponse { risk_configuration: Some(stored) })
}

pub(crate) async fn describe_risk_configuration(
    cx: &Cx,
    input: DescribeRiskConfigurationRequest,
) -> Result<DescribeRiskConfigurationResponse, Fault> {
    let client_id = input.client_id.as_ref().map(Sensitive::as_str);
    let found = configuration::describe(cx, &input.user_pool_id, client_id).await?;
    Ok(DescribeRiskConfigurationResponse { risk_configuration: Some(found) })
}
