//! Resource servers: APIs whose scopes clients may ask for (docs/cognito/oauth-and-managed-login.md §9).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::resource_servers::{self as table, ResourceServer};
use poolhouse_wire::user_pools::{ResourceServerScopeType, ResourceServerType};

use crate::model::scopes::REGISTER;
use crate::quota::{self, Quota};
use crate::turns::Thing;
use crate::{Cx, pools};

/// The largest page, and the page when no size is asked for (protocol §8, model).
const LONGEST_PAGE: i32 = 50;

/// Makes a resource server.
///
/// # Errors
/// `InvalidParameterException` when the identifier is taken, `LimitExceededException`,
/// `ResourceNotFoundException`.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    identifier: String,
    name: String,
    scopes: Vec<ResourceServerScopeType>,
) -> Result<ResourceServerType, Fault> {
    pools::get(cx, pool_id).await?;
    let row = row(pool_id, identifier, name, &scopes)?;
    let room = quota::room(cx, Quota::ResourceServers, pool_id).await?;
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::invalid_parameter(format!(
            "{} already exists in user pool {pool_id}.",
            row.identifier
        )));
    }
    room.check(&mut tx).await?;
    tx.commit().await?;
    view(row)
}

/// The resource server of an identifier.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, identifier: &str) -> Result<ResourceServerType, Fault> {
    pools::get(cx, pool_id).await?;
    let row = table::get(&mut cx.read().await?, pool_id, identifier).await?;
    view(row.ok_or_else(|| not_found(identifier))?)
}

/// Replaces name and scopes; scopes that are left out are removed. Clients that hold a removed scope keep
/// it: it counts again when it comes back.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    identifier: String,
    name: String,
    scopes: Vec<ResourceServerScopeType>,
) -> Result<ResourceServerType, Fault> {
    pools::get(cx, pool_id).await?;
    let row = row(pool_id, identifier, name, &scopes)?;
    cx.take_turn(Thing::ResourceServer(pool_id, &row.identifier)).await?;
    let mut tx = cx.write().await?;
    if !table::update(&mut tx, &row).await? {
        return Err(not_found(&row.identifier));
    }
    tx.commit().await?;
    view(row)
}

/// Deletes a resource server with its scopes; clients keep them as [`update`] says.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, identifier: &str) -> Result<(), Fault> {
    pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::ResourceServer(pool_id, identifier)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, pool_id, identifier).await? {
        return Err(not_found(identifier));
    }
    Ok(tx.commit().await?)
}

/// One page of a pool's resource servers, by identifier; at most 50.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<ResourceServerType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let limit = limit.or(Some(LONGEST_PAGE));
    let pager = Pager::new(cx, &pool.keys, "resource_servers".to_owned(), limit);
    let after: String = pager.after(token)?;
    let rows = table::list_after(&mut cx.read().await?, pool_id, &after, pager.rows()).await?;
    let page = pager.page(rows, |row| row.identifier.clone())?;
    let items = page.items.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Page { items, next_token: page.next_token })
}

/// Whether `scope`, `<identifier>/<scope name>`, is one of the pool's. Only the identifier can have slashes. One there is in
/// every pool.
pub(crate) async fn scope_exists(tx: &mut Tx, pool_id: &PoolId, scope: &str) -> Result<bool, Fault> {
    if scope == REGISTER {
        return Ok(true);
    }
    let Some((identifier, name)) = scope.rsplit_once('/') else { return Ok(false) };
    let Some(row) = table::get(tx, pool_id, identifier).await? else { return Ok(false) };
    Ok(scopes(&row)?.iter().any(|s| s.scope_name == name))
}

fn row(
    pool_id: &PoolId,
    identifier: String,
    name: String,
    scopes: &[ResourceServerScopeType],
) -> Result<ResourceServer, Fault> {
    let twice = scopes
        .iter()
        .enumerate()
        .find(|(at, scope)| scopes.iter().take(*at).any(|earlier| earlier.scope_name == scope.scope_name));
    if let Some((_, scope)) = twice {
        // The text is ours.
        return Err(Fault::invalid_parameter(format!("Scope {} is given more than once.", scope.scope_name)));
    }
    // Scopes read back by name (oauth-and-managed-login §9, recorded).
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable_by(|a, b| a.scope_name.cmp(&b.scope_name));
    let scopes = serde_json::to_string(&scopes).map_err(Fault::internal)?;
    Ok(ResourceServer { pool_id: pool_id.to_owned(), identifier, name, scopes })
}

fn scopes(row: &ResourceServer) -> Result<Vec<ResourceServerScopeType>, Fault> {
    serde_json::from_str(&row.scopes).map_err(Fault::internal)
}

fn view(row: ResourceServer) -> Result<ResourceServerType, Fault> {
    let scopes = scopes(&row)?;
    Ok(ResourceServerType {
        user_pool_id: Some(row.pool_id),
        identifier: Some(row.identifier),
        name: Some(row.name),
        scopes: (!scopes.is_empty()).then_some(scopes),
        managed_by: None,
    })
}

fn not_found(identifier: &str) -> Fault {
    Fault::not_found(format!("Resource server {identifier} does not exist."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Vec<ResourceServerScopeType>>("scopes");
    }
}
