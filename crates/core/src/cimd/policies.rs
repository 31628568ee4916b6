//! The life of a policy: made, read, changed, listed, deleted (docs/cognito/new-operations.md §16.1).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::cimd_documents::{self as documents, CimdDocument};
use poolhouse_store::tables::cimd_policies::{self as table, CimdPolicy};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{CIMDPolicySummaryType, CIMDPolicyType};

use crate::model::cimd::{Policies, Policy};
use crate::model::metadata_url;
use crate::pools::tier::{self, Feature};
use crate::quota::{self, Quota};
use crate::turns::Thing;
use crate::{Cx, clients, ids, pools};

/// How long documents are kept where nobody says it, in seconds: a day (documented).
const CACHE_SECONDS: i64 = 86_400;

/// Rows looked at in one statement.
const BATCH: u32 = 500;

/// More policies there are not in a pool.
const MOST: u32 = 100;

/// A policy that is to be made.
#[derive(Debug)]
#[expect(missing_docs, reason = "the API's members, by their names")]
pub struct New {
    pub client_id: ClientId,
    pub name: String,
    pub cache_duration: Option<i32>,
    pub url_patterns: Vec<String>,
}

/// What a policy is changed to; what is left out stays as it is.
#[derive(Debug)]
#[expect(missing_docs, reason = "the API's members, by their names")]
pub struct Change {
    pub client_id: ClientId,
    pub name: Option<String>,
    pub cache_duration: Option<i32>,
    pub url_patterns: Vec<String>,
}

/// The policies of a pool; kept in memory for less than a second.
pub(super) async fn of_pool(cx: &Cx, pool_id: &PoolId) -> Result<Arc<Policies>, Fault> {
    if cx.is_repeating() {
        cx.state().cimd_policies.forget(pool_id);
    }
    let load = async || {
        let rows = table::list_after(&mut cx.read().await?, pool_id, (Timestamp(0), ""), MOST).await?;
        Policies::of(&rows).map(Some)
    };
    let found = cx.state().cimd_policies.get(pool_id, cx.now, load).await?;
    found.ok_or_else(|| Fault::internal("the policies of a pool were not loaded"))
}

/// Makes a policy.
///
/// # Errors
/// `InvalidParameterException`, `FeatureUnavailableInTierException`, `LimitExceededException`,
/// `ResourceNotFoundException`.
pub async fn create(cx: &Cx, pool_id: &PoolId, new: New) -> Result<CIMDPolicyType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    tier::check_available(cx, &pool.settings.general, Feature::ClientMetadataDocuments)?;
    check_patterns(&new.url_patterns)?;
    check_client(cx, pool_id, &new.client_id).await?;
    let row = CimdPolicy {
        pool_id: pool.id.clone(),
        policy_id: ids::cimd_policy_id(cx.entropy()),
        client_id: new.client_id,
        name: new.name,
        cache_seconds: new.cache_duration.map_or(CACHE_SECONDS, i64::from),
        patterns: to_json(&new.url_patterns)?,
        created_at: cx.now,
        modified_at: cx.now,
    };
    let room = quota::room(cx, Quota::CimdPolicies, &pool.id).await?;
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::internal("a random policy id was taken already"));
    }
    room.check(&mut tx).await?;
    tx.commit().await?;
    cx.state().cimd_policies.forget(pool_id);
    view(cx, row).await
}

/// The policy of an id.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, policy_id: &str) -> Result<CIMDPolicyType, Fault> {
    pools::get(cx, pool_id).await?;
    let row = stored(&mut cx.read().await?, pool_id, policy_id).await?;
    view(cx, row).await
}

/// Changes a policy. URLs that no longer match are forgotten.
///
/// # Errors
/// As [`create`], without the limit.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    policy_id: &str,
    wanted: Change,
) -> Result<CIMDPolicyType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    tier::check_available(cx, &pool.settings.general, Feature::ClientMetadataDocuments)?;
    check_patterns(&wanted.url_patterns)?;
    cx.take_turn(Thing::CimdPolicy(pool_id, policy_id)).await?;
    stored(&mut cx.read().await?, pool_id, policy_id).await?;
    check_client(cx, pool_id, &wanted.client_id).await?;
    let mut tx = cx.write().await?;
    let mut row = stored(&mut tx, pool_id, policy_id).await?;
    row.client_id = wanted.client_id;
    row.name = wanted.name.unwrap_or(row.name);
    row.cache_seconds = wanted.cache_duration.map_or(row.cache_seconds, i64::from);
    row.patterns = to_json(&wanted.url_patterns)?;
    row.modified_at = cx.now;
    table::update(&mut tx, &row).await?;
    drop_others(&mut tx, &row).await?;
    tx.commit().await?;
    cx.state().cimd_policies.forget(pool_id);
    view(cx, row).await
}

