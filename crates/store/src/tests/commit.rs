//! How SQLite's writers share a commit.

use std::time::Duration;

use crate::statement::Statement;
use crate::tables::settings;
use crate::testing::TestDatabase;
use crate::{Options, Store, StoreError};

/// Starts writers of one row each and lets them queue; to be called while a write transaction is open.
async fn queue_writers(store: &Store, count: usize) -> Vec<tokio::task::JoinHandle<Result<(), StoreError>>> {
    let writers = (0..count).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut tx = store.write().await?;
            settings::put(&mut tx, &format!("row {n}"), b"v").await?;
            tx.commit().await
        })
    });
    let writers = writers.collect();
    // The runtime has one thread: when this task is polled again, each of them has queued.
    tokio::task::yield_now().await;
    writers
}

async fn count_rows(store: &Store) -> i64 {
    let statement = Statement::new("test", "SELECT COUNT(*) FROM settings".to_owned());
    let mut tx = store.read().await.unwrap();
    tx.query_opt(&statement, &[], |row| row.get(0)).await.unwrap().unwrap()
}

#[tokio::test]
async fn writers_that_wait_together_are_committed_together() {
    let database = TestDatabase::sqlite().await;
    let store = &database.store;
    let mut first = store.write().await.unwrap();
    let before = store.commits();
    let writers = queue_writers(store, 50).await;
    settings::put(&mut first, "first", b"v").await.unwrap();
    first.commit().await.unwrap();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(store.commits() - before, 1);
    assert_eq!(count_rows(store).await, 51);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_row_is_there() {
    let database = TestDatabase::sqlite().await;
    let store = &database.store;
    let writers: Vec<_> = (0..500)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                settings::put(&mut tx, &format!("row {n}"), b"v").await.unwrap();
                // A third is given up.
                if n % 3 != 0 {
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut tx = store.read().await.unwrap();
    for n in 0..500 {
        let row = settings::get(&mut tx, &format!("row {n}")).await.unwrap();
        assert_eq!(row.is_some(), n % 3 != 0, "row {n}");
    }
}

#[tokio::test]
async fn a_commit_that_fails_fails_for_all_in_it_and_for_no_other() {
    let database = TestDatabase::sqlite().await;
    let store = &database.store;
    let mut first = store.write().await.unwrap();
    let writers = queue_writers(store, 20).await;
    // A constraint that is looked at only when the outer transaction is committed.
    first.script("PRAGMA defer_foreign_keys = ON").await.unwrap();
    first.script("INSERT INTO clients (client_id, pool_id, name, created_at, modified_at, config) VALUES ('c', 'no pool', 'n', 0, 0, '{}')").await.unwrap();
    assert_eq!(first.commit().await, Err(StoreError::Retry));
    for writer in writers {
        assert_eq!(writer.await.unwrap(), Err(StoreError::Retry));
    }
    assert_eq!(count_rows(store).await, 0);
    let mut next = store.write().await.unwrap();
    settings::put(&mut next, "next", b"v").await.unwrap();
    next.commit().await.unwrap();
    assert_eq!(count_rows(store).await, 1);
}

#[tokio::test]
async fn one_that_gives_up_leaves_the_others_of_the_batch() {
    let database = TestDatabase::sqlite().await;
    let store = &database.store;
    let first = store.write().await.unwrap();
    let mut writers = queue_writers(store, 5).await;
    let gives_up = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut tx = store.write().await.unwrap();
            settings::put(&mut tx, "given up", b"v").await.unwrap();
            assert_eq!(settings::get(&mut tx, "given up").await.unwrap().as_deref(), Some(b"v".as_slice()));
        })
    };
    tokio::task::yield_now().await;
    drop(first);
    gives_up.await.unwrap();
    for writer in writers.drain(..) {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(count_rows(store).await, 5);
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_of_the_transaction_kept() {
    let database = TestDatabase::sqlite().await;
    let store = &database.store;
    let mut tx = store.write().await.unwrap();
    tx.query(&Statement::new("test", "PRAGMA max_page_count = 200".to_owned()), &[], |_| Ok(()))
        .await
        .unwrap();
    settings::put(&mut tx, "small", b"v").await.unwrap();
    let big = vec![1; 4 << 20];
    assert_eq!(settings::put(&mut tx, "big", &big).await, Err(StoreError::Full));
    assert_eq!(tx.commit().await, Err(StoreError::Full));
    assert_eq!(count_rows(store).await, 0);
    let mut tx = store.write().await.unwrap();
    settings::put(&mut tx, "small", b"v").await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_turn_that_does_not_come_is_told() {
    let options = Options { wait: Duration::ZERO, readers: 1, ..Options::new("sqlite::memory:") };
    let store = Store::open(options).await.unwrap();
    let before = store.waits().count;
    let (_write, _read) = (store.write().await.unwrap(), store.read().await.unwrap());
    assert_eq!(store.write().await.unwrap_err(), StoreError::Busy);
    assert_eq!(store.read().await.unwrap_err(), StoreError::Busy);
    assert_eq!(store.waits().count, before + 4, "who did not get one waited as well");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let database = TestDatabase::sqlite().await;
    let mut tx = database.store.read().await.unwrap();
    assert_eq!(settings::put(&mut tx, "a", b"v").await, Err(StoreError::ReadOnly));
}
