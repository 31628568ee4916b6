//! What the users of a client agree to (docs/cognito/oauth-and-managed-login.md §11, new-operations §6).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::terms::{self as table, Terms};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{TermsDescriptionType, TermsEnforcementType, TermsSourceType, TermsType};

use crate::turns::Thing;
use crate::{Cx, clients, pools};

/// The link for languages that have none of their own.
const DEFAULT_LANGUAGE: &str = "cognito:default";

/// What the two documents are called.
const TERMS_OF_USE: &str = "terms-of-use";
const PRIVACY_POLICY: &str = "privacy-policy";

/// Where a document can be read: language to URL.
pub type Links = BTreeMap<String, String>;

/// Makes a document of a client, which can have one of each name.
///
/// # Errors
/// `InvalidParameterException`, `TermsExistsException`, `ResourceNotFoundException`.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    name: String,
    links: &Links,
) -> Result<TermsType, Fault> {
    pools::get(cx, pool_id).await?;
    let row = Terms {
        pool_id: pool_id.clone(),
        terms_id: cx.entropy().uuid().to_string(),
        client_id: client_id.clone(),
        name,
        created_at: cx.now,
        modified_at: cx.now,
        links: to_json(links)?,
    };
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    clients::row(&mut tx, pool_id, client_id).await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(exists(client_id, &row.name));
    }
    tx.commit().await?;
    view(row)
}

/// The document of an id.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, terms_id: &str) -> Result<TermsType, Fault> {
    pools::get(cx, pool_id).await?;
    view(stored(&mut cx.read().await?, pool_id, &folded(terms_id)).await?)
}

/// The document of this name that the client has.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn of_client(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    name: &str,
) -> Result<TermsType, Fault> {
    pools::get(cx, pool_id).await?;
    let mut tx = cx.read().await?;
    clients::row(&mut tx, pool_id, client_id).await?;
    view(table::find_by_client(&mut tx, client_id, name).await?.ok_or_else(not_found)?)
}

/// Changes a document; what is left out stays as it is.
///
/// # Errors
/// As [`create`].
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    terms_id: &str,
    name: Option<String>,
    links: Option<&Links>,
) -> Result<TermsType, Fault> {
    pools::get(cx, pool_id).await?;
    let links = links.map(to_json).transpose()?;
    let terms_id = folded(terms_id);
    cx.take_turn(Thing::Terms(pool_id, &terms_id)).await?;
    let mut tx = cx.write().await?;
    let mut row = stored(&mut tx, pool_id, &terms_id).await?;
    row.name = name.unwrap_or(row.name);
    row.links = links.unwrap_or(row.links);
    row.modified_at = cx.now;
    let other = table::find_by_client(&mut tx, &row.client_id, &row.name).await?;
    if other.is_some_and(|other| other.terms_id != terms_id) {
        return Err(exists(&row.client_id, &row.name));
    }
    table::update(&mut tx, &row).await?;
    tx.commit().await?;
    view(row)
}

/// Deletes a document.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, terms_id: &str) -> Result<(), Fault> {
    pools::get(cx, pool_id).await?;
    let terms_id = folded(terms_id);
    cx.take_turn(Thing::Terms(pool_id, &terms_id)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, pool_id, &terms_id).await? {
        return Err(not_found());
    }
    Ok(tx.commit().await?)
}

/// Where a client's two documents can be read in a language, or in whatever language they are in otherwise; None unless
/// it has both (oauth-and-managed-login §11, documented).
///
/// # Errors
/// When the database fails.
pub async fn links(cx: &Cx, client_id: &ClientId, language: &str) -> Result<Option<[String; 2]>, Fault> {
    let mut tx = cx.read().await?;
    let mut found = Vec::new();
    for name in [TERMS_OF_USE, PRIVACY_POLICY] {
        let Some(row) = table::find_by_client(&mut tx, client_id, name).await? else { return Ok(None) };
        let mut links: Links = serde_json::from_str(&row.links).map_err(Fault::internal)?;
        found.extend(links.remove(language).or_else(|| links.remove(DEFAULT_LANGUAGE)));
    }
    Ok(found.try_into().ok())
}

/// One page of a pool's documents, by id.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<TermsDescriptionType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let pager = Pager::new(cx, &pool.keys, "terms".to_owned(), limit);
    let after: String = pager.after(token)?;
    let rows = table::list_after(&mut cx.read().await?, pool_id, &after, pager.rows()).await?;
    Ok(pager.page(rows, |row| row.terms_id.clone())?.map(|row| TermsDescriptionType {
        terms_id: row.terms_id,
        terms_name: row.name,
        enforcement: TermsEnforcementType::None,
        creation_date: row.created_at,
        last_modified_date: row.modified_at,
    }))
}

/// Links as they are stored, once they are held to what the pages make of them. The texts are ours.
fn to_json(links: &Links) -> Result<String, Fault> {
    if !links.contains_key(DEFAULT_LANGUAGE) {
        return Err(Fault::invalid_parameter(format!("Links must have an entry for {DEFAULT_LANGUAGE}.")));
    }
    let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if let Some((language, _)) = links.iter().find(|(_, url)| !is_web(url)) {
        return Err(Fault::invalid_parameter(format!("The link for {language} is not an HTTP URL.")));
    }
    serde_json::to_string(links).map_err(Fault::internal)
}

async fn stored(tx: &mut Tx, pool_id: &PoolId, terms_id: &str) -> Result<Terms, Fault> {
    table::get(tx, pool_id, terms_id).await?.ok_or_else(not_found)
}

/// Ids are taken in capitals, too.
fn folded(terms_id: &str) -> String {
    terms_id.to_ascii_lowercase()
}

fn view(row: Terms) -> Result<TermsType, Fault> {
    Ok(TermsType {
        terms_id: row.terms_id,
        user_pool_id: row.pool_id,
        client_id: row.client_id,
        terms_name: row.name,
        // There is one of each, which requests name.
        terms_source: TermsSourceType::Link,
        enforcement: TermsEnforcementType::None,
        links: serde_json::from_str(&row.links).map_err(Fault::internal)?,
        creation_date: row.created_at,
        last_modified_date: row.modified_at,
    })
}

/// The text is open (new-operations §6).
fn not_found() -> Fault {
    Fault::not_found("Terms document does not exist.")
}

/// The text is ours.
fn exists(client_id: &ClientId, name: &str) -> Fault {
    let text = format!("A terms document {name} already exists for client {client_id}");
    Fault::new(ErrorCode::TermsExistsException, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Links>("terms_links");
    }
}
