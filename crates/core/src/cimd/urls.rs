//! The URLs that have been clients by a policy (docs/cognito/new-operations.md §16.1).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::PoolId;
use poolhouse_store::tables::cimd_documents::{self as table, CimdDocument};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{CIMDCacheActionType, ClientMetadataURLType};

use super::cache::{self, is_kept};
use super::policies::{of_pool, stored};
use super::unknown::Unknown;
use crate::pools::tier::{self, Feature};
use crate::turns::Thing;
use crate::{Cx, pools};

/// One page of a policy's URLs, in their order.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    policy_id: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<ClientMetadataURLType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let pager = Pager::new(cx, &pool.keys, format!("cimd_urls/{policy_id}"), limit);
    let after: String = pager.after(token)?;
    let mut tx = cx.read().await?;
    stored(&mut tx, pool_id, policy_id).await?;
    let rows = table::list_after(&mut tx, pool_id, policy_id, &after, pager.rows()).await?;
    Ok(pager.page(rows, |row| row.url.clone())?.map(|row| view(cx, row)))
}

/// Reads the document of a URL anew, or forgets it; the next who wants it fetches it then.
///
/// # Errors
/// `CachedCIMDURLDoesNotExistException` where no document is kept, `InvalidParameterException` where it cannot be read anew,
/// `FeatureUnavailableInTierException`, `ResourceNotFoundException`, `TooManyRequestsException`.
pub async fn set_state(
    cx: &Cx,
    pool_id: &PoolId,
    policy_id: &str,
    url: &str,
    action: &CIMDCacheActionType,
) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    tier::check_available(cx, &pool.settings.general, Feature::ClientMetadataDocuments)?;
    cx.take_turn(Thing::CimdDocument(pool_id, url)).await?;
    let mut tx = cx.read().await?;
    stored(&mut tx, pool_id, policy_id).await?;
    let row = table::get(&mut tx, pool_id, policy_id, url).await?;
    drop(tx);
    if !row.is_some_and(|row| is_kept(&row, cx.now)) {
        return Err(not_kept());
    }
    match action {
        CIMDCacheActionType::Invalidate => {
            let mut tx = cx.write().await?;
            // Another node may have been quicker.
            if !table::forget(&mut tx, pool_id, policy_id, url).await? {
                return Err(not_kept());
            }
            Ok(tx.commit().await?)
        }
        _ => refresh(cx, pool_id, policy_id, url).await,
    }
}

async fn refresh(cx: &Cx, pool_id: &PoolId, policy_id: &str, url: &str) -> Result<(), Fault> {
    let policies = of_pool(cx, pool_id).await?;
    let policy = policies.get(policy_id).ok_or_else(not_kept)?;
    match cache::fetch(cx, pool_id, policy, url).await {
        Ok(_) => Ok(()),
        Err(Unknown::Fault(fault)) => Err(fault),
        // The text is open (new-operations §16.1).
        Err(Unknown::Client | Unknown::Document) => {
            Err(Fault::invalid_parameter("The client metadata document could not be retrieved."))
        }
    }
}

fn view(cx: &Cx, row: CimdDocument) -> ClientMetadataURLType {
    let is_kept = is_kept(&row, cx.now);
    ClientMetadataURLType {
        url: row.url,
        cached_date: row.cached_at.filter(|_| is_kept),
        expiration_date: row.expires_at.filter(|_| is_kept),
    }
}

/// The text is open (new-operations §16.1).
fn not_kept() -> Fault {
    let text = "No cached client metadata document exists for the URL.";
    Fault::new(ErrorCode::CachedCIMDURLDoesNotExistException, text)
}
