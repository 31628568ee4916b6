//! All that the account has, in one list: users, groups, roles and policies with their documents
//! (identity-pools-and-iam §10.4).

use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::attachments;
use poolhouse_store::tables::entities::{self as table, After, Entity};
use poolhouse_store::tables::group_members;
use poolhouse_store::tables::inline_policies::InlinePolicy;
use poolhouse_wire::iam::{
    AttachedPolicy, EntityType, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail,
};

use crate::lists::{Asked, List};
use crate::managed::{self, Managed, Used};
use crate::names::{self, Kind};
use crate::policy_list::{self, Wanted};
use crate::quotas::{GROUPS_PER_USER, POLICIES_PER_ENTITY};
use crate::role_parts::RoleParts;
use crate::{entities, inline, tags, trusted, versions};

/// One page of the account.
#[derive(Debug, Default)]
pub struct Details {
    /// Users.
    pub users: Vec<UserDetail>,
    /// Groups.
    pub groups: Vec<GroupDetail>,
    /// Roles.
    pub roles: Vec<RoleDetail>,
    /// Managed policies.
    pub policies: Vec<ManagedPolicyDetail>,
}

/// The parts of the list, in its order.
const PARTS: [EntityType; 5] = [
    EntityType::User,
    EntityType::Group,
    EntityType::Role,
    EntityType::AwsManagedPolicy,
    EntityType::LocalManagedPolicy,
];

/// What the list has at a place.
enum Element {
    Entity(Kind, Entity),
    Policy(Managed, Used),
}

/// Which part, and the name in it.
type Place = (usize, String);

/// One page, of the kinds that are wanted or else of all, and the marker of the next.
///
/// # Errors
/// `ValidationError`.
pub async fn page<S>(
    cx: &Cx<S>,
    wanted: Option<&[EntityType]>,
    asked: Asked<'_>,
) -> Result<(Details, Option<String>), Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("details of {wanted:?}"), asked);
    let (first, after): Place = list.after()?;
    let mut tx = cx.read().await?;
    let mut found: Vec<(Place, Element)> = Vec::new();
    for (part, kind) in PARTS.iter().enumerate().skip(first) {
        let room = usize::try_from(list.rows()).unwrap_or(usize::MAX).saturating_sub(found.len());
        if room == 0 || wanted.is_some_and(|wanted| !wanted.contains(kind)) {
            continue;
        }
        let after = if part == first { &after } else { "" };
        let elements = elements(cx, &mut tx, kind, after, u32::try_from(room).unwrap_or(u32::MAX)).await?;
        found.extend(elements.into_iter().map(|(name, element)| ((part, name), element)));
    }
    let page = list.page(found, |(place, _)| place.clone())?;
    let mut details = Details::default();
    for (_, element) in page.items {
        match element {
            Element::Entity(Kind::User, entity) => details.users.push(user(cx, &mut tx, entity).await?),
            Element::Entity(Kind::Group, entity) => details.groups.push(group(cx, &mut tx, entity).await?),
            Element::Entity(Kind::Role, entity) => details.roles.push(role(cx, &mut tx, entity).await?),
            Element::Policy(managed, used) => {
                details.policies.push(policy(cx, &mut tx, &managed, used).await?);
            }
        }
    }
    Ok((details, page.next_token))
}

/// Those of a part behind a name, with their own names.
async fn elements<S>(
    cx: &Cx<S>,
    tx: &mut Tx,
    kind: &EntityType,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, Element)>, Fault> {
    let kind = match kind {
        EntityType::User => Kind::User,
        EntityType::Group => Kind::Group,
        EntityType::Role => Kind::Role,
        EntityType::AwsManagedPolicy | EntityType::LocalManagedPolicy | EntityType::Other(_) => {
            let all = Wanted::default();
            let policies = match kind {
                EntityType::AwsManagedPolicy => policy_list::of_aws(tx, &all, after, limit).await?,
                _ => policy_list::own(cx, tx, &all, after, limit).await?,
            };
            let element =
                |(managed, used): (Managed, Used)| (managed.key().to_owned(), Element::Policy(managed, used));
            return Ok(policies.into_iter().map(element).collect());
        }
    };
    let (first_path, end_path) = names::paths(None);
    let after = After { kind: kind.as_str(), name_key: after, first_path: &first_path, end_path: &end_path };
    let rows = table::list_after(tx, after, limit).await?;
    Ok(rows.into_iter().map(|row| (row.name_key.clone(), Element::Entity(kind, row))).collect())
}

