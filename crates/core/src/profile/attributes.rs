//! UpdateUserAttributes and DeleteUserAttributes.

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{AttributeType, CodeDeliveryDetailsType};

use crate::Cx;
use crate::tokens::access::{Authorized, Owner, authorize_unpaused};
use crate::users::attributes::{self, Author};
use crate::users::change;

/// Changes attributes, all or none; returns where codes went. An equal value changes nothing: clients save
/// whole profiles (pycognito U15).
///
/// # Errors
/// Those of the owner; `InvalidParameterException`, `NotAuthorizedException`,
/// `AliasExistsException`, `CodeDeliveryFailureException`.
pub async fn update_attributes(
    cx: &Cx,
    owner: Owner<'_>,
    given: Vec<AttributeType>,
) -> Result<Vec<CodeDeliveryDetailsType>, Fault> {
    let authorized = authorize_unpaused(cx, owner).await?;
    let given = attributes::collect(given);
    authorized.check_writable(given.keys().map(String::as_str))?;
    // An address is where a forgotten password's code goes.
    let moves =
        |name| given.get(name).is_some_and(|value| authorized.user.attributes.get(name) != Some(value));
    if ["email", "phone_number"].into_iter().any(moves) {
        authorized.check_guarded(cx)?;
    }
    let Authorized { pool, client, user, .. } = authorized;
    let change = change::plan(&pool, &user.attributes, &given, Author::User(&client))?;
    let codes = change.apply(cx, &pool, Some(&client.id), &user).await?;
    // All are tried before a failure is answered.
    let tried: Vec<_> = codes.into_iter().map(|code| code.deliver(cx)).collect();
    tried.into_iter().collect()
}

/// Deletes attributes, all or none; an address goes with its flag and the code that verifies it
/// (users-and-groups §13, recorded).
///
/// # Errors
/// Those of the owner; `InvalidParameterException`, `NotAuthorizedException`.
pub async fn delete_attributes(cx: &Cx, owner: Owner<'_>, names: &[String]) -> Result<(), Fault> {
    let authorized = authorize_unpaused(cx, owner).await?;
    authorized.check_guarded(cx)?;
    authorized.check_writable(names.iter().map(String::as_str))?;
    let Authorized { pool, client, user, .. } = authorized;
    let change = change::plan_removal(&pool, &user.attributes, names, Author::User(&client))?;
    change.apply(cx, &pool, Some(&client.id), &user).await.map(drop)
}
