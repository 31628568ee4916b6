//! Which managed policies users, groups and roles have.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::tables::attachments as table;
use poolhouse_store::tables::entities::{self as entity_table, Entity};
use poolhouse_wire::iam::{AttachedPolicy, EntityType, PolicyGroup, PolicyRole, PolicyUsageType, PolicyUser};

use crate::change::begin;
use crate::lists::{Asked, List};
use crate::names::{self, Kind, Owner};
use crate::quotas::{HOLDERS, POLICIES_PER_ENTITY};
use crate::{entities, faults, managed};

/// Attaches a policy; one that is attached already stays so.
///
/// # Errors
/// `NoSuchEntity`, `LimitExceeded`, `ValidationError`.
pub async fn attach<S>(cx: &Cx<S>, (kind, owner): Owner<'_>, arn: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    managed::check_attachable(cx, &mut tx, arn).await?;
    let _ = table::insert(&mut tx, &entity.id, arn).await?;
    let attached = table::list_after(&mut tx, &entity.id, "", POLICIES_PER_ENTITY + 1).await?;
    if u32::try_from(attached.len()).is_ok_and(|count| count > POLICIES_PER_ENTITY) {
        return Err(faults::quota(&format!("PoliciesPer{}", kind.capital()), POLICIES_PER_ENTITY));
    }
    Ok(tx.commit().await?)
}

/// Detaches a policy.
///
/// # Errors
/// `NoSuchEntity`, also when it is not attached.
pub async fn detach<S>(cx: &Cx<S>, (kind, owner): Owner<'_>, arn: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    if !table::delete(&mut tx, &entity.id, arn).await? {
        return Err(faults::no_such_policy(arn));
    }
    Ok(tx.commit().await?)
}

/// One page of somebody's managed policies.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn list<S>(
    cx: &Cx<S>,
    (kind, owner): Owner<'_>,
    path_prefix: Option<&str>,
    asked: Asked<'_>,
) -> Result<Page<AttachedPolicy>, Fault> {
    let mut tx = cx.read().await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    let keys = cx.engine().sealing().installation_keys();
    let name = format!("attached policies of {}/{}", entity.id, path_prefix.unwrap_or_default());
    let list = List::new(cx, keys, &name, asked);
    let after: String = list.after()?;
    // There are few of them.
    let mut arns = table::list_after(&mut tx, &entity.id, &after, POLICIES_PER_ENTITY).await?;
    arns.retain(|arn| path(arn).starts_with(path_prefix.unwrap_or("/")));
    Ok(list
        .page(arns, Clone::clone)?
        .map(|arn| AttachedPolicy { policy_name: Some(names::of_policy(&arn)), policy_arn: Some(arn) }))
}

/// The path and name in an ARN.
fn path(arn: &str) -> &str {
    arn.find('/').and_then(|at| arn.get(at..)).unwrap_or_default()
}

/// Who has a policy.
#[derive(Debug, Default)]
pub struct Holders {
    /// The groups.
    pub groups: Vec<PolicyGroup>,
    /// The users.
    pub users: Vec<PolicyUser>,
    /// The roles.
    pub roles: Vec<PolicyRole>,
}

/// Which of those who have a policy are asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Of which kind.
    pub entities: Option<&'a EntityType>,
    /// Whose paths begin so.
    pub path_prefix: Option<&'a str>,
    /// As what they have it.
    pub usage: Option<&'a PolicyUsageType>,
}

impl Wanted<'_> {
    fn takes(&self, entity: &Entity) -> bool {
        let kind = Kind::of_id(&entity.id);
        let of_kind = self.entities.is_none_or(|wanted| match wanted {
            EntityType::User => kind == Some(Kind::User),
            EntityType::Group => kind == Some(Kind::Group),
            EntityType::Role => kind == Some(Kind::Role),
            EntityType::LocalManagedPolicy | EntityType::AwsManagedPolicy | EntityType::Other(_) => false,
        });
        of_kind && entity.path.starts_with(self.path_prefix.unwrap_or("/"))
    }
}

/// One page of those who have a policy; the token of the next one with it.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn holders<S>(
    cx: &Cx<S>,
    arn: &str,
    wanted: &Wanted<'_>,
    asked: Asked<'_>,
) -> Result<(Holders, Option<String>), Fault> {
    let mut tx = cx.read().await?;
    managed::required(cx, &mut tx, arn).await?;
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("holders of {arn}/{wanted:?}"), asked);
    let after: String = list.after()?;
    let mut found = Vec::new();
    if wanted.usage != Some(&PolicyUsageType::PermissionsBoundary) {
        found.extend(table::entities_after(&mut tx, arn, &after, HOLDERS).await?);
    }
    if wanted.usage != Some(&PolicyUsageType::PermissionsPolicy) {
        found.extend(entity_table::bounded_after(&mut tx, arn, &after, HOLDERS).await?);
    }
    found.retain(|entity| wanted.takes(entity));
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    found.truncate(usize::try_from(list.rows()).unwrap_or(usize::MAX));
    let page = list.page(found, |entity| entity.id.clone())?;
    let mut holders = Holders::default();
    for Entity { id, name, .. } in page.items {
        let (kind, id, name) = (Kind::of_id(&id), Some(id), Some(name));
        match kind {
            Some(Kind::User) => holders.users.push(PolicyUser { user_name: name, user_id: id }),
            Some(Kind::Group) => holders.groups.push(PolicyGroup { group_name: name, group_id: id }),
            Some(Kind::Role) => holders.roles.push(PolicyRole { role_name: name, role_id: id }),
            None => {}
        }
    }
    Ok((holders, page.next_token))
}
