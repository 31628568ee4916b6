//! What a transaction keeps, and what it sees of others.

use poolhouse_store::tables::{Insert, groups, settings};
use poolhouse_store::testing::TestDatabase;
use poolhouse_store::{Store, StoreError, Tx};

use crate::behaviours;
use crate::rows::{group, with_pools};

async fn value(store: &Store, name: &str) -> Option<Vec<u8>> {
    let mut tx = store.read().await.unwrap();
    settings::get(&mut tx, name).await.unwrap()
}

async fn put(store: &Store, name: &str) -> Tx {
    let mut tx = store.write().await.unwrap();
    settings::put(&mut tx, name, b"v").await.unwrap();
    tx
}

behaviours! {
    async fn a_committed_row_is_there_and_a_dropped_one_is_not(store: &Store) {
        put(store, "kept").await.commit().await.unwrap();
        drop(put(store, "dropped").await);
        assert_eq!(value(store, "kept").await.as_deref(), Some(b"v".as_slice()));
        assert_eq!(value(store, "dropped").await, None);
    }

    async fn a_cancelled_task_leaves_nothing_and_frees_its_place(store: &Store) {
        for _ in 0..20 {
            let (tell, told) = tokio::sync::oneshot::channel();
            let task = tokio::spawn({
                let store = store.clone();
                async move {
                    let _tx = put(&store, "cancelled").await;
                    tell.send(()).unwrap();
                    std::future::pending::<()>().await;
                }
            });
            told.await.unwrap();
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        put(store, "after").await.commit().await.unwrap();
        assert_eq!(value(store, "cancelled").await, None);
        assert!(value(store, "after").await.is_some());
    }

    async fn what_is_not_committed_is_not_seen(store: &Store) {
        let tx = put(store, "a").await;
        assert_eq!(value(store, "a").await, None);
        tx.commit().await.unwrap();
        assert!(value(store, "a").await.is_some());
    }

    async fn a_read_transaction_sees_one_moment(store: &Store) {
        let mut tx = store.read().await.unwrap();
        assert_eq!(settings::get(&mut tx, "a").await.unwrap(), None);
        put(store, "a").await.commit().await.unwrap();
        assert_eq!(settings::get(&mut tx, "a").await.unwrap(), None);
        drop(tx);
        assert!(value(store, "a").await.is_some());
    }

    async fn after_an_error_nothing_is_committed(store: &Store) {
        let mut tx = with_pools(store).await;
        assert_eq!(groups::insert(&mut tx, &group("none", "g")).await, Err(StoreError::Retry));
        assert_eq!(settings::get(&mut tx, "a").await, Err(StoreError::Retry));
        assert_eq!(tx.commit().await, Err(StoreError::Retry));
        let mut tx = with_pools(store).await;
        assert_eq!(groups::insert(&mut tx, &group("p", "g")).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
    }

    /// Each of the writers builds on what it has read, and tries again when it is told to.
    async fn concurrent_writers_behave_as_if_one_after_the_other(store: &Store) {
        let writers: Vec<_> = (0..40)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { while add_one(&store).await == Err(StoreError::Retry) {} })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(value(store, "count").await.map(|value| value.len()), Some(40));
    }
}

async fn add_one(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let mut value = settings::get(&mut tx, "count").await?.unwrap_or_default();
    value.push(b'|');
    settings::put(&mut tx, "count", &value).await?;
    tx.commit().await
}

/// Two that each write what the other has read to be absent. SQLite never runs two writers at once.
#[tokio::test]
async fn postgres_tells_one_of_two_that_cross_to_try_again() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let (mut a, mut b) = (database.store.write().await.unwrap(), database.store.write().await.unwrap());
    assert_eq!(settings::get(&mut a, "b").await.unwrap(), None);
    assert_eq!(settings::get(&mut b, "a").await.unwrap(), None);
    settings::put(&mut a, "a", b"v").await.unwrap();
    settings::put(&mut b, "b", b"v").await.unwrap();
    assert_eq!(a.commit().await, Ok(()));
    assert_eq!(b.commit().await, Err(StoreError::Retry));
}
