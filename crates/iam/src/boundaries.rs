//! Permissions boundaries: a managed policy that says what a user or role may do at most.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::tables::entities as table;

use crate::change::begin;
use crate::names::Owner;
use crate::{entities, managed};

/// Bounds the permissions of a user or role by a managed policy.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn put<S>(cx: &Cx<S>, (kind, owner): Owner<'_>, arn: String) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let mut entity = entities::get(&mut tx, kind, owner).await?;
    managed::check_attachable(cx, &mut tx, &arn).await?;
    entity.boundary = Some(arn);
    table::update(&mut tx, &entity).await?;
    Ok(tx.commit().await?)
}

/// Takes the bounds away; whoever has none stays so.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn delete<S>(cx: &Cx<S>, (kind, owner): Owner<'_>) -> Result<(), Fault> {
    entities::change(cx, kind, owner, |entity| {
        entity.boundary = None;
        Ok(())
    })
    .await
    .map(drop)
}
