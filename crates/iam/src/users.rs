//! Users of the account.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::request::Identity;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::{self as table, Entity};
use poolhouse_wire::iam::{Tag, User};

use crate::entities::{self, New};
use crate::lists::Asked;
use crate::names::Kind;
use crate::tags::{self, Tags};
use crate::{faults, names};

/// A user to be made.
#[derive(Debug)]
pub struct NewUser {
    /// Its name.
    pub name: String,
    /// Its path; `/` by default.
    pub path: Option<String>,
    /// The ARN of the policy that bounds its permissions.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// Makes a user.
///
/// # Errors
/// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput`; `NoSuchEntity` for the boundary.
pub async fn create<S>(cx: &Cx<S>, new: NewUser) -> Result<User, Fault> {
    let NewUser { name, path, boundary, tags: given } = new;
    let mut tags = Tags::new();
    tags::set(&mut tags, given)?;
    let entity = entities::create(cx, New { kind: Kind::User, name, path, boundary, tags, role: None });
    shown(cx, &entity.await?)
}

/// The user of that name; without one the user who asks (documented). The root has no name, and is shown all the same.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn get<S>(cx: &Cx<S>, name: Option<&str>) -> Result<User, Fault> {
    if name.is_none()
        && let Some(principal) = cx.principal().filter(|principal| principal.identity == Identity::Root)
    {
        return Ok(User {
            path: "/".to_owned(),
            user_name: "root".to_owned(),
            user_id: principal.user_id.clone(),
            arn: principal.arn.clone(),
            ..User::default()
        });
    }
    let entity = named_or_caller(cx, &mut cx.read().await?, name).await?;
    shown(cx, &entity)
}

/// One page of the users, by name. Lists leave out tags and boundaries (documented).
///
/// # Errors
/// `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, path_prefix: Option<&str>, asked: Asked<'_>) -> Result<Page<User>, Fault> {
    let page = entities::list(cx, Kind::User, path_prefix, asked).await?;
    Ok(page.map(|entity| listed(cx, &entity)))
}

/// Gives a user another name or path.
///
/// # Errors
/// `NoSuchEntity`, `EntityAlreadyExists`.
pub async fn update<S>(
    cx: &Cx<S>,
    name: &str,
    new_name: Option<String>,
    new_path: Option<String>,
) -> Result<(), Fault> {
    entities::rename(cx, Kind::User, name, new_name, new_path).await
}

/// Deletes a user.
///
/// # Errors
/// `NoSuchEntity`, `DeleteConflict`.
pub async fn delete<S>(cx: &Cx<S>, name: &str) -> Result<(), Fault> {
    entities::delete(cx, Kind::User, name).await
}

/// The user of that name; without one the user who asks. Whoever is none must name one (documented).
pub(crate) async fn named_or_caller<S>(cx: &Cx<S>, tx: &mut Tx, name: Option<&str>) -> Result<Entity, Fault> {
    match (name, cx.principal()) {
        (Some(name), _) => entities::get(tx, Kind::User, name).await,
        (None, Some(principal)) => match (&principal.identity, &principal.session) {
            (Identity::User { id, name }, None) => {
                table::get(tx, id).await?.ok_or_else(|| faults::no_such(Kind::User, name))
            }
            _ => Err(must_be_named()),
        },
        (None, None) => Err(must_be_named()),
    }
}

fn must_be_named() -> Fault {
    faults::validation("Must specify userName when calling with non-User credentials")
}

/// A user as lists show it.
pub(crate) fn listed<S>(cx: &Cx<S>, entity: &Entity) -> User {
    User {
        path: entity.path.clone(),
        user_name: entity.name.clone(),
        user_id: entity.id.clone(),
        arn: names::arn(&cx.settings().account_id, Kind::User.as_str(), &entity.path, &entity.name),
        create_date: entity.created_at,
        ..User::default()
    }
}

fn shown<S>(cx: &Cx<S>, entity: &Entity) -> Result<User, Fault> {
    Ok(User {
        permissions_boundary: entities::boundary(entity),
        tags: tags::shown_if_any(tags::read(&entity.tags)?),
        ..listed(cx, entity)
    })
}
