//! What users, groups and roles have in common.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::entities::{self as table, After, Entity};
use poolhouse_store::tables::{access_keys, attachments, group_members, inline_policies};
use poolhouse_wire::iam::{AttachedPermissionsBoundary, PermissionsBoundaryAttachmentType};

use crate::change::begin;
use crate::lists::{Asked, List};
use crate::names::{self, Kind};
use crate::tags::{self, Tags};
use crate::{faults, managed};

/// A user, group or role to be made.
pub(crate) struct New {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) path: Option<String>,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) role: Option<String>,
}

/// Makes one.
///
/// # Errors
/// `EntityAlreadyExists`, `LimitExceeded`; `NoSuchEntity` for the boundary.
pub(crate) async fn create<S>(cx: &Cx<S>, new: New) -> Result<Entity, Fault> {
    let New { kind, name, path, boundary, tags, role } = new;
    let entity = Entity {
        id: kind.new_id(cx.entropy()),
        kind: kind.as_str().to_owned(),
        name_key: names::key(&name),
        name,
        path: path.unwrap_or_else(|| "/".to_owned()),
        created_at: cx.now,
        boundary,
        tags: tags::written(&tags)?,
        role,
    };
    let mut tx = begin(cx).await?;
    if let Some(policy_arn) = &entity.boundary {
        managed::check_attachable(cx, &mut tx, policy_arn).await?;
    }
    if table::insert(&mut tx, &entity).await? == Insert::Exists {
        return Err(faults::exists(kind, &entity.name));
    }
    let (quota, limit) = kind.quota();
    if table::count(&mut tx, kind.as_str(), limit + 1).await? > limit {
        return Err(faults::quota(quota, limit));
    }
    tx.commit().await?;
    Ok(entity)
}

/// The one of this kind and name.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) async fn get(tx: &mut Tx, kind: Kind, name: &str) -> Result<Entity, Fault> {
    let found = table::find_by_name(tx, kind.as_str(), &names::key(name)).await?;
    found.ok_or_else(|| faults::no_such(kind, name))
}

/// The user, group or role with this ARN, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn find_by_arn<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Option<Entity>, Fault> {
    let Some((kind, name)) = names::of_arn(arn) else { return Ok(None) };
    let found = table::find_by_name(tx, kind.as_str(), &names::key(name)).await?;
    Ok(found.filter(|entity| self::arn(cx, entity) == arn))
}

/// Changes the one of this kind and name.
///
/// # Errors
/// `NoSuchEntity`, and what `change` refuses.
pub(crate) async fn change<S>(
    cx: &Cx<S>,
    kind: Kind,
    name: &str,
    change: impl FnOnce(&mut Entity) -> Result<(), Fault>,
) -> Result<Entity, Fault> {
    let mut tx = begin(cx).await?;
    let mut entity = get(&mut tx, kind, name).await?;
    change(&mut entity)?;
    table::update(&mut tx, &entity).await?;
    tx.commit().await?;
    Ok(entity)
}

/// Gives one another name, another path, or both.
///
/// # Errors
/// `NoSuchEntity`, `EntityAlreadyExists`.
pub(crate) async fn rename<S>(
    cx: &Cx<S>,
    kind: Kind,
    name: &str,
    new_name: Option<String>,
    new_path: Option<String>,
) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let mut entity = get(&mut tx, kind, name).await?;
    if let Some(new_name) = new_name {
        let new_key = names::key(&new_name);
        if new_key != entity.name_key
            && table::find_by_name(&mut tx, kind.as_str(), &new_key).await?.is_some()
        {
            return Err(faults::exists(kind, &new_name));
        }
        (entity.name, entity.name_key) = (new_name, new_key);
    }
    entity.path = new_path.unwrap_or(entity.path);
    table::update(&mut tx, &entity).await?;
    Ok(tx.commit().await?)
}

/// Deletes one that nothing hangs on any more.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub(crate) async fn delete<S>(cx: &Cx<S>, kind: Kind, name: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let Entity { id, .. } = get(&mut tx, kind, name).await?;
    let is_used = match kind {
        Kind::User => {
            !access_keys::list_after(&mut tx, &id, "", 1).await?.is_empty()
                || group_members::count_of_user(&mut tx, &id, 1).await? > 0
        }
        Kind::Group => !group_members::users_of_group(&mut tx, &id, "", 1).await?.is_empty(),
        Kind::Role => false,
    };
    if is_used
        || !inline_policies::list_after(&mut tx, &id, "", 1).await?.is_empty()
        || !attachments::list_after(&mut tx, &id, "", 1).await?.is_empty()
    {
        return Err(faults::still_used());
    }
    table::delete(&mut tx, &id).await?;
    Ok(tx.commit().await?)
}

/// One page of a kind, by name.
///
/// # Errors
/// `ValidationError` for the marker.
pub(crate) async fn list<S>(
    cx: &Cx<S>,
    kind: Kind,
    path_prefix: Option<&str>,
    asked: Asked<'_>,
) -> Result<Page<Entity>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("{}s/{}", kind.as_str(), path_prefix.unwrap_or_default()), asked);
    let after: String = list.after()?;
    let (first_path, end_path) = names::paths(path_prefix);
    let after = After { kind: kind.as_str(), name_key: &after, first_path: &first_path, end_path: &end_path };
    let rows = table::list_after(&mut cx.read().await?, after, list.rows()).await?;
    list.page(rows, |row| row.name_key.clone())
}

/// The ARN of a user, group or role.
pub(crate) fn arn<S>(cx: &Cx<S>, entity: &Entity) -> String {
    names::arn(&cx.settings().account_id, &entity.kind, &entity.path, &entity.name)
}

/// A boundary as answers show it. Of the two types that AWS's model names, that of the enumeration (open,
/// identity-pools-and-iam §10.4).
pub(crate) fn boundary(entity: &Entity) -> Option<AttachedPermissionsBoundary> {
    entity.boundary.clone().map(|arn| AttachedPermissionsBoundary {
        permissions_boundary_type: Some(PermissionsBoundaryAttachmentType::PermissionsBoundaryPolicy),
        permissions_boundary_arn: Some(arn),
    })
}
