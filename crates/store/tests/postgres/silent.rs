//! A database that hangs: everything that is asked is answered in time, and all is well when it is back.

use std::time::Duration;

use poolhouse_store::tables::settings;
use poolhouse_store::testing::{Forwarder, TestDatabase};
use poolhouse_store::{Options, Store, StoreError};

/// Short, so that the test is; long enough for a busy machine to answer.
const LIMIT: Duration = Duration::from_millis(1000);

/// A database, the way to it, and a store that goes this way.
async fn behind_a_forwarder() -> Option<(TestDatabase, Forwarder, Store)> {
    let database = TestDatabase::postgres().await?;
    let (forwarder, url) = Forwarder::to_postgres(database.url()).await;
    let options = Options { wait: LIMIT, statement: LIMIT, connections: 4, ..Options::new(url) };
    let store = Store::open(options).await.unwrap();
    Some((database, forwarder, store))
}

async fn write(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    settings::put(&mut tx, name, b"v").await?;
    tx.commit().await
}

fn is_unavailable(result: &Result<(), StoreError>) -> bool {
    // Who got no place at all hears that all connections are in use.
    matches!(result, Err(StoreError::Unavailable(_) | StoreError::Busy))
}

#[tokio::test]
async fn a_host_that_takes_connections_and_says_nothing_is_passed_over() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let (first, url) = Forwarder::to_postgres(database.url()).await;
    let (second, _) = Forwarder::to_postgres(database.url()).await;
    let both =
        url.replacen(&first.address().to_string(), &format!("{},{}", first.address(), second.address()), 1);
    first.set_silent(true);
    // Less than the driver needs to give the first up by itself.
    let wait = Duration::from_secs(20);
    let options = Options { wait, connections: 4, ..Options::new(format!("{both}?connect_timeout=1")) };
    let store = Store::open(options).await.unwrap();
    write(&store, "passed over").await.unwrap();
}

#[tokio::test]
async fn statements_end_when_the_database_falls_silent() {
    let Some((_database, forwarder, store)) = behind_a_forwarder().await else { return };
    write(&store, "before").await.unwrap();
    let mut under_way = store.write().await.unwrap();
    forwarder.set_silent(true);
    // In the middle of a transaction, on idle connections and on new ones, and more than there is room for.
    assert!(is_unavailable(&settings::put(&mut under_way, "lost", b"v").await.map(drop)));
    drop(under_way);
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..12 {
        let store = store.clone();
        writers.spawn(async move { write(&store, &format!("silent {number}")).await });
    }
    for result in writers.join_all().await {
        assert!(is_unavailable(&result), "{result:?}");
    }
    assert_eq!(store.connections().unwrap().open, 0, "no connection is kept that did not answer");

    forwarder.set_silent(false);
    write(&store, "after").await.unwrap();
    let mut tx = store.read().await.unwrap();
    for name in ["before", "after"] {
        assert!(settings::get(&mut tx, name).await.unwrap().is_some(), "{name}");
    }
    assert_eq!(settings::get(&mut tx, "lost").await.unwrap(), None);
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_leaves_no_connection_that_hangs() {
    let Some((_database, forwarder, store)) = behind_a_forwarder().await else { return };
    write(&store, "before").await.unwrap();
    assert_eq!(store.connections().unwrap().open, 1);
    forwarder.set_silent(true);
    let asked = tokio::time::timeout(Duration::from_millis(20), store.read()).await;
    assert!(asked.is_err(), "nobody answers");
    assert_eq!(store.connections().unwrap().open, 0);
    forwarder.set_silent(false);
    write(&store, "after").await.unwrap();
}

#[tokio::test]
async fn the_server_ends_what_takes_too_long_and_the_connection_stays() {
    let Some(database) = TestDatabase::postgres().await else { return };
    // This side waits an eighth longer: a quarter of a second, for the server's answer on a busy machine, too.
    let options =
        Options { statement: Duration::from_secs(2), connections: 4, ..Options::new(database.url()) };
    let store = Store::open(options).await.unwrap();
    let mut holder = database.store.write().await.unwrap();
    settings::put(&mut holder, "row", b"v").await.unwrap();
    // It waits for the row's lock.
    let refused = write(&store, "row").await;
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(text)) if text.contains("timeout")),
        "{refused:?}"
    );
    assert_eq!(store.connections().unwrap().open, 1);
    drop(holder);
    write(&store, "row").await.unwrap();
}
