//! UpdateUserPool and AddCustomAttributes (docs/cognito/operations-and-protection.md §3, §6).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::{cimd_policies, domains, journals};
use poolhouse_wire::user_pools::{SchemaAttributeType, UserPoolMfaType, UserPoolTierType};

use super::all_clients::AllClients;
use super::change::PoolChange;
use super::tier::{self, Feature};
use super::{attributes, mfa, place, regional, replicas, rules, settings, tags};
use crate::Cx;
use crate::model::client::Config;
use crate::model::domain::{Domain, ManagedLoginVersion};
use crate::model::pool::PoolSettings;
use crate::model::pool_settings::Settings;

/// Changes a pool. What is left out is kept or falls back, member by member: see `settings::apply`. At its other region
/// only that can be changed which each region has for itself.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `UserImportInProgressException`, `FeatureUnavailableInTierException`,
/// `TierChangeNotAllowedException`, `UserPoolTaggingException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    name: Option<String>,
    mut wanted: Settings,
) -> Result<(), Fault> {
    tags::check_of_pool(wanted.user_pool_tags.as_ref())?;
    let mut change = PoolChange::begin(cx, pool_id).await?;
    change.check_no_import().await?;
    if place::is_secondary(cx, &change.settings) {
        return regional::update(cx, change, name, wanted).await;
    }
    let before = tier::of(&change.settings.general);
    change.row.name = name.unwrap_or(change.row.name);
    let mfa = wanted.mfa_configuration.take();
    settings::apply(&mut change.settings.general, wanted)?;
    if let Some(mfa) = mfa {
        set_mfa(&mut change.settings, mfa)?;
    }
    rules::check(&change.settings, &change.row.region)?;
    if change.settings.replica.is_some() {
        replicas::check_key(&change.settings)?;
    }
    check_tier(cx, &mut change, &before).await?;
    change.commit_now(cx).await
}

/// Adds custom attributes to the schema of a pool.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `UserImportInProgressException`.
pub async fn add_custom_attributes(
    cx: &Cx,
    pool_id: &PoolId,
    given: Vec<SchemaAttributeType>,
) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    change.check_no_import().await?;
    attributes::add_custom(change.settings.basis.schema_attributes.get_or_insert_default(), given)?;
    change.commit_now(cx).await
}

/// MFA cannot come into force without a factor; SMS is one as soon as it is configured
/// (operations-and-protection §2, recorded for ON).
fn set_mfa(settings: &mut PoolSettings, wanted: UserPoolMfaType) -> Result<(), Fault> {
    if wanted == UserPoolMfaType::Off {
        settings.mfa.clear_factors();
    } else if !settings.mfa.has_factor(&settings.general) {
        if settings.general.sms_configuration.is_none() {
            return Err(Fault::invalid_parameter(match wanted {
                UserPoolMfaType::On => mfa::CANNOT_TURN_ON,
                _ => mfa::SMS_REQUIRED,
            }));
        }
        settings.mfa.sms = true;
    }
    settings.general.mfa_configuration = Some(wanted);
    Ok(())
}

/// Features that are set up hold a pool in its tier, those of its clients (operations-and-protection §6, recorded) and
/// domains too.
async fn check_tier(cx: &Cx, change: &mut PoolChange, before: &UserPoolTierType) -> Result<(), Fault> {
    let mut features = tier::of_pool(&change.settings);
    if !tier::is_lower(&tier::of(&change.settings.general), before) {
        return tier::check(cx, &change.settings.general, &features);
    }
    for feature in features_of_clients(&mut change.tx, &change.row.id).await? {
        if !features.contains(&feature) {
            features.push(feature);
        }
    }
    for row in domains::list(&mut change.tx, &change.row.id).await? {
        if Domain::from_row(row)?.settings.version == ManagedLoginVersion::ManagedLogin {
            features.push(Feature::ManagedLogin);
        }
    }
    if cimd_policies::count(&mut change.tx, &change.row.id, 1).await? > 0 {
        features.push(Feature::ClientMetadataDocuments);
    }
    let journal = journals::get(&mut change.tx, &change.row.id).await?;
    if journal.is_some_and(|journal| journal.is_paused(cx.now)) {
        features.push(Feature::PointInTimeRecovery);
    }
    features.dedup();
    tier::check_lowering(cx, &change.settings.general, &features)
}

async fn features_of_clients(tx: &mut Tx, pool_id: &PoolId) -> Result<Vec<Feature>, Fault> {
    let (mut features, mut clients) = (Vec::new(), AllClients::of(pool_id));
    while let Some(rows) = clients.next(tx).await? {
        for row in &rows {
            features.extend(tier::of_client(&Config::from_json(&row.config)?.settings));
        }
    }
    Ok(features)
}
