//! What the tiers of a pool lack (docs/cognito/operations-and-protection.md §6).

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    AdvancedSecurityModeType, AuthFactorType, ExplicitAuthFlowsType, FeatureType,
    PreTokenGenerationLambdaVersionType, StatusType, UserPoolTierType,
};

use crate::model::client;
use crate::model::logs::LogSource;
use crate::model::pool::{PoolSettings, first_factors};
use crate::model::pool_settings::Settings;
use crate::{Cx, Tiers};

/// Something that not every tier has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    RefreshTokenRotation,
    PasswordlessSignIn,
    TokenCustomizationV2,
    TokenCustomizationV3,
    ThreatProtection,
    EmailMfa,
    PasswordHistory,
    SessionTracking,
    DynamicClientRegistration,
    AuthenticationContext,
    ClientMetadataDocuments,
    ManagedLogin,
    LogStreaming,
    PointInTimeRecovery,
    MultiRegionReplication,
}

impl Feature {
    /// AWS's word for it (operations-and-protection §6 tells which are recorded).
    const fn name(self) -> &'static str {
        match self {
            Self::RefreshTokenRotation => "Refresh Token Rotation",
            Self::PasswordlessSignIn => "Passwordless Sign-In",
            Self::TokenCustomizationV2 => "Token Customization with Pre-Token Generation Lambda V2_0",
            Self::TokenCustomizationV3 => "Token Customization with Pre-Token Generation Lambda V3_0",
            Self::ThreatProtection => "Threat Protection",
            Self::EmailMfa => "Email MFA",
            Self::PasswordHistory => "Password History",
            Self::SessionTracking => "User Session Tracking",
            Self::DynamicClientRegistration => "Dynamic Client Registration",
            Self::AuthenticationContext => "Authentication Context Class Reference",
            Self::ClientMetadataDocuments => "Client ID Metadata Documents",
            Self::ManagedLogin => "Managed Login Version 2",
            Self::LogStreaming => "Log Streaming",
            Self::PointInTimeRecovery => "Point-In-Time Recovery",
            Self::MultiRegionReplication => "Multi-Region Replication",
        }
    }

    /// Whether the feature is refused below its tier: rotation always, as recorded, the others where the operator
    /// wants it so.
    fn is_held(self, tiers: Tiers) -> bool {
        self == Self::RefreshTokenRotation || tiers == Tiers::Strict
    }

    fn is_in(self, tier: &UserPoolTierType) -> bool {
        match tier {
            UserPoolTierType::Lite => false,
            UserPoolTierType::Essentials => !matches!(self, Self::ThreatProtection | Self::LogStreaming),
            _ => true,
        }
    }
}

/// The tier of a pool; one that was never named is ESSENTIALS (operations-and-protection §2, recorded).
pub(crate) fn of(pool: &Settings) -> UserPoolTierType {
    pool.user_pool_tier.clone().unwrap_or(UserPoolTierType::Essentials)
}

/// Whether `now` has less than `before`.
pub(super) fn is_lower(now: &UserPoolTierType, before: &UserPoolTierType) -> bool {
    let rank = |tier: &UserPoolTierType| match tier {
        UserPoolTierType::Lite => 0,
        UserPoolTierType::Essentials => 1,
        _ => 2,
    };
    rank(now) < rank(before)
}

/// Refuses features that are set up or used above the tier.
///
/// # Errors
/// `FeatureUnavailableInTierException`.
pub(crate) fn check(cx: &Cx, pool: &Settings, features: &[Feature]) -> Result<(), Fault> {
    refuse(cx, pool, features, ErrorCode::FeatureUnavailableInTierException)
}

/// Refuses what belongs to the pool without being among its settings, in AWS's other words (oauth-and-managed-login
/// §2, observed).
///
/// # Errors
/// `FeatureUnavailableInTierException`.
pub(crate) fn check_available(cx: &Cx, pool: &Settings, feature: Feature) -> Result<(), Fault> {
    let (tier, tiers) = (of(pool), cx.state().settings.tiers);
    if feature.is_in(&tier) || !feature.is_held(tiers) {
        return Ok(());
    }
    let name = feature.name();
    let text =
        format!("The following feature is not available for the {tier} pricing tier configured: {name}");
    Err(Fault::new(ErrorCode::FeatureUnavailableInTierException, text))
}

