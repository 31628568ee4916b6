//! DescribeUserPool and ListUserPools.

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::tables::pools::{self as table, After, Pool as PoolRow};
use poolhouse_wire::user_pools::{UserPoolDescriptionType, UserPoolType};

use super::{count, place, view};
use crate::Cx;
use crate::model::pool::PoolSettings;

/// A pool with everything that is known of it.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId) -> Result<UserPoolType, Fault> {
    let pool = super::get(cx, pool_id).await?;
    Ok(view::of_pool(cx, &pool, count::estimate(cx, pool_id).await?))
}

/// A page of all pools, the oldest first (operations-and-protection §2, open). At a read node those alone that have a replica in its
/// region (new-operations §7.1): a page may be short there, or empty, and others follow.
///
/// # Errors
/// `InvalidParameterException` for a token that is none of this list's.
pub async fn list(
    cx: &Cx,
    limit: i32,
    next_token: Option<&str>,
) -> Result<Page<UserPoolDescriptionType>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let pager = Pager::new(cx, keys, "user pools".to_owned(), Some(limit));
    let (created_at, id): (Timestamp, PoolId) = pager.after(next_token)?;
    let after = After { created_at, id: &id };
    let rows = table::list_after(&mut cx.read().await?, after, pager.rows()).await?;
    let page = pager.page(rows, |row| (row.created_at, row.id.clone()))?;
    let items = page.items.into_iter().filter_map(|row| description(cx, row).transpose());
    Ok(Page { items: items.collect::<Result<_, _>>()?, next_token: page.next_token })
}

/// The pool as it is at the region that the request is at; `None` where it is not there.
fn description(cx: &Cx, row: PoolRow) -> Result<Option<UserPoolDescriptionType>, Fault> {
    let settings = PoolSettings::from_json(&row.config)?;
    let Some(settings) = place::seen_settings(cx, settings) else { return Ok(None) };
    Ok(Some(UserPoolDescriptionType {
        id: Some(row.id),
        name: Some(row.name),
        lambda_config: settings.general.lambda_config,
        creation_date: Some(row.created_at),
        last_modified_date: Some(row.modified_at),
        replica_regions: settings.replica.map(|replica| vec![replica.region]),
        ..UserPoolDescriptionType::default()
    }))
}
