//! Pools that a request names, before anything is done with them.

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::ErrorCode;

use super::place;
use crate::Cx;

/// Refuses what cannot be done with a pool at the region that the request is at; of one that is not there the operation says
/// so itself.
///
/// # Errors
/// `OperationNotEnabledException`.
pub async fn admit_named(cx: &Cx, pool_id: &PoolId) -> Result<(), Fault> {
    if place::region(cx).is_none() {
        return Ok(());
    }
    match super::find(cx, pool_id).await {
        Ok(pool) => place::admit(cx, pool_id, &pool.settings),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// The region of a pool's ARN for policies: that of the replica where the request is, and else the pool's own, whatever
/// region the request was signed for. A pool that does not exist is in the region that its id tells.
///
/// # Errors
/// When the database fails.
pub async fn arn_region(cx: &Cx, pool_id: &PoolId) -> Result<Option<String>, Fault> {
    if place::region(cx).is_none() {
        return Ok(None);
    }
    match super::find(cx, pool_id).await {
        Ok(pool) => Ok(pool.is_secondary.then(|| pool.seen_from().to_owned())),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(None),
        Err(fault) => Err(fault),
    }
}
