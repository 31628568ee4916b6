//! How many users pools have, as DescribeUserPool estimates it.

use std::future::ready;

use poolhouse_kernel::Fault;
use poolhouse_kernel::cache::RecordCache;
use poolhouse_ports::{PoolId, Timestamp};
use tokio::sync::OnceCell;

/// How old an estimate may be: counting takes time for each user.
const COUNT_MILLIS: i64 = 5 * 60 * 1000;

/// Estimates that are kept, and those that are being made.
pub(crate) struct UserCounts(RecordCache<PoolId, OnceCell<i32>>);

impl UserCounts {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(RecordCache::new(capacity, COUNT_MILLIS))
    }

    /// Forgets a pool that was deleted.
    pub(crate) fn forget(&self, pool_id: &PoolId) {
        self.0.forget(pool_id);
    }

    /// The estimate of a pool; without one, `count` makes it. Who asks meanwhile waits for that instead of
    /// counting too.
    pub(crate) async fn get<F>(
        &self,
        pool_id: &PoolId,
        now: Timestamp,
        count: impl FnOnce() -> F,
    ) -> Result<i32, Fault>
    where
        F: Future<Output = Result<i32, Fault>>,
    {
        match self.0.get(pool_id, now, || ready(Ok(Some(OnceCell::new())))).await? {
            Some(estimate) => estimate.get_or_try_init(count).await.copied(),
            None => count().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn who_asks_during_a_count_waits_for_it() {
        let (counts, now, made) = (UserCounts::new(4), Timestamp(1_000_000), Cell::new(0));
        let pool = PoolId::from("a");
        let count = || async {
            made.set(made.get() + 1);
            tokio::task::yield_now().await;
            Ok(made.get())
        };
        let (first, second) = tokio::join!(counts.get(&pool, now, count), counts.get(&pool, now, count));
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        counts.forget(&pool);
        assert_eq!(counts.get(&pool, now, count).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_count_that_failed_is_made_again() {
        let (counts, now) = (UserCounts::new(4), Timestamp(1_000_000));
        assert!(counts.get(&"a".into(), now, async || Err(Fault::internal("no database"))).await.is_err());
        assert_eq!(counts.get(&"a".into(), now, async || Ok(7)).await.unwrap(), 7);
    }
}
