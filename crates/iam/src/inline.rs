//! Inline policies: what one user, group or role has alone.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::inline_policies::{self as table, InlinePolicy};

use crate::change::begin;
use crate::lists::{Asked, List};
use crate::names::{self, Owner};
use crate::quotas::INLINE;
use crate::{documents, entities, faults};

/// Writes a policy; one of its name, in whatever case, is overwritten and keeps the old spelling (recorded).
///
/// # Errors
/// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`.
pub async fn put<S>(
    cx: &Cx<S>,
    (kind, owner): Owner<'_>,
    name: String,
    document: String,
) -> Result<(), Fault> {
    documents::check(&document)?;
    let mut tx = begin(cx).await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    let name_key = names::key(&name);
    table::put(&mut tx, &InlinePolicy { entity_id: entity.id.clone(), name, name_key, document }).await?;
    let together: usize =
        all_of(&mut tx, &entity.id).await?.iter().map(|row| documents::length(&row.document)).sum();
    let longest = documents::longest_inline(kind);
    if together > longest {
        return Err(Fault::limit_exceeded(format!(
            "Maximum policy size of {longest} bytes exceeded for {} {}",
            kind.as_str(),
            entity.name
        )));
    }
    Ok(tx.commit().await?)
}

/// A policy: whose, its name, and its document.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn get<S>(
    cx: &Cx<S>,
    (kind, owner): Owner<'_>,
    name: &str,
) -> Result<(String, String, String), Fault> {
    let mut tx = cx.read().await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    let found = table::get(&mut tx, &entity.id, &names::key(name)).await?;
    let row = found.ok_or_else(|| faults::no_such_inline(kind, name))?;
    Ok((entity.name, row.name, row.document))
}

/// Deletes a policy.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn delete<S>(cx: &Cx<S>, (kind, owner): Owner<'_>, name: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    if !table::delete(&mut tx, &entity.id, &names::key(name)).await? {
        return Err(faults::no_such_inline(kind, name));
    }
    Ok(tx.commit().await?)
}

/// One page of the names of somebody's policies.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn list<S>(cx: &Cx<S>, (kind, owner): Owner<'_>, asked: Asked<'_>) -> Result<Page<String>, Fault> {
    let mut tx = cx.read().await?;
    let entity = entities::get(&mut tx, kind, owner).await?;
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("inline policies of {}", entity.id), asked);
    let after: String = list.after()?;
    let rows = table::list_after(&mut tx, &entity.id, &after, list.rows()).await?;
    Ok(list.page(rows, |row| row.name_key.clone())?.map(|row| row.name))
}

/// All policies of somebody.
pub(crate) async fn all_of(tx: &mut Tx, entity_id: &str) -> Result<Vec<InlinePolicy>, Fault> {
    Ok(table::list_after(tx, entity_id, "", INLINE).await?)
}
