//! What a pool or a client says about risks (docs/cognito/operations-and-protection.md §9.2).

use poolhouse_ports::Timestamp;
use poolhouse_wire::user_pools::{
    AccountTakeoverRiskConfigurationType, CompromisedCredentialsRiskConfigurationType,
    RiskExceptionConfigurationType,
};
use serde::{Deserialize, Serialize};

/// What can be said about risks. In a request, a block that is absent is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's members, by their names")]
pub struct RiskConfiguration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compromised_credentials_risk_configuration: Option<CompromisedCredentialsRiskConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_takeover_risk_configuration: Option<AccountTakeoverRiskConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_exception_configuration: Option<RiskExceptionConfigurationType>,
}

/// A risk configuration that was set; stored as one JSON document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SetRisk {
    #[serde(flatten)]
    pub(crate) configuration: RiskConfiguration,
    #[serde(rename = "LastModifiedDate", with = "poolhouse_wire::timestamp")]
    pub(crate) modified_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<SetRisk>("risk_configuration");
    }
}