/// Refuses to lower the tier below what is set up.
///
/// # Errors
/// `TierChangeNotAllowedException`.
pub(super) fn check_lowering(cx: &Cx, pool: &Settings, features: &[Feature]) -> Result<(), Fault> {
    refuse(cx, pool, features, ErrorCode::TierChangeNotAllowedException)
}

fn refuse(cx: &Cx, pool: &Settings, features: &[Feature], code: ErrorCode) -> Result<(), Fault> {
    let (tier, tiers) = (of(pool), cx.engine().state().settings.tiers);
    let lacking = features.iter().filter(|feature| feature.is_held(tiers) && !feature.is_in(&tier));
    let names: Vec<&str> = lacking.map(|feature| feature.name()).collect();
    if names.is_empty() {
        return Ok(());
    }
    // Of several features at once no text is known.
    let names = names.join(", ");
    let text =
        format!("The following features need to be disabled for the {tier} pricing tier configured: {names}");
    Err(Fault::new(code, text))
}

/// The features that a pool's settings set up.
pub(super) fn of_pool(settings: &PoolSettings) -> Vec<Feature> {
    let pool = &settings.general;
    let config = pool.lambda_config.as_ref().and_then(|l| l.pre_token_generation_config.as_ref());
    let version = config.map(|config| &config.lambda_version);
    let history = pool.policies.as_ref().and_then(|p| p.password_policy.as_ref()?.password_history_size);
    let add_ons = pool.user_pool_add_ons.as_ref().map(|add_ons| &add_ons.advanced_security_mode);
    let registration = pool.dcr_configuration.as_ref().and_then(|dcr| dcr.enable_status.as_ref());
    let passwordless = |factor: &AuthFactorType| *factor != AuthFactorType::Password;
    let set_up = [
        (Feature::PasswordlessSignIn, first_factors(pool).iter().any(passwordless)),
        (Feature::TokenCustomizationV2, version == Some(&PreTokenGenerationLambdaVersionType::V2_0)),
        (Feature::TokenCustomizationV3, version == Some(&PreTokenGenerationLambdaVersionType::V3_0)),
        (Feature::ThreatProtection, add_ons.is_some_and(|mode| *mode != AdvancedSecurityModeType::Off)),
        (Feature::EmailMfa, settings.mfa.email.is_some()),
        (Feature::PasswordHistory, history.is_some_and(|size| size > 0)),
        (Feature::SessionTracking, settings.sessions.since().is_some()),
        (Feature::DynamicClientRegistration, registration == Some(&StatusType::Enabled)),
        (Feature::LogStreaming, settings.logs.iter().any(|log| log.source == LogSource::UserAuthEvents)),
        (Feature::MultiRegionReplication, settings.replica.is_some()),
        (Feature::AuthenticationContext, pool.acr_configuration.as_ref().is_some_and(|acr| !acr.is_empty())),
    ];
    set_up.into_iter().filter_map(|(feature, is_set_up)| is_set_up.then_some(feature)).collect()
}

/// The features that a client's settings set up.
pub(crate) fn of_client(client: &client::Settings) -> Vec<Feature> {
    let rotation = client.refresh_token_rotation.as_ref();
    let flows = client.explicit_auth_flows.as_deref().unwrap_or_default();
    let set_up = [
        (Feature::RefreshTokenRotation, rotation.is_some_and(|r| r.feature == FeatureType::Enabled)),
        // authentication §2, model
        (Feature::PasswordlessSignIn, flows.contains(&ExplicitAuthFlowsType::AllowUserAuth)),
    ];
    set_up.into_iter().filter_map(|(feature, is_set_up)| is_set_up.then_some(feature)).collect()
}