async fn user<S>(cx: &Cx<S>, tx: &mut Tx, entity: Entity) -> Result<UserDetail, Fault> {
    let groups = group_members::groups_of_user(tx, &entity.id, "", GROUPS_PER_USER).await?;
    Ok(UserDetail {
        arn: Some(entities::arn(cx, &entity)),
        user_policy_list: Some(inline_policies(tx, &entity).await?),
        attached_managed_policies: Some(attached(tx, &entity).await?),
        group_list: Some(groups.into_iter().map(|group| group.name).collect()),
        permissions_boundary: entities::boundary(&entity),
        tags: tags::shown_if_any(tags::read(&entity.tags)?),
        path: Some(entity.path),
        user_name: Some(entity.name),
        user_id: Some(entity.id),
        create_date: Some(entity.created_at),
    })
}

async fn group<S>(cx: &Cx<S>, tx: &mut Tx, entity: Entity) -> Result<GroupDetail, Fault> {
    Ok(GroupDetail {
        arn: Some(entities::arn(cx, &entity)),
        group_policy_list: Some(inline_policies(tx, &entity).await?),
        attached_managed_policies: Some(attached(tx, &entity).await?),
        path: Some(entity.path),
        group_name: Some(entity.name),
        group_id: Some(entity.id),
        create_date: Some(entity.created_at),
    })
}

async fn role<S>(cx: &Cx<S>, tx: &mut Tx, entity: Entity) -> Result<RoleDetail, Fault> {
    Ok(RoleDetail {
        arn: Some(entities::arn(cx, &entity)),
        assume_role_policy_document: Some(trusted::now(cx, tx, &RoleParts::of(&entity)?).await?),
        instance_profile_list: Some(Vec::new()),
        role_policy_list: Some(inline_policies(tx, &entity).await?),
        attached_managed_policies: Some(attached(tx, &entity).await?),
        permissions_boundary: entities::boundary(&entity),
        tags: tags::shown_if_any(tags::read(&entity.tags)?),
        path: Some(entity.path),
        role_name: Some(entity.name),
        role_id: Some(entity.id),
        create_date: Some(entity.created_at),
        role_last_used: None,
    })
}

async fn policy<S>(
    cx: &Cx<S>,
    tx: &mut Tx,
    managed: &Managed,
    used: Used,
) -> Result<ManagedPolicyDetail, Fault> {
    let shown = managed::shown(cx, managed, used);
    Ok(ManagedPolicyDetail {
        policy_name: shown.policy_name,
        policy_id: shown.policy_id,
        arn: shown.arn,
        path: shown.path,
        default_version_id: shown.default_version_id,
        attachment_count: shown.attachment_count,
        permissions_boundary_usage_count: shown.permissions_boundary_usage_count,
        is_attachable: shown.is_attachable,
        description: shown.description,
        create_date: shown.create_date,
        update_date: shown.update_date,
        policy_version_list: Some(versions::all_of(tx, managed).await?),
    })
}

async fn inline_policies(tx: &mut Tx, entity: &Entity) -> Result<Vec<PolicyDetail>, Fault> {
    let rows = inline::all_of(tx, &entity.id).await?.into_iter();
    let detail = |InlinePolicy { name, document, .. }| PolicyDetail {
        policy_name: Some(name),
        policy_document: Some(document),
    };
    Ok(rows.map(detail).collect())
}

async fn attached(tx: &mut Tx, entity: &Entity) -> Result<Vec<AttachedPolicy>, Fault> {
    let arns = attachments::list_after(tx, &entity.id, "", POLICIES_PER_ENTITY).await?;
    let policy =
        |arn: String| AttachedPolicy { policy_name: Some(names::of_policy(&arn)), policy_arn: Some(arn) };
    Ok(arns.into_iter().map(policy).collect())
}
