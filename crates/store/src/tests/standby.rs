//! Stores that are read from a standby.

use std::time::Duration;

use poolhouse_ports::Timestamp;

use crate::driver::postgres::NO_PRIMARY;
use crate::statement::Statement;
use crate::tables::{nodes, settings};
use crate::testing::{Forwarder, TestDatabase};
use crate::{OpenError, Options, Store, StoreError};

const NOW: Timestamp = Timestamp::from_seconds(1_893_456_000);

/// The age of what is read where it is not known.
const UNKNOWN: Option<Duration> = Some(Duration::MAX);

/// What makes the sessions of a URL those of a standby, as far as writing goes.
const READS_ONLY: &str = "options=-c%20default_transaction_read_only%3Don";

fn read_only(url: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{READS_ONLY}")
}

fn options(primary: &str, standby: &str) -> Options {
    let wait = Duration::from_secs(2);
    Options { standby: Some(standby.to_owned()), wait, connections: 4, ..Options::new(primary) }
}

async fn put(store: &Store, value: &[u8]) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    settings::put(&mut tx, "name", value).await?;
    tx.commit().await
}

async fn get(store: &Store) -> Result<Option<Vec<u8>>, StoreError> {
    settings::get(&mut store.read().await?, "name").await
}

/// What is said without a wait.
fn no_primary() -> StoreError {
    StoreError::Unavailable(NO_PRIMARY.to_owned())
}

/// What the primary and the standby last answered.
fn answers(store: &Store) -> [Option<Result<(), StoreError>>; 2] {
    store.standby().unwrap().answers()
}

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

#[tokio::test]
async fn a_standby_is_read_once_it_is_known_how_old_it_is() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = Store::open(options(database.url(), &read_only(database.url()))).await.unwrap();
    assert!(store.is_read_node());
    assert_eq!(store.standby_age(), UNKNOWN);
    assert!(is_unavailable(&get(&store).await) && is_unavailable(&put(&store, b"a").await));
    store.read_lasting().await.unwrap();

    store.follow("node", NOW).await;
    assert_ne!(store.standby_age(), UNKNOWN);
    put(&store, b"a").await.unwrap();
    assert_eq!(get(&store).await.unwrap().as_deref(), Some(&b"a"[..]));
    // It is the standby that is read.
    let asked = "SELECT current_setting('default_transaction_read_only')";
    let mut tx = store.read().await.unwrap();
    let answered =
        tx.query_opt(&Statement::new("test", asked.to_owned()), &[], |row| row.get::<String>(0)).await;
    assert_eq!(answered.unwrap().as_deref(), Some("on"));
}

#[tokio::test]
async fn one_that_follows_nobody_is_not_read() {
    let (Some(primary), Some(other)) = (TestDatabase::postgres().await, TestDatabase::postgres().await)
    else {
        return;
    };
    let store = Store::open(options(primary.url(), &read_only(other.url()))).await.unwrap();
    store.follow("node", NOW).await;
    assert_eq!(store.standby_age(), UNKNOWN, "what was written is not there");
    put(&store, b"a").await.unwrap();
    assert_eq!(get(&store).await.unwrap().as_deref(), Some(&b"a"[..]), "the primary is asked");
}

#[tokio::test]
async fn a_stamp_from_the_future_says_nothing() {
    let (Some(primary), Some(other)) = (TestDatabase::postgres().await, TestDatabase::postgres().await)
    else {
        return;
    };
    let ahead = Store::open(options(other.url(), &read_only(other.url()))).await.unwrap();
    ahead.follow("node", NOW).await;
    assert_ne!(ahead.standby_age(), UNKNOWN);
    // The standby follows nobody any more, and the clock was set back.
    let store = Store::open(options(primary.url(), &read_only(other.url()))).await.unwrap();
    store.follow("node", NOW.plus_seconds(-60)).await;
    assert_eq!(store.standby_age(), UNKNOWN);
}

