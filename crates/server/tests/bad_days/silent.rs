//! PostgreSQL hangs: it takes connections and questions, and says nothing. The server goes on answering, and ends.

use std::time::{Duration, Instant};

use poolhouse_store::testing::Forwarder;
use poolhouse_testkit::Database;
use serde_json::{Value, json};

use crate::common::{Folder, Sender, Server, serve};

/// Longer than anything here takes: what has not happened by then does not happen.
const LONG: Duration = Duration::from_secs(60);

/// The seconds that the database may take here; no measure, only short.
const TIMEOUT: &str = "1";

/// A server whose way to PostgreSQL can fall silent, and a pool of it.
async fn behind_a_forwarder(folder: &Folder) -> Option<(Database, Forwarder, Server, String)> {
    let database = Database::postgres().await?;
    let (forwarder, url) = Forwarder::to_postgres(database.url()).await;
    let mut command = serve(folder.path());
    command.args(["--database", &url, "--database-timeout", TIMEOUT]);
    let server = Server::start(&mut command);
    let pool = server.pool();
    Some((database, forwarder, server, pool))
}

fn create_group(server: &Server, pool: &str, name: &str) -> (u16, Value) {
    let answer = server.call("CreateGroup", &json!({ "UserPoolId": pool, "GroupName": name }));
    (answer.status, answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_while_the_database_hangs_and_after() {
    let folder = Folder::new();
    let Some((database, forwarder, server, pool)) = behind_a_forwarder(&folder).await else { return };
    server.wait_for_readiness(200);
    assert_eq!(create_group(&server, &pool, "before").0, 200);
    forwarder.set_silent(true);
    let (status, answer) = create_group(&server, &pool, "lost");
    assert_eq!((status, answer["__type"].as_str()), (500, Some("InternalErrorException")), "{answer}");
    server.wait_for_readiness(503);
    assert_eq!(server.connect().get("/_poolhouse/health").unwrap().status, 200);
    let metrics = server.connect().get("/_poolhouse/metrics").unwrap().body;
    for figure in
        ["poolhouse_ready 0", "poolhouse_requests_in_flight 0", "poolhouse_database_connections_in_use "]
    {
        assert!(metrics.contains(figure), "{figure} is missing in: {metrics}");
    }
    forwarder.set_silent(false);
    server.wait_for_readiness(200);
    assert_eq!(create_group(&server, &pool, "after").0, 200);
    let log = server.stop();
    assert!(log.contains("it does not answer in time"), "{log}");
    // Neither as Rust writes it, nor what PostgreSQL notices by the way.
    for noise in ["Some(", "Unavailable(", "already exists, skipping"] {
        assert!(!log.contains(noise), "{noise}: {log}");
    }
    database.drop_database().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_the_process_while_the_database_hangs() {
    let folder = Folder::new();
    let Some((database, forwarder, server, pool)) = behind_a_forwarder(&folder).await else { return };
    forwarder.set_silent(true);
    let mut busy = server.connect();
    let group = json!({ "UserPoolId": pool, "GroupName": "last" });
    let (head, body) = busy.request(Sender::Root, "CreateGroup", &group);
    busy.send(&[head, body].concat()).unwrap();
    server.signal("TERM");
    let (code, log) = server.wait();
    assert_eq!(code, Some(0), "{log}");
    drop(forwarder);
    database.drop_database().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_a_start_that_waits_for_the_database() {
    let folder = Folder::new();
    let Some(database) = Database::postgres().await else { return };
    let (forwarder, url) = Forwarder::to_postgres(database.url()).await;
    forwarder.set_silent(true);
    let data = folder.join("data");
    let mut starting = serve(&data).args(["--database", &url]).spawn().unwrap();
    // By the time that the folder is made, signals are listened for.
    let begun = Instant::now();
    while !data.exists() {
        assert!(starting.try_wait().unwrap().is_none(), "it ended by itself");
        assert!(begun.elapsed() < LONG, "the folder was not made");
        std::thread::yield_now();
    }
    let told = std::process::Command::new("kill").arg(starting.id().to_string()).status().unwrap();
    assert!(told.success());
    assert_eq!(starting.wait().unwrap().code(), Some(0));
    database.drop_database().await;
}
