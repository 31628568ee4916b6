//! CreateUserPool (docs/cognito/operations-and-protection.md §2).

use poolhouse_kernel::Fault;
use poolhouse_store::tables::{Insert, pools as table};
use poolhouse_wire::user_pools::{
    CreateUserPoolRequest, UpdateUserPoolRequest, UserPoolMfaType, UserPoolType,
};

use super::{attributes, rules, settings, tags, tier, view};
use crate::Cx;
use crate::ids;
use crate::model::Pool;
use crate::model::pool::{MfaSettings, PoolSettings};
use crate::model::schema::Schema;
use crate::pools::keys;

/// Makes a pool with its data key and its two signing keys.
///
/// # Errors
/// `InvalidParameterException`, `FeatureUnavailableInTierException`, `UserPoolTaggingException`.
pub async fn create(cx: &Cx, request: CreateUserPoolRequest) -> Result<UserPoolType, Fault> {
    let id = ids::pool_id(cx.entropy(), &cx.region);
    let name = request.pool_name.clone();
    let settings = settings_of(cx, request)?;
    let (keys, data_key) = cx.engine().sealing().create_pool_keys(&id);
    let signing_keys = keys::make(cx, &id, &keys).await?;
    let pool = Pool {
        schema: Schema::new(settings.pool.schema_attributes.as_deref().unwrap_or_default()),
        id,
        name,
        region: cx.region.clone(),
        created_at: cx.now,
        modified_at: cx.now,
        settings,
        keys,
    };
    let row = pool.to_row(data_key)?;
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::internal("a random pool id was taken already"));
    }
    keys::insert(&mut tx, &signing_keys).await?;
    tx.commit().await?;
    Ok(view::of_new_pool(cx, &pool))
}

fn settings_of(cx: &Cx, mut request: CreateUserPoolRequest) -> Result<PoolSettings, Fault> {
    let alias_attributes = request.alias_attributes.take().filter(|list| !list.is_empty());
    let username_attributes = request.username_attributes.take().filter(|list| !list.is_empty());
    if alias_attributes.is_some() && username_attributes.is_some() {
        return Err(Fault::invalid_parameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
        ));
    }
    tags::check_of_pool(request.user_pool_tags.as_ref())?;
    let mut pool = UserPoolType {
        schema_attributes: Some(attributes::schema_of_new_pool(request.schema.take().unwrap_or_default())?),
        alias_attributes,
        username_attributes,
        username_configuration: request.username_configuration.take(),
        ..settings::blank()
    };
    check_preferred_username(&pool)?;
    let mfa = request.mfa_configuration.take().unwrap_or(UserPoolMfaType::Off);
    settings::apply(&mut pool, changeable(request))?;
    let demands_sms = mfa != UserPoolMfaType::Off;
    if demands_sms && pool.sms_configuration.is_none() {
        return Err(Fault::invalid_parameter(super::mfa::SMS_REQUIRED));
    }
    pool.mfa_configuration = Some(mfa);
    let mfa = MfaSettings { sms: demands_sms, ..MfaSettings::default() };
    let settings = PoolSettings { pool, mfa, ..PoolSettings::default() };
    rules::check(&settings, &cx.region)?;
    tier::check(cx, &settings.pool, &tier::of_pool(&settings))?;
    Ok(settings)
}

/// `preferred_username` may be required or an alias, not both (users-and-groups §6).
fn check_preferred_username(pool: &UserPoolType) -> Result<(), Fault> {
    let name = "preferred_username";
    let aliases = pool.alias_attributes.as_deref().unwrap_or_default();
    let schema = pool.schema_attributes.as_deref().unwrap_or_default();
    let required = schema.iter().any(|a| a.name.as_deref() == Some(name) && a.required == Some(true));
    if required && aliases.iter().any(|a| a.as_str() == name) {
        return Err(Fault::invalid_parameter("preferred_username cannot be both required and an alias."));
    }
    Ok(())
}

/// The members that UpdateUserPool can change later.
fn changeable(request: CreateUserPoolRequest) -> UpdateUserPoolRequest {
    UpdateUserPoolRequest {
        policies: request.policies,
        deletion_protection: request.deletion_protection,
        lambda_config: request.lambda_config,
        auto_verified_attributes: request.auto_verified_attributes,
        sms_verification_message: request.sms_verification_message,
        email_verification_message: request.email_verification_message,
        email_verification_subject: request.email_verification_subject,
        verification_message_template: request.verification_message_template,
        sms_authentication_message: request.sms_authentication_message,
        user_attribute_update_settings: request.user_attribute_update_settings,
        device_configuration: request.device_configuration,
        email_configuration: request.email_configuration,
        sms_configuration: request.sms_configuration,
        user_pool_tags: request.user_pool_tags,
        admin_create_user_config: request.admin_create_user_config,
        user_pool_add_ons: request.user_pool_add_ons,
        dcr_configuration: request.dcr_configuration,
        account_recovery_setting: request.account_recovery_setting,
        user_pool_tier: request.user_pool_tier,
        key_configuration: request.key_configuration,
        issuer_configuration: request.issuer_configuration,
        acr_configuration: request.acr_configuration,
        ..UpdateUserPoolRequest::default()
    }
}
