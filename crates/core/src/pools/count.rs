//! How many users a pool has, as DescribeUserPool estimates it.

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::users;

use crate::Cx;

/// How far is counted. On SQLite the statement runs on the thread that asks, so it must end within some
/// milliseconds; a pool with more users answers this number, which then means "at least".
const BOUND: u32 = 100_000;

/// About how many users the pool has, no more than 100,000.
pub(super) async fn estimate(cx: &Cx, pool_id: &PoolId) -> Result<i32, Fault> {
    cx.state().user_counts.get(pool_id, cx.now, || count(cx, pool_id)).await
}

async fn count(cx: &Cx, pool_id: &PoolId) -> Result<i32, Fault> {
    let users = users::count(&mut cx.read().await?, pool_id, BOUND).await?;
    i32::try_from(users).map_err(Fault::internal)
}
