//! The risk configuration that is in force for a client.

use std::net::IpAddr;

use poolhouse_wire::user_pools::{
    AccountTakeoverRiskConfigurationType, CompromisedCredentialsEventActionType,
    CompromisedCredentialsRiskConfigurationType, EventFilterType, RiskExceptionConfigurationType,
};

use super::ranges::Range;
use crate::model::threat_protection::{self, Mode};
use crate::model::{Client, Pool};

/// What is configured about risks. Where nothing was, nothing is done about them
/// (operations-and-protection §9.2, inferred).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Risk<'a> {
    /// Whether the rest is done or only recorded.
    pub(crate) mode: Mode,
    /// What is done about passwords that others know.
    pub(crate) compromised: Option<&'a CompromisedCredentialsRiskConfigurationType>,
    /// What is done about sign-ins that are unlike the user's.
    pub(crate) takeover: Option<&'a AccountTakeoverRiskConfigurationType>,
    exceptions: Option<&'a RiskExceptionConfigurationType>,
}

/// The configuration in force for a client: its own, else the pool's. None where threat protection is off.
pub(crate) fn of<'a>(pool: &'a Pool, client: &'a Client) -> Option<Risk<'a>> {
    let mode = threat_protection::mode(pool)?;
    let set = client.risk.as_ref().or(pool.settings.risk.as_ref());
    let configuration = set.map(|set| &set.configuration);
    Some(Risk {
        mode,
        compromised: configuration.and_then(|c| c.compromised_credentials_risk_configuration.as_ref()),
        takeover: configuration.and_then(|c| c.account_takeover_risk_configuration.as_ref()),
        exceptions: configuration.and_then(|c| c.risk_exception_configuration.as_ref()),
    })
}

impl Risk<'_> {
    /// Whether a password that others know is refused in `event`: BLOCK is configured for it, and in force.
    /// Without a filter it is for all events (operations-and-protection §9.2, model).
    pub(crate) fn blocks_compromised(&self, event: &EventFilterType) -> bool {
        self.mode == Mode::Enforced
            && self.compromised.is_some_and(|configuration| {
                let filter = configuration.event_filter.as_deref().unwrap_or_default();
                configuration.actions.event_action == CompromisedCredentialsEventActionType::Block
                    && (filter.is_empty() || filter.contains(event))
            })
    }

    /// Whether nobody may sign in from this address. One that is in both lists is blocked.
    pub(crate) fn blocks_address(&self, address: IpAddr) -> bool {
        holds(self.exceptions.and_then(|e| e.blocked_ip_range_list.as_deref()), address)
    }

    /// Whether risks are not looked for in what comes from this address.
    pub(crate) fn skips_address(&self, address: IpAddr) -> bool {
        holds(self.exceptions.and_then(|e| e.skipped_ip_range_list.as_deref()), address)
    }
}

fn holds(ranges: Option<&[String]>, address: IpAddr) -> bool {
    let ranges = ranges.unwrap_or_default().iter().filter_map(|text| Range::parse(text));
    ranges.into_iter().any(|range| range.contains(address))
}