#[tokio::test]
async fn what_counts_now_is_read_from_the_primary_alone() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let (way, primary) = Forwarder::to_postgres(database.url()).await;
    let store = Store::open(options(&primary, &read_only(database.url()))).await.unwrap();
    store.follow("node", NOW).await;
    store.read_now().await.unwrap();
    way.set_silent(true);
    store.read().await.unwrap();
    assert!(is_unavailable(&store.read_now().await.map(drop)));
    // Nobody waits for one that is known not to answer.
    store.follow("node", NOW).await;
    assert_eq!(store.read_now().await.map(drop), Err(no_primary()));
}

#[tokio::test]
async fn a_node_whose_connections_are_all_in_use_follows_all_the_same() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = Store::open(options(database.url(), &read_only(database.url()))).await.unwrap();
    store.follow("node", NOW).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push([store.write().await.unwrap(), store.read().await.unwrap()]);
    }
    store.follow("node", NOW).await;
    assert_eq!(answers(&store), [Some(Ok(())), Some(Ok(()))]);
    drop(held);
    put(&store, b"a").await.unwrap();
}

#[tokio::test]
async fn what_is_in_the_way_is_known() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let (way, standby) = Forwarder::to_postgres(&read_only(database.url())).await;
    let (server, _) = database.url().rsplit_once('/').unwrap();
    let store = Store::open(options(&format!("{server}/nowhere"), &standby)).await.unwrap();
    assert_eq!(answers(&store), [None, None]);
    way.set_silent(true);
    store.follow("node", NOW).await;
    let [primary, standby] = answers(&store).map(|answer| answer.unwrap().unwrap_err().to_string());
    assert!(primary.contains("\"nowhere\" does not exist"), "{primary}");
    assert!(standby.contains("does not answer"), "{standby}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_younger() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = Store::open(options(database.url(), &read_only(database.url()))).await.unwrap();
    store.beat("node", NOW).await;
    store.beat("node", NOW.plus_seconds(-60)).await;
    let mut tx = store.read_lasting().await.unwrap();
    let written = nodes::seen_at(&mut tx, "node").await.unwrap().unwrap();
    assert!(written >= NOW, "{written:?}");
    store.listen("node").await;
    assert_ne!(store.standby_age(), UNKNOWN);
}

#[tokio::test]
async fn the_standby_is_one_server() {
    let two = options("postgres://127.0.0.1/db", "postgres://127.0.0.1:1,127.0.0.1:2/db");
    assert!(matches!(Store::open(two).await, Err(OpenError::Url(_))));
}

#[tokio::test]
async fn without_the_primary_it_is_read_as_long_as_it_is_young_enough() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let (way, primary) = Forwarder::to_postgres(database.url()).await;
    let store = Store::open(options(&primary, &read_only(database.url()))).await.unwrap();
    store.follow("node", NOW).await;
    put(&store, b"a").await.unwrap();
    way.set_silent(true);
    store.follow("node", NOW.plus_seconds(1)).await;
    assert_eq!(put(&store, b"b").await, Err(no_primary()), "at once");
    assert_eq!(get(&store).await.unwrap().as_deref(), Some(&b"a"[..]));
    assert_ne!(store.standby_age(), UNKNOWN);
    way.set_silent(false);
    store.follow("node", NOW.plus_seconds(2)).await;
    put(&store, b"b").await.unwrap();
    assert_eq!(get(&store).await.unwrap().as_deref(), Some(&b"b"[..]));
}

#[tokio::test]
async fn it_starts_without_the_primary_and_knows_nothing_yet() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let nowhere = "postgres://postgres@127.0.0.1:1/nowhere";
    let store = Store::open(options(nowhere, &read_only(database.url()))).await.unwrap();
    store.follow("node", NOW).await;
    store.read_lasting().await.unwrap();
    assert!(is_unavailable(&get(&store).await) && is_unavailable(&put(&store, b"a").await));
    assert_eq!(store.standby_age(), UNKNOWN);
}

#[tokio::test]
async fn a_file_has_no_standby() {
    let refused =
        Store::open(options("sqlite::memory:", "postgres://127.0.0.1/db")).await.map(drop).unwrap_err();
    assert_eq!(refused, OpenError::StandbyOfFile);
}
