//! What a pool says of threat protection (docs/cognito/operations-and-protection.md §9.1).

use poolhouse_wire::user_pools::{AdvancedSecurityEnabledModeType, AdvancedSecurityModeType};

use super::Pool;

/// What threat protection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Look and record, and let everybody in.
    Audit,
    /// Do what is configured.
    Enforced,
}

/// AdvancedSecurityMode; None: off.
pub(crate) fn mode(pool: &Pool) -> Option<Mode> {
    match pool.settings.general.user_pool_add_ons.as_ref()?.advanced_security_mode {
        AdvancedSecurityModeType::Audit => Some(Mode::Audit),
        AdvancedSecurityModeType::Enforced => Some(Mode::Enforced),
        _ => None,
    }
}

/// What threat protection may do about sign-ins that the pool's functions lead; None: it does not look at them.
pub(crate) fn custom_mode(pool: &Pool) -> Option<Mode> {
    let flows =
        pool.settings.general.user_pool_add_ons.as_ref()?.advanced_security_additional_flows.as_ref()?;
    match flows.custom_auth_mode.as_ref()? {
        AdvancedSecurityEnabledModeType::Audit => Some(Mode::Audit),
        AdvancedSecurityEnabledModeType::Enforced => Some(Mode::Enforced),
        AdvancedSecurityEnabledModeType::Other(_) => None,
    }
}
