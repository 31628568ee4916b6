//! Jobs that are stopped, left behind and taken over.

use poolhouse_core::import::Running;
use poolhouse_core::leased::Work;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{crowd, describe, end, job, named, pool, run, start, upload};
use crate::contention::second_node;

/// More than two batches.
const CROWD: usize = 600;

/// A job with its file that was started.
async fn started(server: &TestServer, pool: &str) -> Value {
    let made = job(server, pool, json!({})).await;
    upload(server, &made, crowd(server, pool, CROWD).await.as_bytes()).await;
    start(server, &made).await;
    made
}

async fn users(server: &TestServer, pool: &str) -> usize {
    let (mut count, mut input) = (0, json!({ "UserPoolId": pool }));
    loop {
        let page = server.admin().ok("ListUsers", input.clone()).await;
        count += page["Users"].as_array().unwrap().len();
        if page["PaginationToken"].is_null() {
            return count;
        }
        input["PaginationToken"] = page["PaginationToken"].clone();
    }
}

on_both! {
    async fn a_job_tells_how_far_it_is_and_is_stopped_in_the_middle(server) {
        let pool = pool(server).await;
        let made = started(server, &pool).await;
        let running = Running::take(server.engine()).await.unwrap().unwrap();
        assert_eq!(end(&describe(server, &made).await), ("InProgress", 0, 0, 0));
        let running = running.step(server.engine()).await.unwrap().unwrap();
        assert_eq!(end(&describe(server, &made).await), ("InProgress", 256, 0, 0));
        server.admin().ok("StopUserImportJob", named(&made)).await;
        assert!(running.step(server.engine()).await.unwrap().is_none());
        assert_eq!(end(&describe(server, &made).await), ("Stopped", 256, 0, 0));
        assert_eq!(users(server, &pool).await, 256);
        // Another one can run.
        let again = started(server, &pool).await;
        run(server).await;
        assert_eq!(end(&describe(server, &again).await), ("Succeeded", 344, 256, 0));
    }

    async fn what_a_dead_node_began_goes_on_where_it_was(server) {
        let pool = pool(server).await;
        let made = started(server, &pool).await;
        let running = Running::take(server.engine()).await.unwrap().unwrap();
        drop(running.step(server.engine()).await.unwrap().unwrap());
        server.clock().advance_seconds(59);
        assert!(Running::take(server.engine()).await.unwrap().is_none());
        assert_eq!(end(&describe(server, &made).await), ("InProgress", 256, 0, 0));
        server.clock().advance_seconds(1);
        run(server).await;
        assert_eq!(end(&describe(server, &made).await), ("Succeeded", 600, 0, 0));
        assert_eq!(users(server, &pool).await, 600);
        assert_eq!(server.engine().state().imports().figures(), [("succeeded", 600), ("skipped", 0), ("failed", 0)]);
    }

    async fn who_lost_a_job_does_no_more_of_it(server) {
        let pool = pool(server).await;
        let made = started(server, &pool).await;
        let slow = Running::take(server.engine()).await.unwrap().unwrap();
        server.clock().advance_seconds(60);
        let quick = Running::take(server.engine()).await.unwrap().unwrap();
        let quick = quick.step(server.engine()).await.unwrap().unwrap();
        assert!(slow.step(server.engine()).await.unwrap().is_none());
        assert_eq!(end(&describe(server, &made).await), ("InProgress", 256, 0, 0));
        let quick = quick.step(server.engine()).await.unwrap().unwrap();
        assert!(quick.step(server.engine()).await.unwrap().is_none());
        assert_eq!(end(&describe(server, &made).await), ("Succeeded", 600, 0, 0));
    }

    async fn a_node_that_stops_leaves_its_job_to_the_next(server) {
        let pool = pool(server).await;
        let made = started(server, &pool).await;
        let running = Running::take(server.engine()).await.unwrap().unwrap();
        let running = running.step(server.engine()).await.unwrap().unwrap();
        running.release(server.engine()).await.unwrap();
        run(server).await;
        assert_eq!(end(&describe(server, &made).await), ("Succeeded", 600, 0, 0));
    }

    async fn a_job_that_never_gets_on_is_given_up(server) {
        let pool = pool(server).await;
        let made = started(server, &pool).await;
        for _ in 0..5 {
            drop(Running::take(server.engine()).await.unwrap().unwrap());
            server.clock().advance_seconds(60);
        }
        assert!(Running::take(server.engine()).await.unwrap().is_none());
        let ended = describe(server, &made).await;
        assert_eq!(end(&ended), ("Failed", 0, 0, 0));
        assert_eq!(ended["CompletionMessage"], "The import failed because of an internal error.");
    }

    async fn two_nodes_do_one_job(server) {
        // On SQLite there is only one: the same engine stands for both.
        let pool = pool(server).await;
        let made = started(server, &pool).await;
        let other = match server.database() {
            poolhouse_testkit::Database::Sqlite => None,
            database @ poolhouse_testkit::Database::Postgres(_) => {
                Some(second_node(server, database.clone()).await)
            }
        };
        let other = other.as_ref().unwrap_or(server);
        let running = Running::take(other.engine()).await.unwrap().unwrap();
        assert!(Running::take(server.engine()).await.unwrap().is_none());
        drop(running.step(other.engine()).await.unwrap().unwrap());
        server.clock().advance_seconds(60);
        run(server).await;
        assert!(Running::take(other.engine()).await.unwrap().is_none());
        assert_eq!(end(&describe(other, &made).await), ("Succeeded", 600, 0, 0));
    }
}

/// Prints how many users are imported in a second.
#[tokio::test]
#[ignore = "a measurement"]
async fn rate() {
    use std::time::Instant;

    use poolhouse_testkit::Database;
    const USERS: usize = 20_000;
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = TestServer::start(database.clone()).await;
        let pool = pool(&server).await;
        let made = job(&server, &pool, json!({})).await;
        upload(&server, &made, crowd(&server, &pool, USERS).await.as_bytes()).await;
        start(&server, &made).await;
        let began = Instant::now();
        run(&server).await;
        let seconds = began.elapsed().as_secs_f64();
        assert_eq!(end(&describe(&server, &made).await), ("Succeeded", 20_000, 0, 0));
        println!("{database:?}: {:.0} users a second", f64::from(u32::try_from(USERS).unwrap()) / seconds);
        server.finish().await;
    }
}
