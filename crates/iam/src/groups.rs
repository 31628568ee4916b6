//! Groups of the account, and who is in them.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::entities::Entity;
use poolhouse_store::tables::group_members as members;
use poolhouse_wire::iam::{Group, User};

use crate::change::begin;
use crate::entities::{self, New};
use crate::lists::{Asked, List};
use crate::names::Kind;
use crate::quotas::GROUPS_PER_USER;
use crate::tags::Tags;
use crate::{faults, users};

/// Makes a group.
///
/// # Errors
/// `EntityAlreadyExists`, `LimitExceeded`.
pub async fn create<S>(cx: &Cx<S>, name: String, path: Option<String>) -> Result<Group, Fault> {
    let new = New { kind: Kind::Group, name, path, boundary: None, tags: Tags::new(), role: None };
    Ok(shown(cx, &entities::create(cx, new).await?))
}

/// A group, and one page of its users.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn get<S>(cx: &Cx<S>, name: &str, asked: Asked<'_>) -> Result<(Group, Page<User>), Fault> {
    let mut tx = cx.read().await?;
    let group = entities::get(&mut tx, Kind::Group, name).await?;
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("users of {}", group.id), asked);
    let after: String = list.after()?;
    let rows = members::users_of_group(&mut tx, &group.id, &after, list.rows()).await?;
    let page = list.page(rows, |row| row.id.clone())?;
    Ok((shown(cx, &group), page.map(|entity| users::listed(cx, &entity))))
}

/// One page of the groups, by name.
///
/// # Errors
/// `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, path_prefix: Option<&str>, asked: Asked<'_>) -> Result<Page<Group>, Fault> {
    let page = entities::list(cx, Kind::Group, path_prefix, asked).await?;
    Ok(page.map(|entity| shown(cx, &entity)))
}

/// Gives a group another name or path.
///
/// # Errors
/// `NoSuchEntity`, `EntityAlreadyExists`.
pub async fn update<S>(
    cx: &Cx<S>,
    name: &str,
    new_name: Option<String>,
    new_path: Option<String>,
) -> Result<(), Fault> {
    entities::rename(cx, Kind::Group, name, new_name, new_path).await
}

/// Deletes a group.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub async fn delete<S>(cx: &Cx<S>, name: &str) -> Result<(), Fault> {
    entities::delete(cx, Kind::Group, name).await
}

/// Puts a user into a group; one who is in it already stays so.
///
/// # Errors
/// `NoSuchEntity`, `LimitExceeded`.
pub async fn add_user<S>(cx: &Cx<S>, group: &str, user: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let group = entities::get(&mut tx, Kind::Group, group).await?;
    let user = entities::get(&mut tx, Kind::User, user).await?;
    if members::insert(&mut tx, &group.id, &user.id).await? == Insert::Inserted
        && members::count_of_user(&mut tx, &user.id, GROUPS_PER_USER + 1).await? > GROUPS_PER_USER
    {
        return Err(faults::quota("GroupsPerUser", GROUPS_PER_USER));
    }
    Ok(tx.commit().await?)
}

/// Takes a user out of a group.
///
/// # Errors
/// `NoSuchEntity`, also when he is not in it.
pub async fn remove_user<S>(cx: &Cx<S>, group: &str, user: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let group = entities::get(&mut tx, Kind::Group, group).await?;
    let user = entities::get(&mut tx, Kind::User, user).await?;
    if !members::delete(&mut tx, &group.id, &user.id).await? {
        return Err(faults::no_such(Kind::User, &user.name));
    }
    Ok(tx.commit().await?)
}

/// One page of a user's groups.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn list_for_user<S>(cx: &Cx<S>, user: &str, asked: Asked<'_>) -> Result<Page<Group>, Fault> {
    let mut tx = cx.read().await?;
    let user = entities::get(&mut tx, Kind::User, user).await?;
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("groups of {}", user.id), asked);
    let after: String = list.after()?;
    let rows = members::groups_of_user(&mut tx, &user.id, &after, list.rows()).await?;
    Ok(list.page(rows, |row| row.id.clone())?.map(|entity| shown(cx, &entity)))
}

fn shown<S>(cx: &Cx<S>, entity: &Entity) -> Group {
    Group {
        path: entity.path.clone(),
        group_name: entity.name.clone(),
        group_id: entity.id.clone(),
        arn: entities::arn(cx, entity),
        create_date: entity.created_at,
    }
}
