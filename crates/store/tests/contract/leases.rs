//! Work that the whole installation has once.

use poolhouse_ports::Timestamp;
use poolhouse_store::Store;
use poolhouse_store::tables::leases;

use crate::behaviours;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

async fn take(store: &Store, by: &str, now: i64, until: i64) -> bool {
    let mut tx = store.write().await.unwrap();
    let taken = leases::take(&mut tx, "work", by, (at(now), at(until))).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

behaviours! {
    async fn work_is_one_servers_until_its_lease_ends(store: &Store) {
        assert!(take(store, "first", 10, 40).await);
        assert!(!take(store, "second", 39, 69).await);
        let mut tx = store.write().await.unwrap();
        assert!(leases::renew(&mut tx, "work", "first", at(50)).await.unwrap());
        assert!(!leases::is_held(&mut tx, "other work", at(49)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!take(store, "second", 49, 79).await);
        assert!(take(store, "second", 50, 80).await);
        let mut tx = store.write().await.unwrap();
        assert!(!leases::renew(&mut tx, "work", "first", at(90)).await.unwrap());
        leases::end(&mut tx, "work", "first").await.unwrap();
        assert!(leases::is_held(&mut tx, "work", at(79)).await.unwrap());
        leases::end(&mut tx, "work", "second").await.unwrap();
        assert!(!leases::is_held(&mut tx, "work", at(79)).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_lease_by_a_clock_that_was_ahead_keeps_nobody_away(store: &Store) {
        assert!(take(store, "ahead", 100_000, 100_030).await);
        assert!(take(store, "right", 10, 40).await);
        assert!(!take(store, "other", 39, 69).await);
    }
}
