//! Users as answers show them.

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{AttributeType, AuthFactorType, UserType};

use crate::messages::attribute_of;
use crate::model::factors::Factor;
use crate::model::{Pool, User};

/// All attributes, `sub` the last of them (users-and-groups §10, observed).
pub(crate) fn attribute_list(user: &User) -> Vec<AttributeType> {
    let sub = ("sub", user.row.sub.as_str());
    let others = user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    others
        .chain([sub])
        .map(|(name, value)| AttributeType { name: name.to_owned(), value: Some(value.into()) })
        .collect()
}

/// The factors that the user has and the pool lets them use, first and second ones in one list, in the order
/// of new-operations §5.2.
pub(crate) fn auth_factors(pool: &Pool, user: &User, has_passkey: bool) -> Vec<AuthFactorType> {
    let by_code = |first: &AuthFactorType, medium: Medium| {
        user.verified_address(attribute_of(medium)).is_some()
            && (pool.allows_first_factor(first) || pool.offers_factor(Factor::of(medium)))
    };
    [
        (AuthFactorType::Password, user.row.verifier.is_some()),
        (AuthFactorType::EmailOtp, by_code(&AuthFactorType::EmailOtp, Medium::Email)),
        (AuthFactorType::SmsOtp, by_code(&AuthFactorType::SmsOtp, Medium::Sms)),
        (AuthFactorType::WebAuthn, has_passkey),
        (AuthFactorType::SoftwareToken, user.has_means_for(Factor::SoftwareToken)),
    ]
    .into_iter()
    .filter_map(|(factor, has)| has.then_some(factor))
    .collect()
}

/// The user as AdminCreateUser, AdminGetUser, ListUsers and ListUsersInGroup show it.
pub(crate) fn user_type(user: &User) -> UserType {
    UserType {
        username: Some(user.row.username.as_str().into()),
        attributes: Some(attribute_list(user)),
        user_create_date: Some(user.row.created_at),
        user_last_modified_date: Some(user.row.modified_at),
        enabled: Some(user.row.enabled),
        user_status: Some(user.status.clone()),
        mfa_options: (!user.mfa.options.is_empty()).then(|| user.mfa.options.clone()),
    }
}
