//! PostgreSQL servers that end, or become standbys, under connections that are kept.

use crate::StoreError;
use crate::statement::Statement;
use crate::tables::settings;
use crate::testing::TestDatabase;

/// What ends all connections to the database but the one that says it.
const END_OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Notes at the commit which limit the commit has.
const LIMIT_AT_COMMIT: &str = "\
    CREATE TABLE noted (statement_timeout TEXT NOT NULL); \
    CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
        INSERT INTO noted VALUES (current_setting('statement_timeout')); RETURN NULL; END $$; \
    CREATE CONSTRAINT TRIGGER note AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION note()";

#[tokio::test]
async fn the_wait_for_standbys_has_no_limit_that_ends_in_an_acknowledgement() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = &database.store;
    store.run(LIMIT_AT_COMMIT).await.unwrap();
    let mut tx = store.write().await.unwrap();
    settings::put(&mut tx, "a", b"v").await.unwrap();
    tx.commit().await.unwrap();
    let noted = Statement::new("noted", "SELECT statement_timeout FROM noted".to_owned());
    let mut tx = store.write().await.unwrap();
    let limit: Option<String> = tx.query_opt(&noted, &[], |row| row.get(0)).await.unwrap();
    assert_eq!(limit.as_deref(), Some("0"));
    // Only of the commit.
    let shown = Statement::new("limit", "SHOW statement_timeout".to_owned());
    let limit: Option<String> = tx.query_opt(&shown, &[], |row| row.get(0)).await.unwrap();
    assert_eq!(limit.as_deref(), Some("30s"));
}

#[tokio::test]
async fn connections_that_ended_while_they_were_kept_are_replaced() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = &database.store;
    let held = [store.read().await.unwrap(), store.read().await.unwrap(), store.read().await.unwrap()];
    drop(held);
    database.store.run(END_OTHERS).await.unwrap();
    for _ in 0..3 {
        store.write().await.unwrap();
    }
}

#[tokio::test]
async fn with_a_connection_those_beside_it_are_given_up() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = &database.store;
    for (statement, error) in [
        ("SELECT pg_terminate_backend(pg_backend_pid())", None),
        ("DO $$ BEGIN RAISE read_only_sql_transaction; END $$", Some(StoreError::ReadOnly)),
    ] {
        let (mut tx, beside) = (store.write().await.unwrap(), store.read().await.unwrap());
        drop(beside);
        assert_eq!(store.connections().map(|connections| connections.open), Some(2));
        let refused = tx.script(statement).await.unwrap_err();
        match error {
            Some(error) => assert_eq!(refused, error),
            None => assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}"),
        }
        drop(tx);
        assert_eq!(store.connections().map(|connections| connections.open), Some(0));
    }
    store.write().await.unwrap();
}
