//! CreateUserPool (docs/cognito/operations-and-protection.md §2).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_store::tables::{Insert, journals, pools as table};
use poolhouse_wire::user_pools::{UserPoolMfaType, UserPoolType};

use super::{attributes, place, rules, settings, tags, tier, view};
use crate::Cx;
use crate::ids;
use crate::model::Pool;
use crate::model::domain::Names;
use crate::model::pool::{MfaSettings, PoolSettings};
use crate::model::pool_settings::{Basis, Settings};
use crate::model::schema::Schema;
use crate::pools::keys;

/// A pool that is to be made.
#[derive(Debug)]
pub struct NewPool {
    /// Its name.
    pub name: String,
    /// Its own attributes beside the standard ones, changes to those, and how its users are called.
    pub basis: Basis,
    /// What can be changed later.
    pub settings: Settings,
}

/// Makes a pool with its data key and its two signing keys.
///
/// # Errors
/// `InvalidParameterException`, `FeatureUnavailableInTierException`, `UserPoolTaggingException`;
/// `OperationNotEnabledException` at a read node.
pub async fn create(cx: &Cx, new: NewPool) -> Result<UserPoolType, Fault> {
    place::admit_new(cx)?;
    let id = ids::pool_id(cx.entropy(), &cx.region);
    let settings = settings_of(cx, new.basis, new.settings)?;
    let (keys, data_key) = cx.engine().sealing().create_pool_keys(&id);
    let signing_keys = keys::make(cx, &id, &keys).await?;
    let pool = Pool {
        schema: Schema::new(settings.basis.schema_attributes.as_deref().unwrap_or_default()),
        id,
        name: new.name,
        region: cx.region.clone(),
        created_at: cx.now,
        modified_at: cx.now,
        settings,
        domains: Names::default(),
        keys: Arc::new(keys),
        paused_until: None,
        secondary: None,
        is_secondary: false,
    };
    let row = pool.to_row(data_key)?;
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::internal("a random pool id was taken already"));
    }
    keys::insert(&mut tx, &signing_keys).await?;
    if cx.state().settings.recovery_days > 0 {
        journals::insert(&mut tx, &pool.id, cx.now).await?;
    }
    tx.commit().await?;
    Ok(view::of_new_pool(cx, &pool))
}

fn settings_of(cx: &Cx, basis: Basis, mut given: Settings) -> Result<PoolSettings, Fault> {
    let basis = Basis {
        alias_attributes: basis.alias_attributes.filter(|list| !list.is_empty()),
        username_attributes: basis.username_attributes.filter(|list| !list.is_empty()),
        ..basis
    };
    if basis.alias_attributes.is_some() && basis.username_attributes.is_some() {
        return Err(Fault::invalid_parameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
        ));
    }
    tags::check_of_pool(given.user_pool_tags.as_ref())?;
    let schema = attributes::schema_of_new_pool(basis.schema_attributes.unwrap_or_default())?;
    let basis = Basis { schema_attributes: Some(schema), ..basis };
    check_preferred_username(&basis)?;
    let mfa = given.mfa_configuration.take().unwrap_or(UserPoolMfaType::Off);
    let mut general = settings::blank();
    settings::apply(&mut general, given)?;
    let demands_sms = mfa != UserPoolMfaType::Off;
    if demands_sms && general.sms_configuration.is_none() {
        return Err(Fault::invalid_parameter(super::mfa::SMS_REQUIRED));
    }
    general.mfa_configuration = Some(mfa);
    let mfa = MfaSettings { sms: demands_sms, ..MfaSettings::default() };
    let settings = PoolSettings { basis, general, mfa, ..PoolSettings::default() };
    rules::check(&settings, &cx.region)?;
    tier::check(cx, &settings.general, &tier::of_pool(&settings))?;
    Ok(settings)
}

/// `preferred_username` may be required or an alias, not both (users-and-groups §6).
fn check_preferred_username(basis: &Basis) -> Result<(), Fault> {
    let name = "preferred_username";
    let aliases = basis.alias_attributes.as_deref().unwrap_or_default();
    let schema = basis.schema_attributes.as_deref().unwrap_or_default();
    let required = schema.iter().any(|a| a.name.as_deref() == Some(name) && a.required == Some(true));
    if required && aliases.iter().any(|a| a.as_str() == name) {
        return Err(Fault::invalid_parameter("preferred_username cannot be both required and an alias."));
    }
    Ok(())
}
