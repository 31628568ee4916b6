//! UpdateUserPool and AddCustomAttributes (docs/cognito/operations-and-protection.md §3, §6).

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::clients;
use poolhouse_wire::user_pools::{SchemaAttributeType, UserPoolMfaType, UserPoolTierType};

use super::change::Change;
use super::tier::{self, Feature};
use super::{attributes, mfa, rules, settings, tags};
use crate::Cx;
use crate::model::client;
use crate::model::pool::{PoolSettings, Settings};

/// Clients read at once when all of a pool are looked through.
const CLIENTS_AT_ONCE: u32 = 100;

/// Changes a pool. What is left out is kept or falls back, member by member: see `settings::apply`.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `FeatureUnavailableInTierException`,
/// `TierChangeNotAllowedException`, `UserPoolTaggingException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    name: Option<String>,
    mut wanted: Settings,
) -> Result<(), Fault> {
    tags::check_of_pool(wanted.user_pool_tags.as_ref())?;
    let mut change = Change::begin(cx, pool_id).await?;
    let before = tier::of(&change.settings.pool);
    change.row.name = name.unwrap_or(change.row.name);
    let mfa = wanted.mfa_configuration.take();
    settings::apply(&mut change.settings.pool, wanted)?;
    if let Some(mfa) = mfa {
        set_mfa(&mut change.settings, mfa)?;
    }
    rules::check(&change.settings, &change.row.region)?;
    check_tier(cx, &mut change, &before).await?;
    change.commit_now(cx).await
}

/// Adds custom attributes to the schema of a pool.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn add_custom_attributes(
    cx: &Cx,
    pool_id: &PoolId,
    given: Vec<SchemaAttributeType>,
) -> Result<(), Fault> {
    let mut change = Change::begin(cx, pool_id).await?;
    attributes::add_custom(change.settings.basis.schema_attributes.get_or_insert_default(), given)?;
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

/// Features that are set up hold a pool in its tier, those of its clients too (operations-and-protection §6,
/// recorded).
async fn check_tier(cx: &Cx, change: &mut Change, before: &UserPoolTierType) -> Result<(), Fault> {
    let mut features = tier::of_pool(&change.settings);
    if !tier::is_lower(&tier::of(&change.settings.pool), before) {
        return tier::check(cx, &change.settings.pool, &features);
    }
    for feature in features_of_clients(&mut change.tx, &change.row.id).await? {
        if !features.contains(&feature) {
            features.push(feature);
        }
    }
    tier::check_lowering(cx, &change.settings.pool, &features)
}

async fn features_of_clients(tx: &mut Tx, pool_id: &PoolId) -> Result<Vec<Feature>, Fault> {
    let (mut features, mut after) = (Vec::new(), ClientId::default());
    loop {
        let rows = clients::list_after(tx, pool_id, &after, CLIENTS_AT_ONCE).await?;
        for row in &rows {
            let client: client::Settings = serde_json::from_str(&row.config).map_err(Fault::internal)?;
            features.extend(tier::of_client(&client));
        }
        match rows.into_iter().next_back() {
            Some(last) => after = last.client_id,
            None => return Ok(features),
        }
    }
}
