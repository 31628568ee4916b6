//! Users as answers show them.

use poolhouse_kernel::Fault;
use poolhouse_ports::{Medium, Username};
use poolhouse_wire::user_pools::{AttributeType, AuthFactorType, UserType};

use crate::messages::attribute_of;
use crate::model::factors::Factor;
use crate::model::{Pool, User};
use crate::{Cx, passkeys};

/// All attributes, `sub` the last of them (users-and-groups §10, observed).
pub(crate) fn attribute_list(user: &User) -> Vec<AttributeType> {
    let sub = ("sub", user.row.sub.as_str());
    let others = user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    others
        .chain([sub])
        .map(|(name, value)| AttributeType { name: name.to_owned(), value: Some(value.into()) })
        .collect()
}

/// The factors of a user.
#[derive(Debug)]
pub struct AuthFactors {
    /// The user's name.
    pub username: Username,
    /// The second factor that the user would rather be asked for.
    pub preferred: Option<String>,
    /// The second factors that the user turned on.
    pub activated: Option<Vec<String>>,
    /// The factors that the user has, first and second ones.
    pub configured: Vec<AuthFactorType>,
}

/// The factors of a user of the pool.
pub(crate) async fn auth_factors(cx: &Cx, pool: &Pool, user: &User) -> Result<AuthFactors, Fault> {
    let has_passkey = passkeys::has_any(cx, pool, user).await?;
    Ok(AuthFactors {
        username: user.row.username.clone(),
        preferred: user.mfa.preferred_setting(),
        activated: user.mfa.setting_list(),
        configured: configured(pool, user, has_passkey),
    })
}

/// The factors that the user has and the pool lets them use, first and second ones in one list, in the order
/// of new-operations §5.2.
fn configured(pool: &Pool, user: &User, has_passkey: bool) -> Vec<AuthFactorType> {
    let by_code = |first: &AuthFactorType, medium: Medium| {
        user.verified_address(attribute_of(medium)).is_some()
            && (pool.allows_first_factor(first) || pool.offers_factor(Factor::of(medium)))
    };
    [
        (AuthFactorType::Password, user.has_password()),
        (AuthFactorType::EmailOtp, by_code(&AuthFactorType::EmailOtp, Medium::Email)),
        (AuthFactorType::SmsOtp, by_code(&AuthFactorType::SmsOtp, Medium::Sms)),
        (AuthFactorType::WebAuthn, has_passkey),
        (AuthFactorType::SoftwareToken, user.has_means_for(Factor::SoftwareToken)),
    ]
    .into_iter()
    .filter_map(|(factor, has)| has.then_some(factor))
    .collect()
}

/// What a user is called who looks at it: where names are made up, the address with which they sign in.
pub(crate) fn shown_name<'a>(pool: &Pool, user: &'a User) -> &'a str {
    let addresses = pool.username_attributes().iter();
    let address = addresses.filter_map(|name| user.attributes.get(name.as_str())).next();
    address.map_or(&user.row.username, String::as_str)
}

/// A user with its second factors.
#[derive(Debug)]
pub struct UserDetails {
    /// What lists show of the user, too.
    pub user: UserType,
    /// The second factor that the user would rather be asked for.
    pub preferred_factor: Option<String>,
    /// The second factors that the user turned on.
    pub activated_factors: Option<Vec<String>>,
}

/// The user as AdminGetUser and GetUser show it.
pub(crate) fn details(user: &User) -> UserDetails {
    UserDetails {
        user: user_type(user),
        preferred_factor: user.mfa.preferred_setting(),
        activated_factors: user.mfa.setting_list(),
    }
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
