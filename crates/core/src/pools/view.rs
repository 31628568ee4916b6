//! Pools as the wire shows them (docs/cognito/operations-and-protection.md §2).

use poolhouse_wire::user_pools::{AcrLevelConfigType, UserPoolTierType, UserPoolType};

use super::{attributes, rules};
use crate::Cx;
use crate::ids;
use crate::model::Pool;

/// The answer of CreateUserPool. It names neither `identities` nor empty tags, which DescribeUserPool does
/// (recorded).
pub(super) fn of_new_pool(cx: &Cx, pool: &Pool) -> UserPoolType {
    let mut view = common(cx, pool);
    view.estimated_number_of_users = Some(0);
    view
}

/// The answer of DescribeUserPool.
pub(super) fn of_pool(cx: &Cx, pool: &Pool, users: i32) -> UserPoolType {
    let mut view = common(cx, pool);
    view.estimated_number_of_users = Some(users);
    view.user_pool_tags.get_or_insert_default();
    let schema = view.schema_attributes.get_or_insert_default();
    let standard = schema.iter().take_while(|a| !a.name.as_ref().is_some_and(|n| n.contains(':'))).count();
    schema.insert(standard, attributes::identities());
    view
}

fn common(cx: &Cx, pool: &Pool) -> UserPoolType {
    let settings = &pool.settings.general;
    // new-operations §9, open: absent in LITE pools that have no names of their own
    let has_own_names = settings.acr_configuration.as_ref().is_some_and(|names| !names.is_empty());
    let shows_acr = has_own_names || settings.user_pool_tier != Some(UserPoolTierType::Lite);
    let acr_names = || {
        let names = rules::acr_names(settings);
        names
            .map(|(level, name)| (level.to_owned(), AcrLevelConfigType { acr_value: name.to_owned() }))
            .collect()
    };
    let acr = shows_acr.then(acr_names);
    let (basis, settings) = (pool.settings.basis.clone(), settings.clone());
    UserPoolType {
        id: Some(pool.id.clone()),
        name: Some(pool.name.clone()),
        arn: Some(ids::pool_arn(&cx.settings().account_id, pool.seen_from(), &pool.id)),
        creation_date: Some(pool.created_at),
        last_modified_date: Some(pool.modified_at),
        acr_configuration: acr,
        domain: pool.domains.prefix.clone(),
        custom_domain: pool.domains.custom.clone(),
        schema_attributes: basis.schema_attributes,
        alias_attributes: basis.alias_attributes,
        username_attributes: basis.username_attributes,
        username_configuration: basis.username_configuration,
        policies: settings.policies,
        deletion_protection: settings.deletion_protection,
        lambda_config: settings.lambda_config,
        auto_verified_attributes: settings.auto_verified_attributes,
        sms_verification_message: settings.sms_verification_message,
        email_verification_message: settings.email_verification_message,
        email_verification_subject: settings.email_verification_subject,
        verification_message_template: settings.verification_message_template,
        sms_authentication_message: settings.sms_authentication_message,
        user_attribute_update_settings: settings.user_attribute_update_settings,
        mfa_configuration: settings.mfa_configuration,
        device_configuration: settings.device_configuration,
        email_configuration: settings.email_configuration,
        sms_configuration: settings.sms_configuration,
        user_pool_tags: settings.user_pool_tags,
        admin_create_user_config: settings.admin_create_user_config,
        user_pool_add_ons: settings.user_pool_add_ons,
        dcr_configuration: settings.dcr_configuration,
        account_recovery_setting: settings.account_recovery_setting,
        user_pool_tier: settings.user_pool_tier,
        key_configuration: settings.key_configuration,
        issuer_configuration: settings.issuer_configuration,
        ..UserPoolType::default()
    }
}
