//! Pools that a request names, before anything is done with them.

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::ErrorCode;

use super::place;
use crate::Cx;
use crate::model::Pool;

/// Refuses what cannot be done with a pool at the region that the request is at; of one that is not there the operation says
/// so itself.
///
/// # Errors
/// `OperationNotEnabledException`.
pub async fn admit_named(cx: &Cx, pool_id: &PoolId) -> Result<(), Fault> {
    match in_region(cx, pool_id).await? {
        Some(pool) => place::admit(cx, pool_id, &pool.settings),
        None => Ok(()),
    }
}

/// The region of a pool's ARN for policies: that of the replica where the request is, and else the pool's own, whatever
/// region the request was signed for. A pool that does not exist is in the region that its id tells.
///
/// # Errors
/// When the database fails.
pub async fn arn_region(cx: &Cx, pool_id: &PoolId) -> Result<Option<String>, Fault> {
    let secondary = in_region(cx, pool_id).await?.filter(|pool| pool.is_secondary);
    Ok(secondary.map(|pool| pool.seen_from().to_owned()))
}

/// The pool, if there is one, for a request that may be at another region than its first.
async fn in_region(cx: &Cx, pool_id: &PoolId) -> Result<Option<Arc<Pool>>, Fault> {
    // Mostly there is nothing to look up: at its first region all can be done.
    if place::is_first(cx, pool_id) {
        return Ok(None);
    }
    match super::find(cx, pool_id).await {
        Ok(pool) => Ok(Some(pool)),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(None),
        Err(fault) => Err(fault),
    }
}
