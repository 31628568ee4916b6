//! Groups of a pool, and who is in them (docs/cognito/users-and-groups.md §2, §3).

mod members;

pub use members::{add_member, list_for_user, list_members, remove_member};

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::groups::{self as table, Group};
use poolhouse_store::tables::{Insert, members as members_table};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::GroupType;

use crate::quota::{self, Quota, Room};
use crate::turns::Thing;
use crate::{Cx, faults, pools};

/// Members taken out of a group in one transaction: few enough that writers in line hardly notice.
const AT_ONCE: u32 = 500;

/// What a caller says of a group, at creation or as a change; absent members say nothing.
#[derive(Clone, Debug, Default)]
pub struct GroupDetails {
    /// Free text; an empty one says nothing (users-and-groups §3.2, observed; at creation inferred).
    pub description: Option<String>,
    /// ARN of an IAM role; whether the role exists is not looked at.
    pub role_arn: Option<String>,
    /// 0 is best; not unique.
    pub precedence: Option<i32>,
}

impl GroupDetails {
    fn description(&self) -> Option<&str> {
        self.description.as_deref().filter(|d| !d.is_empty())
    }
}

/// Makes a group.
///
/// # Errors
/// `GroupExistsException`, `LimitExceededException`, `ResourceNotFoundException`.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    name: String,
    details: GroupDetails,
) -> Result<GroupType, Fault> {
    pools::get_to_change(cx, pool_id).await?;
    let row = new_row(cx, pool_id, name, details);
    let room = quota::room(cx, Quota::Groups, pool_id).await?;
    let mut tx = cx.write().await?;
    if let Insert::Exists = table::insert(&mut tx, &row).await? {
        return Err(Fault::new(ErrorCode::GroupExistsException, "A group with the name already exists."));
    }
    room.check(&mut tx).await?;
    tx.commit().await?;
    Ok(group_type(row))
}

/// Makes a group by the way, in the transaction of what wants it; one that is there already is used as it is.
///
/// # Errors
/// `LimitExceededException`.
pub(crate) async fn ensure(
    cx: &Cx,
    tx: &mut Tx,
    room: &Room<'_>,
    name: String,
    details: GroupDetails,
) -> Result<(), Fault> {
    let row = new_row(cx, room.pool_id(), name, details);
    match table::insert(tx, &row).await? {
        Insert::Inserted => room.check(tx).await,
        Insert::Exists => Ok(()),
    }
}

pub(crate) fn new_row(cx: &Cx, pool_id: &PoolId, name: String, details: GroupDetails) -> Group {
    Group {
        pool_id: pool_id.to_owned(),
        name,
        description: details.description().map(str::to_owned),
        role_arn: details.role_arn,
        precedence: details.precedence.map(i64::from),
        created_at: cx.now,
        modified_at: cx.now,
    }
}

/// The group of a name.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn get(cx: &Cx, pool_id: &PoolId, name: &str) -> Result<GroupType, Fault> {
    pools::get(cx, pool_id).await?;
    let row = table::get(&mut cx.read().await?, pool_id, name).await?;
    row.map(group_type).ok_or_else(faults::group_not_found)
}

/// Merges `details` into a group. Whatever is given counts as a change, an equal value too; a call that gives
/// nothing leaves even the date alone (users-and-groups §3.2, recorded).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    name: &str,
    details: GroupDetails,
) -> Result<GroupType, Fault> {
    pools::get_to_change(cx, pool_id).await?;
    cx.take_turn(Thing::Group(pool_id, name)).await?;
    let mut tx = cx.write().await?;
    let mut row = table::get(&mut tx, pool_id, name).await?.ok_or_else(faults::group_not_found)?;
    let touched =
        details.description().is_some() || details.role_arn.is_some() || details.precedence.is_some();
    if touched {
        if let Some(description) = details.description() {
            row.description = Some(description.to_owned());
        }
        row.role_arn = details.role_arn.or(row.role_arn);
        row.precedence = details.precedence.map(i64::from).or(row.precedence);
        row.modified_at = cx.now;
        table::update(&mut tx, &row).await?;
    }
    // Also when nothing changed: the row may be of a batch that is not on the disk yet.
    tx.commit().await?;
    Ok(group_type(row))
}

/// Deletes a group; its memberships go with it, its members stay.
///
/// Of a group with very many members they are taken out before, in small steps: nobody else has to wait for them all.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, name: &str) -> Result<(), Fault> {
    pools::get_to_change(cx, pool_id).await?;
    while members_table::count_of_group(&mut cx.read().await?, pool_id, name, AT_ONCE + 1).await? > AT_ONCE {
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            members_table::delete_some(&mut tx, pool_id, name, AT_ONCE).await?;
            Ok(tx.commit().await?)
        })
        .await?;
    }
    cx.take_turn(Thing::Group(pool_id, name)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, pool_id, name).await? {
        return Err(faults::group_not_found());
    }
    tx.commit().await?;
    Ok(())
}

/// One page of the groups of a pool, by name.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<GroupType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    refuse_zero(limit)?;
    let pager = Pager::new(cx, &pool.keys, "groups".to_owned(), limit);
    let after: String = pager.after(token)?;
    let rows = table::list_after(&mut cx.read().await?, pool_id, &after, pager.rows()).await?;
    Ok(pager.page(rows, |row| row.name.clone())?.map(group_type))
}

/// A limit of 0 passes the service model and is refused when the operation runs (protocol §4, observed).
fn refuse_zero(limit: Option<i32>) -> Result<(), Fault> {
    if limit == Some(0) { Err(Fault::invalid_parameter(ZERO_LIMIT)) } else { Ok(()) }
}

const ZERO_LIMIT: &str = "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1";

fn group_type(row: Group) -> GroupType {
    GroupType {
        group_name: Some(row.name),
        user_pool_id: Some(row.pool_id),
        description: row.description,
        role_arn: row.role_arn,
        precedence: row.precedence.and_then(|p| i32::try_from(p).ok()),
        last_modified_date: Some(row.modified_at),
        creation_date: Some(row.created_at),
    }
}
