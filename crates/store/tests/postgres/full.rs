//! A server that has fewer connections than are wanted.

use poolhouse_store::tables::settings;
use poolhouse_store::testing::TestDatabase;
use poolhouse_store::{Options, Store, StoreError};

/// Runs one statement as whoever owns the test's database.
async fn administrate(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

async fn write(store: &Store, name: String) -> Result<(), StoreError> {
    loop {
        let mut tx = store.write().await?;
        let written = match settings::put(&mut tx, &name, b"v").await {
            Ok(_) => tx.commit().await,
            Err(error) => Err(error),
        };
        match written {
            Err(StoreError::Retry) => {}
            result => return result,
        }
    }
}

#[tokio::test]
async fn a_role_without_rights_is_told_which_it_needs() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let role = format!("poolhouse_no_owner_{}", std::process::id());
    // As in a database that was just made.
    let make = format!(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;
         DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN"
    );
    administrate(database.url(), &make).await;
    let error = Store::open(Options::new(database.url().replace("postgres@", &format!("{role}@")))).await;
    let error = error.map(drop).unwrap_err().to_string();
    administrate(database.url(), &format!("DROP ROLE {role}")).await;
    assert!(error.contains("permission denied for schema public"), "{error}");
    assert!(error.contains("ALTER DATABASE … OWNER TO …"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_gets_no_connection_waits_for_one() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let role = format!("poolhouse_two_{}", std::process::id());
    let url = database.url();
    administrate(
        url,
        &format!(
            "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 2;
             GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
        ),
    )
    .await;
    let (_, place) = url.split_once('@').unwrap();
    let store = Store::open(Options::new(format!("postgres://{role}:x@{place}"))).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..20 {
        let store = store.clone();
        writers.spawn(async move { write(&store, format!("row {number}")).await });
    }
    for result in writers.join_all().await {
        assert_eq!(result, Ok(()));
    }
    let connections = store.connections().unwrap();
    assert_eq!((connections.open, connections.in_use, connections.waiting), (2, 0, 0));
    let reader = store.read().await.unwrap();
    assert_eq!(store.connections().unwrap().in_use, 1);
    drop(reader);
    drop(store);
    administrate(url, &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
