//! DescribeUserPool and ListUserPools.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::pools::{self as table, After, Pool as PoolRow};
use poolhouse_store::tables::users;
use poolhouse_wire::types::{UserPoolDescriptionType, UserPoolType};

use super::{PoolSettings, view};
use crate::paging::Pager;
use crate::wire_time::wire_time;
use crate::{Cx, Fault, Page};

/// How old an estimated number of users may be: counting takes time for each user.
pub(crate) const COUNT_MILLIS: i64 = 5 * 60 * 1000;

/// A pool with everything that is known of it.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &str) -> Result<UserPoolType, Fault> {
    let pool = super::get(cx, pool_id).await?;
    let count =
        async || Ok(Some(users::count(&mut cx.read().await?, pool_id, i32::MAX.unsigned_abs()).await?));
    let users = cx.engine().user_counts().get(pool_id, cx.now, count).await?;
    let users = users.and_then(|users| i32::try_from(*users).ok()).unwrap_or(i32::MAX);
    Ok(view::of_pool(cx, &pool, users))
}

/// A page of all pools, the oldest first (operations-and-protection §2, open).
///
/// # Errors
/// `InvalidParameterException` for a token that is none of this list's.
pub async fn list(
    cx: &Cx,
    limit: i32,
    next_token: Option<&str>,
) -> Result<Page<UserPoolDescriptionType>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let pager = Pager::new(cx, &keys, "user pools".to_owned(), Some(limit));
    let (created_at, id): (i64, String) = pager.after(next_token)?;
    let after = After { created_at: Timestamp(created_at), id: &id };
    let rows = table::list_after(&mut cx.read().await?, after, pager.rows()).await?;
    let page = pager.page(rows, |row| (row.created_at.millis(), row.id.clone()))?;
    let items = page.items.into_iter().map(description).collect::<Result<_, _>>()?;
    Ok(Page { items, next_token: page.next_token })
}

fn description(row: PoolRow) -> Result<UserPoolDescriptionType, Fault> {
    let settings = PoolSettings::from_json(&row.config)?;
    Ok(UserPoolDescriptionType {
        id: Some(row.id),
        name: Some(row.name),
        lambda_config: settings.pool.lambda_config,
        creation_date: Some(wire_time(row.created_at)),
        last_modified_date: Some(wire_time(row.modified_at)),
        ..UserPoolDescriptionType::default()
    })
}
