//! Roles of the account (identity-pools-and-iam §9, §10.4).

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::Entity;
use poolhouse_wire::iam::{Role, Tag};
use serde::{Deserialize, Serialize};

use crate::documents;
use crate::entities::{self, New};
use crate::lists::Asked;
use crate::names::Kind;
use crate::tags::{self, Tags};

/// How long a session of a role may last when its maker does not say, in seconds.
const USUAL_SESSION: i32 = 3600;

/// What a role has beside what all have, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoleParts {
    /// The trust policy, as it was written.
    pub(crate) trust: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Seconds.
    pub(crate) longest_session: i32,
}

impl RoleParts {
    pub(crate) fn of(entity: &Entity) -> Result<Self, Fault> {
        let stored = entity.role.as_deref().ok_or_else(|| Fault::internal("a role without its parts"))?;
        serde_json::from_str(stored).map_err(Fault::internal)
    }

    fn written(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

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
    let mut tags = Tags::new();
    tags::set(&mut tags, given)?;
    let longest_session = longest_session.unwrap_or(USUAL_SESSION);
    let role = Some(RoleParts { trust, description, longest_session }.written()?);
    let entity = entities::create(cx, New { kind: Kind::Role, name, path, boundary, tags, role });
    shown(cx, &entity.await?)
}

/// The role of that name.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn get<S>(cx: &Cx<S>, name: &str) -> Result<Role, Fault> {
    shown(cx, &entities::get(&mut cx.read().await?, Kind::Role, name).await?)
}

/// One page of the roles, by name. Lists leave out tags and boundaries (documented).
///
/// # Errors
/// `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, path_prefix: Option<&str>, asked: Asked<'_>) -> Result<Page<Role>, Fault> {
    let page = entities::list(cx, Kind::Role, path_prefix, asked).await?;
    let items = page.items.iter().map(|entity| listed(cx, entity)).collect::<Result<_, _>>()?;
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
    shown(cx, &change(cx, name, |role| role.description = Some(description)).await?)
}

/// Says anew who may assume a role.
///
/// # Errors
/// `MalformedPolicyDocument`, `NoSuchEntity`, `LimitExceeded`.
pub async fn trust<S>(cx: &Cx<S>, name: &str, document: String) -> Result<(), Fault> {
    documents::check_trust(&document)?;
    change(cx, name, |role| role.trust = document).await.map(drop)
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

fn listed<S>(cx: &Cx<S>, entity: &Entity) -> Result<Role, Fault> {
    let parts = RoleParts::of(entity)?;
    Ok(Role {
        path: entity.path.clone(),
        role_name: entity.name.clone(),
        role_id: entity.id.clone(),
        arn: entities::arn(cx, entity),
        create_date: entity.created_at,
        assume_role_policy_document: Some(parts.trust),
        description: parts.description,
        max_session_duration: Some(parts.longest_session),
        ..Role::default()
    })
}

fn shown<S>(cx: &Cx<S>, entity: &Entity) -> Result<Role, Fault> {
    Ok(Role {
        permissions_boundary: entities::boundary(entity),
        tags: tags::shown_if_any(tags::read(&entity.tags)?),
        ..listed(cx, entity)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_stored_can_be_read() {
        let documents: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../fixtures/role.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let parts: RoleParts = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(parts).unwrap(), document);
        }
    }
}
