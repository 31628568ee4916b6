//! Who is in which group (docs/cognito/users-and-groups.md §3.4–§3.7).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{PoolId, Sub};
use poolhouse_store::tables::{Insert, groups, members as table};
use poolhouse_wire::user_pools::{GroupType, UserType};

use super::{ZERO_LIMIT, group_type, refuse_zero};
use crate::model::User;
use crate::users::view;
use crate::{Cx, directory, faults, pools, quota, turns};

/// Groups of one user (protocol §9, documented).
const GROUPS_PER_USER: u32 = 100;

/// Puts a user into a group; one who is in it already stays so.
///
/// The user is looked for before the group (users-and-groups §1.2, recorded).
///
/// # Errors
/// `UserNotFoundException`, `ResourceNotFoundException`, `LimitExceededException`.
pub async fn add_member(cx: &Cx, pool_id: &PoolId, username: &str, group: &str) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    turns::at_user(cx, &pool, username).await?;
    let mut tx = cx.read().await?;
    let user = directory::get(&mut tx, &pool, username).await?;
    let sub = &user.row.sub;
    if groups::get(&mut tx, pool_id, group).await?.is_none() {
        return Err(faults::group_not_found());
    }
    let count = table::count_of_user(&mut tx, pool_id, sub, GROUPS_PER_USER).await?;
    drop(tx);
    // Most users are in few groups: what is written then reads nothing that others write. User and group are there
    // as long as the database takes the row.
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, pool_id, sub, group).await? == Insert::Inserted
        && !quota::is_ample(count, GROUPS_PER_USER)
        && table::count_of_user(&mut tx, pool_id, sub, GROUPS_PER_USER + 1).await? > GROUPS_PER_USER
    {
        // Open (protocol §9): AWS declares no such error here, yet documents the limit.
        return Err(Fault::limit_exceeded("User exceeded group limit."));
    }
    // Also when nothing changed: what was read may be of a batch that is not on the disk yet.
    Ok(tx.commit().await?)
}

/// Takes a user out of a group. One who is not in it, or a group that does not exist, is no error
/// (users-and-groups §3.5, observed).
///
/// # Errors
/// `UserNotFoundException`, `ResourceNotFoundException` for the pool.
pub async fn remove_member(cx: &Cx, pool_id: &PoolId, username: &str, group: &str) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    turns::at_user(cx, &pool, username).await?;
    let user = directory::get(&mut cx.read().await?, &pool, username).await?;
    let mut tx = cx.write().await?;
    table::delete(&mut tx, pool_id, &user.row.sub, group).await?;
    // As in [`add_member`], whether or not there was anything to delete.
    Ok(tx.commit().await?)
}

/// One page of a user's groups, by name: the order of the claim `cognito:groups`
/// (users-and-groups §3.6, recorded that they agree).
///
/// # Errors
/// `UserNotFoundException`, `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list_for_user(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<GroupType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    refuse_zero(limit)?;
    let mut tx = cx.read().await?;
    let user = directory::get(&mut tx, &pool, username).await?;
    let sub = &user.row.sub;
    let pager = Pager::new(cx, &pool.keys, format!("groups of user/{sub}"), limit);
    let after: String = pager.after(token)?;
    let rows = table::groups_of_user(&mut tx, pool_id, sub, &after, pager.rows()).await?;
    Ok(pager.page(rows, |row| row.name.clone())?.map(group_type))
}

/// One page of the users in a group.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn list_members(
    cx: &Cx,
    pool_id: &PoolId,
    group: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<UserType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    refuse_zero(limit).map_err(|_| Fault::invalid_parameter(wrapped_zero_limit(cx)))?;
    let mut tx = cx.read().await?;
    if groups::get(&mut tx, pool_id, group).await?.is_none() {
        return Err(faults::group_not_found());
    }
    let pager = Pager::new(cx, &pool.keys, format!("users of group/{group}"), limit)
        .refusing_with("Paging marker is invalid.");
    let after: Sub = pager.after(token)?;
    let rows = table::users_of_group(&mut tx, pool_id, group, &after, pager.rows()).await?;
    let page = pager.page(rows, |row| row.sub.clone())?;
    let items = page.items.into_iter().map(|row| User::from_row(row).map(|u| view::user_type(&u)));
    Ok(Page { items: items.collect::<Result<_, _>>()?, next_token: page.next_token })
}

/// The same refusal as of the other lists, as it comes through a service behind (protocol §4, observed).
fn wrapped_zero_limit(cx: &Cx) -> String {
    format!(
        "com.amazonaws.services.identitystoreservice.model.ValidationException: {ZERO_LIMIT} (Service: AWSIdentityStoreService; Status Code: 400; Error Code: ValidationException; Request ID: {}; Proxy: null)",
        cx.request_id
    )
}
