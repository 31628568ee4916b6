//! Tagging of users, roles, policies and providers.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_wire::iam::Tag;

use crate::entities;
use crate::lists::{Asked, List};
use crate::managed::{self, Managed};
use crate::names::Owner;
use crate::registered::{self, Kind as ProviderKind};
use crate::tags::{self, Tags};

/// What has tags.
#[derive(Clone, Copy, Debug)]
pub enum Tagged<'a> {
    /// A user or role.
    Entity(Owner<'a>),
    /// A managed policy, by its ARN.
    Policy(&'a str),
    /// A provider of this kind, by its ARN.
    Provider(ProviderKind, &'a str),
}

/// Sets tags.
///
/// # Errors
/// `NoSuchEntity`, `LimitExceeded`, `InvalidInput`, `AccessDenied` for AWS's policies.
pub async fn tag<S>(cx: &Cx<S>, tagged: Tagged<'_>, given: Vec<Tag>) -> Result<(), Fault> {
    change(cx, tagged, |tags| tags::set(tags, given)).await
}

/// Removes the tags with these keys; those that are not there are no error.
///
/// # Errors
/// `NoSuchEntity`, `AccessDenied` for AWS's policies.
pub async fn untag<S>(cx: &Cx<S>, tagged: Tagged<'_>, keys: &[String]) -> Result<(), Fault> {
    change(cx, tagged, |tags| {
        tags::remove(tags, keys);
        Ok(())
    })
    .await
}

/// One page of tags.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, tagged: Tagged<'_>, asked: Asked<'_>) -> Result<Page<Tag>, Fault> {
    let mut tx = cx.read().await?;
    let (id, mut tags) = match tagged {
        Tagged::Entity((kind, name)) => {
            let entity = entities::get(&mut tx, kind, name).await?;
            let tags = tags::read(&entity.tags)?;
            (entity.id, tags)
        }
        Tagged::Policy(arn) => match managed::required(cx, &mut tx, arn).await? {
            Managed::Aws(_) => (arn.to_owned(), Tags::new()),
            Managed::Own(row) => {
                let tags = tags::read(&row.tags)?;
                (row.id, tags)
            }
        },
        Tagged::Provider(kind, arn) => (arn.to_owned(), registered::tags(cx, &mut tx, kind, arn).await?),
    };
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("tags of {id}"), asked);
    let after: String = list.after()?;
    tags.sort();
    tags.retain(|(key, _)| *key > after);
    Ok(list.page(tags, |(key, _)| key.clone())?.map(|(key, value)| Tag { key, value }))
}

async fn change<S>(
    cx: &Cx<S>,
    tagged: Tagged<'_>,
    change: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match tagged {
        Tagged::Policy(arn) => managed::change_tags(cx, arn, change).await,
        Tagged::Provider(kind, arn) => {
            registered::change(cx, kind, arn, |row| {
                row.tags = tags::changed(&row.tags, change)?;
                Ok(())
            })
            .await
        }
        Tagged::Entity((kind, name)) => entities::change(cx, kind, name, |entity| {
            entity.tags = tags::changed(&entity.tags, change)?;
            Ok(())
        })
        .await
        .map(drop),
    }
}
