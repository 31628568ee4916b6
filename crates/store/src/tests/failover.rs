//! PostgreSQL servers that end under connections that are kept, and standbys.

use crate::testing::TestDatabase;
use crate::{Access, OpenError, Options, Store, StoreError};

/// What ends all connections to the database but the one that says it.
const END_OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// What makes a server say that it is a standby, to those who look for its functions in this schema first.
const PRETEND: &str = "CREATE SCHEMA pretended; \
                       CREATE FUNCTION pretended.pg_is_in_recovery() RETURNS BOOLEAN LANGUAGE SQL AS 'SELECT TRUE'";
const TO_BE_DECEIVED: &str = "options=-c%20search_path%3Dpretended,pg_catalog,public";

#[tokio::test]
async fn connections_that_ended_while_they_were_kept_are_replaced() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = &database.store;
    drop([store.read().await.unwrap(), store.read().await.unwrap(), store.read().await.unwrap()]);
    store.run(END_OTHERS).await.unwrap();
    for _ in 0..3 {
        store.write().await.unwrap();
    }
}

#[tokio::test]
async fn with_a_connection_those_beside_it_are_given_up() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = &database.store;
    let (mut tx, beside) = (store.write().await.unwrap(), store.read().await.unwrap());
    drop(beside);
    assert_eq!(store.connections().map(|connections| connections.open), Some(2));
    let ended = tx.script("SELECT pg_terminate_backend(pg_backend_pid())").await.unwrap_err();
    assert!(matches!(ended, StoreError::Unavailable(_)), "{ended:?}");
    drop(tx);
    assert_eq!(store.connections().map(|connections| connections.open), Some(0));
    store.write().await.unwrap();
}

#[tokio::test]
async fn a_standby_is_no_place_to_serve_from() {
    let Some(database) = TestDatabase::postgres().await else { return };
    database.store.run(PRETEND).await.unwrap();
    let mark = if database.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{mark}{TO_BE_DECEIVED}", database.url());
    let refused = Store::open(Options::new(&url)).await.map(drop).unwrap_err();
    assert!(matches!(&refused, OpenError::Unreachable(text) if text.contains("standby")), "{refused:?}");
    // A backup may be made of it.
    let reading = Options { access: Access::ReadBeside, ..Options::new(&url) };
    Store::open(reading).await.unwrap();
}
