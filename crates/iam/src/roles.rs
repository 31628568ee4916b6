//! Roles of the account (identity-pools-and-iam §9, §10.4).

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::Entity;
use poolhouse_wire::iam::{Role, Tag};

use crate::entities::{self, New};
use crate::lists::Asked;
use crate::names::Kind;
use crate::role_parts::RoleParts;
use crate::tags::{self, Tags};
use crate::{documents, trusted};

/// How long a session of a role may last when its maker does not say, in seconds.
const USUAL_SESSION: i32 = 3600;

/// A role to be made.
#[derive(Debug)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// Its path; `/` by default.
    pub path: Option<String>,
    /// Who may assume it.
    pub trust: String,
    /// What it is for.
    pub description: Option<String>,
    /// How long its sessions may last, in seconds.
    pub longest_session: Option<i32>,
    /// The ARN of the policy that bounds its permissions.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// Makes a role.
///
/// # Errors
/// `MalformedPolicyDocument`, `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput`; `NoSuchEntity` for the boundary.
pub async fn create<S>(cx: &Cx<S>, new: NewRole) -> Result<Role, Fault> {
    let NewRole { name, path, trust, description, longest_session, boundary, tags: given } = new;
    documents::check_trust(&trust)?;
    let principals = trusted::ids(cx, &trust).await?;
    let mut tags = Tags::new();
    tags::set(&mut tags, given)?;
    let longest_session = longest_session.unwrap_or(USUAL_SESSION);
    let role = Some(RoleParts { trust, description, longest_session, principals }.written()?);
    let entity = entities::create(cx, New { kind: Kind::Role, name, path, boundary, tags, role }).await?;
    shown(cx, &mut cx.read().await?, &entity).await
}

/// The role of that name.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn get<S>(cx: &Cx<S>, name: &str) -> Result<Role, Fault> {
    let mut tx = cx.read().await?;
    let entity = entities::get(&mut tx, Kind::Role, name).await?;
    shown(cx, &mut tx, &entity).await
}

/// One page of the roles, by name. Lists leave out tags and boundaries (documented).
///
/// # Errors
/// `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, path_prefix: Option<&str>, asked: Asked<'_>) -> Result<Page<Role>, Fault> {
    let page = entities::list(cx, Kind::Role, path_prefix, asked).await?;
    let mut tx = cx.read().await?;
    let mut items = Vec::with_capacity(page.items.len());
    for entity in &page.items {
        items.push(listed(cx, &mut tx, entity).await?);
    }
    Ok(Page { items, next_token: page.next_token })
}

/// Says anew what a role is for and how long its sessions may last; what is left out takes its default, a description
/// none.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn update<S>(
    cx: &Cx<S>,
    name: &str,
    description: Option<String>,
    longest_session: Option<i32>,
) -> Result<(), Fault> {
    change(cx, name, |role| {
        role.description = description;
        role.longest_session = longest_session.unwrap_or(USUAL_SESSION);
    })
    .await
    .map(drop)
}

/// Says anew what a role is for.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn describe<S>(cx: &Cx<S>, name: &str, description: String) -> Result<Role, Fault> {
    let entity = change(cx, name, |role| role.description = Some(description)).await?;
    shown(cx, &mut cx.read().await?, &entity).await
}

/// Says anew who may assume a role.
///
/// # Errors
/// `MalformedPolicyDocument`, `NoSuchEntity`, `LimitExceeded`.
pub async fn trust<S>(cx: &Cx<S>, name: &str, document: String) -> Result<(), Fault> {
    documents::check_trust(&document)?;
    let principals = trusted::ids(cx, &document).await?;
    change(cx, name, |role| (role.trust, role.principals) = (document, principals)).await.map(drop)
}

/// Deletes a role. Sessions that exist may do nothing any more.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub async fn delete<S>(cx: &Cx<S>, name: &str) -> Result<(), Fault> {
    entities::delete(cx, Kind::Role, name).await
}

async fn change<S>(cx: &Cx<S>, name: &str, change: impl FnOnce(&mut RoleParts)) -> Result<Entity, Fault> {
    entities::change(cx, Kind::Role, name, |entity| {
        let mut parts = RoleParts::of(entity)?;
        change(&mut parts);
        entity.role = Some(parts.written()?);
        Ok(())
    })
    .await
}

/// The role with this ARN, if there is one.
pub(crate) async fn find_by_arn<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Option<Entity>, Fault> {
    let found = entities::find_by_arn(cx, tx, arn).await?;
    Ok(found.filter(|entity| Kind::of_id(&entity.id) == Some(Kind::Role)))
}

async fn listed<S>(cx: &Cx<S>, tx: &mut Tx, entity: &Entity) -> Result<Role, Fault> {
    let parts = RoleParts::of(entity)?;
    let trust = trusted::now(cx, tx, &parts).await?;
    Ok(Role {
        path: entity.path.clone(),
        role_name: entity.name.clone(),
        role_id: entity.id.clone(),
        arn: entities::arn(cx, entity),
        create_date: entity.created_at,
        assume_role_policy_document: Some(trust),
        description: parts.description,
        max_session_duration: Some(parts.longest_session),
        ..Role::default()
    })
}

async fn shown<S>(cx: &Cx<S>, tx: &mut Tx, entity: &Entity) -> Result<Role, Fault> {
    Ok(Role {
        permissions_boundary: entities::boundary(entity),
        tags: tags::shown_if_any(tags::read(&entity.tags)?),
        ..listed(cx, tx, entity).await?
    })
}
