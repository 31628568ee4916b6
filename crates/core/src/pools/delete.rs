//! DeleteUserPool (docs/cognito/operations-and-protection.md §5).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::{deleted_pools, domains};
use poolhouse_wire::user_pools::DeletionProtectionType;

use super::change::PoolChange;
use crate::Cx;

/// Deletes a pool with everything in it, for everybody and at once; [`deletion`](crate::deletion) removes its rows.
///
/// # Errors
/// `ResourceNotFoundException`; `InvalidParameterException` while the pool is protected or has a domain;
/// `UserImportInProgressException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    if change.settings.general.deletion_protection == Some(DeletionProtectionType::Active) {
        return Err(Fault::invalid_parameter(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
        ));
    }
    change.check_no_import().await?;
    // oauth-and-managed-login §2, observed
    if !domains::list(&mut change.tx, pool_id).await?.is_empty() {
        return Err(Fault::invalid_parameter(
            "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        ));
    }
    deleted_pools::insert(&mut change.tx, pool_id, cx.now).await?;
    change.tx.commit().await?;
    let state = cx.state();
    state.pools.forget(pool_id);
    state.keyring.forget(pool_id);
    state.user_counts.forget(pool_id);
    Ok(())
}
