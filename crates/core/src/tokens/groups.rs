//! The group claims of a user (docs/cognito/users-and-groups.md §4).

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_store::tables::members;

use crate::model::Pool;
use crate::model::group_claims::GroupClaims;

/// The claims of the user as the groups stand now.
pub(crate) async fn of_user(tx: &mut Tx, pool: &Pool, sub: &Sub) -> Result<GroupClaims, Fault> {
    // All of them: a user is in a hundred groups at most.
    let groups = members::groups_of_user(tx, &pool.id, sub, "", u32::MAX).await?;
    Ok(GroupClaims::of(groups))
}
