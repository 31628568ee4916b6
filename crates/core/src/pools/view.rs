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
    let settings = &pool.settings.pool;
    // new-operations §9, open: absent in LITE pools that have no names of their own
    let has_own_names = settings.acr_configuration.as_ref().is_some_and(|names| !names.is_empty());
    let shows_acr = has_own_names || settings.user_pool_tier != Some(UserPoolTierType::Lite);
    let acr_names = || {
        let names = rules::acr_names(settings);
        names
            .map(|(level, name)| (level.to_owned(), AcrLevelConfigType { acr_value: name.to_owned() }))
            .collect()
    };
    UserPoolType {
        id: Some(pool.id.clone()),
        name: Some(pool.name.clone()),
        arn: Some(ids::pool_arn(&cx.settings().account_id, &pool.id)),
        creation_date: Some(pool.created_at),
        last_modified_date: Some(pool.modified_at),
        acr_configuration: shows_acr.then(acr_names),
        ..settings.clone()
    }
}
