//! Users as answers show them.

use poolhouse_wire::Timestamp;
use poolhouse_wire::types::{AttributeType, UserType};

use super::record::User;

/// All attributes, `sub` the last of them (users-and-groups §10, observed).
pub(crate) fn attribute_list(user: &User) -> Vec<AttributeType> {
    let sub = ("sub", user.row.sub.as_str());
    let others = user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    others
        .chain([sub])
        .map(|(name, value)| AttributeType { name: name.to_owned(), value: Some(value.into()) })
        .collect()
}

/// The user as AdminCreateUser, AdminGetUser, ListUsers and ListUsersInGroup show it.
pub(crate) fn user_type(user: &User) -> UserType {
    UserType {
        username: Some(user.row.username.as_str().into()),
        attributes: Some(attribute_list(user)),
        user_create_date: Some(Timestamp(user.row.created_at.millis())),
        user_last_modified_date: Some(Timestamp(user.row.modified_at.millis())),
        enabled: Some(user.row.enabled),
        user_status: Some(user.status.clone()),
        mfa_options: (!user.mfa.options.is_empty()).then(|| user.mfa.options.clone()),
    }
}
