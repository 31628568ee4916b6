//! UpdateUserPool and AddCustomAttributes (docs/cognito/operations-and-protection.md §3, §6).

use poolhouse_store::Tx;
use poolhouse_store::tables::clients;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::types::{
    FeatureType, SchemaAttributeType, UpdateUserPoolRequest, UserPoolClientType, UserPoolMfaType,
    UserPoolTierType, UserPoolType,
};

use super::change::Change;
use super::{PoolSettings, attributes, mfa, rules, settings, tags};
use crate::{Cx, Fault};

/// Clients read at once when all of a pool are looked through.
const CLIENTS_AT_ONCE: u32 = 100;

/// Changes a pool. What is left out is kept or falls back, member by member: see `settings::apply`.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `TierChangeNotAllowedException`,
/// `UserPoolTaggingException`.
pub async fn update(cx: &Cx, mut request: UpdateUserPoolRequest) -> Result<(), Fault> {
    tags::check_of_pool(request.user_pool_tags.as_ref())?;
    let mut change = Change::begin(cx, &request.user_pool_id).await?;
    check_tier(&mut change.tx, &change.row.id, &change.settings.pool, request.user_pool_tier.as_ref())
        .await?;
    if let Some(name) = request.pool_name.take() {
        change.row.name = name;
    }
    let mfa = request.mfa_configuration.take();
    settings::apply(&mut change.settings.pool, request)?;
    if let Some(mfa) = mfa {
        set_mfa(&mut change.settings, mfa)?;
    }
    rules::check(&change.settings, &change.row.region)?;
    change.commit_now(cx).await
}

/// Adds custom attributes to the schema of a pool.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn add_custom_attributes(
    cx: &Cx,
    pool_id: &str,
    given: Vec<SchemaAttributeType>,
) -> Result<(), Fault> {
    let mut change = Change::begin(cx, pool_id).await?;
    attributes::add_custom(change.settings.pool.schema_attributes.get_or_insert_default(), given)?;
    change.commit_now(cx).await
}

/// MFA cannot come into force without a factor; SMS is one as soon as it is configured
/// (operations-and-protection §2, recorded for ON).
fn set_mfa(settings: &mut PoolSettings, wanted: UserPoolMfaType) -> Result<(), Fault> {
    if wanted == UserPoolMfaType::Off {
        settings.mfa.clear_factors();
    } else if !settings.mfa.has_factor(&settings.pool) {
        if settings.pool.sms_configuration.is_none() {
            return Err(Fault::invalid_parameter(match wanted {
                UserPoolMfaType::On => mfa::CANNOT_TURN_ON,
                _ => mfa::SMS_REQUIRED,
            }));
        }
        settings.mfa.sms = true;
    }
    settings.pool.mfa_configuration = Some(wanted);
    Ok(())
}

/// Refresh token rotation holds a pool in its tier (operations-and-protection §6, recorded). Of all other
/// features every tier has every one.
async fn check_tier(
    tx: &mut Tx,
    pool_id: &str,
    pool: &UserPoolType,
    wanted: Option<&UserPoolTierType>,
) -> Result<(), Fault> {
    let lowers = wanted == Some(&UserPoolTierType::Lite) && pool.user_pool_tier.as_ref() != wanted;
    if lowers && any_client_rotates(tx, pool_id).await? {
        return Err(Fault::new(
            ErrorCode::TierChangeNotAllowedException,
            "The following features need to be disabled for the LITE pricing tier configured: Refresh Token Rotation",
        ));
    }
    Ok(())
}

async fn any_client_rotates(tx: &mut Tx, pool_id: &str) -> Result<bool, Fault> {
    let mut after = String::new();
    loop {
        let rows = clients::list_after(tx, pool_id, &after, CLIENTS_AT_ONCE).await?;
        for row in &rows {
            let client: UserPoolClientType = serde_json::from_str(&row.config).map_err(Fault::internal)?;
            if client.refresh_token_rotation.is_some_and(|r| r.feature == FeatureType::Enabled) {
                return Ok(true);
            }
        }
        match rows.into_iter().next_back() {
            Some(last) => after = last.client_id,
            None => return Ok(false),
        }
    }
}