/// Forgets the URLs that match none of the policy's patterns; the caller commits.
async fn drop_others(tx: &mut Tx, row: &CimdPolicy) -> Result<(), Fault> {
    let (policy, mut after) = (Policy::of(row)?, String::new());
    loop {
        let known = documents::list_after(tx, &row.pool_id, &row.policy_id, &after, BATCH).await?;
        let Some(last) = known.last() else { return Ok(()) };
        after.clone_from(&last.url);
        let goes = |known: &CimdDocument| policy.exactness(&known.url).is_none();
        // One statement for neighbours that go together: the fewer, the sooner nobody is in the way.
        for run in known.chunk_by(|one, next| goes(one) == goes(next)) {
            if let [first, ..] = run
                && goes(first)
            {
                let last = run.last().unwrap_or(first);
                documents::delete_range(tx, &row.pool_id, &row.policy_id, &first.url, &last.url).await?;
            }
        }
    }
}

/// Deletes a policy, and what was read of the clients that it let in.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, policy_id: &str) -> Result<(), Fault> {
    pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::CimdPolicy(pool_id, policy_id)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, pool_id, policy_id).await? {
        return Err(not_found());
    }
    tx.commit().await?;
    cx.state().cimd_policies.forget(pool_id);
    Ok(())
}

/// One page of a pool's policies, the oldest first.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<CIMDPolicySummaryType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let pager = Pager::new(cx, &pool.keys, "cimd_policies".to_owned(), limit);
    let (created_at, policy_id): (Timestamp, String) = pager.after(token)?;
    let after = (created_at, policy_id.as_str());
    let rows = table::list_after(&mut cx.read().await?, pool_id, after, pager.rows()).await?;
    let page = pager.page(rows, |row| (row.created_at, row.policy_id.clone()))?;
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(CIMDPolicySummaryType {
            client_id: shown_client(cx, &row).await?,
            cimd_policy_id: row.policy_id,
            policy_name: row.name,
            cache_duration: i32::try_from(row.cache_seconds).ok(),
            creation_date: Some(row.created_at),
            last_modified_date: Some(row.modified_at),
        });
    }
    Ok(Page { items, next_token: page.next_token })
}

/// The policy, or that there is none.
pub(super) async fn stored(tx: &mut Tx, pool_id: &PoolId, policy_id: &str) -> Result<CimdPolicy, Fault> {
    table::get(tx, pool_id, policy_id).await?.ok_or_else(not_found)
}

/// The rules are ours (new-operations §16.2).
fn check_patterns(wanted: &[String]) -> Result<(), Fault> {
    match wanted.iter().find(|pattern| !metadata_url::is_good_pattern(pattern)) {
        None => Ok(()),
        Some(pattern) => Err(Fault::invalid_parameter(format!("Invalid URL pattern: {pattern}"))),
    }
}

/// The client whose settings are to count (new-operations §16.1, open).
async fn check_client(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<(), Fault> {
    let client = clients::stored(cx, pool_id, client_id).await?;
    if client.may_lend() {
        return Ok(());
    }
    Err(Fault::invalid_parameter("The app client must be a public client with the authorization code flow."))
}

async fn view(cx: &Cx, row: CimdPolicy) -> Result<CIMDPolicyType, Fault> {
    Ok(CIMDPolicyType {
        client_id: shown_client(cx, &row).await?,
        url_patterns: Some(Policy::of(&row)?.patterns),
        user_pool_id: row.pool_id,
        cimd_policy_id: row.policy_id,
        policy_name: row.name,
        cache_duration: i32::try_from(row.cache_seconds).ok(),
        creation_date: Some(row.created_at),
        last_modified_date: Some(row.modified_at),
    })
}

/// The client of a policy; one that is gone is not shown (new-operations §16.1, model).
async fn shown_client(cx: &Cx, row: &CimdPolicy) -> Result<Option<ClientId>, Fault> {
    match clients::stored(cx, &row.pool_id, &row.client_id).await {
        Ok(client) => Ok(Some(client.id)),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn to_json(patterns: &[String]) -> Result<String, Fault> {
    serde_json::to_string(patterns).map_err(Fault::internal)
}

/// The text is open (new-operations §16.1).
fn not_found() -> Fault {
    Fault::not_found("CIMD policy does not exist.")
}
