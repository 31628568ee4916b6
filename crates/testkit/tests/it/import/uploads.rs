//! The URL that a file is uploaded to.

use poolhouse_core::Cx;
use poolhouse_core::import::{Refused, Upload};
use poolhouse_testkit::{Database, TestServer, element, on_both};
use serde_json::{Value, json};

use super::{NOT_MET, describe, end, file, job, named, person, pool, put, run, start, upload};

fn path(job: &Value) -> String {
    job["PreSignedUrl"].as_str().unwrap().replace("http://127.0.0.1:7665", "")
}

fn code(answer: &(u16, String)) -> (u16, String) {
    (answer.0, element(&answer.1, "Code").unwrap_or_default())
}

on_both! {
    async fn a_url_is_good_for_its_job_alone(server) {
        let pool = pool(server).await;
        let (made, other) = (job(server, &pool, json!({})).await, job(server, &pool, json!({})).await);
        let denied = (403, "AccessDenied".to_owned());
        let (path, other) = (path(&made), path(&other));
        let signature = other.split_once("Signature=").unwrap().1;
        let (place, _) = path.split_once('?').unwrap();
        for bad in [
            place.to_owned(),
            format!("{place}?X-Amz-Signature={signature}"),
            format!("{place}?X-Amz-Signature="),
            path.replace("/imports/", "/imports/x"),
            path.replace(&pool, "us-east-1_000000000"),
        ] {
            assert_eq!(code(&put(server, &bad, b"name").await), denied, "{bad}");
        }
        let (status, _, _) = server.http("POST", &path, &[], b"name").await;
        assert_eq!(status, 404);
        assert_eq!(put(server, &path, b"name").await, (200, String::new()));
    }

    // operations-and-protection §11, documented: X-Amz-Expires=899
    async fn a_url_is_good_for_fifteen_minutes(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        server.clock().advance_seconds(899);
        assert_eq!(upload(server, &made, b"name").await.0, 200);
        server.clock().advance_millis(1);
        let late = upload(server, &made, b"name").await;
        assert_eq!(code(&late), (403, "AccessDenied".to_owned()));
        assert_eq!(element(&late.1, "Message").unwrap(), "Request has expired");
    }

    async fn the_last_file_counts_until_the_job_starts(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        let first = file(server, &pool, &[&person("alice", "alice@example.com")]).await;
        let second = file(server, &pool, &[&person("bob", "bob@example.com"), &person("cid", "cid@example.com")]).await;
        upload(server, &made, first.as_bytes()).await;
        upload(server, &made, second.as_bytes()).await;
        start(server, &made).await;
        let closed = (403, "AccessDenied".to_owned());
        assert_eq!(code(&upload(server, &made, first.as_bytes()).await), closed);
        run(server).await;
        assert_eq!(end(&describe(server, &made).await), ("Succeeded", 2, 0, 0));
        assert_eq!(code(&upload(server, &made, first.as_bytes()).await), closed);
    }

    async fn of_two_uploads_at_once_the_later_one_counts(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        let (cx, path) = (Cx::job(server.engine()), path(&made));
        let signature = path.split_once("Signature=").unwrap().1;
        let (pool_id, id) = (pool.clone().into(), made["JobId"].as_str().unwrap());
        // More than a part, so that something is in the database.
        let part = vec![b'x'; 1024 * 1024 + 1];
        let mut first = Upload::begin(&cx, &pool_id, id, signature).await.unwrap();
        first.take(&cx, &part).await.unwrap();
        let second = Upload::begin(&cx, &pool_id, id, signature).await.unwrap();
        assert!(matches!(first.finish(&cx).await, Err(Refused::Denied(_))));
        second.finish(&cx).await.unwrap();
        start(server, &made).await;
        run(server).await;
        assert_eq!(describe(server, &made).await["CompletionMessage"], "The CSV file is empty.");
    }

    async fn an_empty_file_is_one(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        upload(server, &made, b"").await;
        start(server, &made).await;
        run(server).await;
        let ended = describe(server, &made).await;
        assert_eq!(end(&ended), ("Failed", 0, 0, 0));
        assert_eq!(ended["CompletionMessage"], "The CSV file is empty.");
    }

    async fn a_file_of_several_parts_is_one(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        // The lines are long, so that parts end within some of them.
        let long = "x".repeat(2000);
        let people: Vec<_> = (0..1100).map(|n| (format!("user{n}"), format!("user{n}@example.com"))).collect();
        let people: Vec<_> = people.iter().map(|(name, email)| {
            [&person(name, email)[..], &[("address", &*long)]].concat()
        }).collect();
        let people: Vec<_> = people.iter().map(|person| &**person).collect();
        let file = file(server, &pool, &people).await;
        assert!(file.len() > 2 * 1024 * 1024);
        upload(server, &made, file.as_bytes()).await;
        start(server, &made).await;
        run(server).await;
        assert_eq!(end(&describe(server, &made).await), ("Succeeded", 1100, 0, 0));
    }
}

/// 100 MB are written as they come, so that this takes its time.
#[tokio::test]
async fn a_file_that_is_too_long_is_refused() {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = pool(&server).await;
    let made = job(&server, &pool, json!({})).await;
    let file = vec![b'x'; 100 * 1024 * 1024 + 1];
    assert_eq!(code(&upload(&server, &made, &file).await), (400, "EntityTooLarge".to_owned()));
    let started = server.admin().refused("StartUserImportJob", named(&made)).await;
    assert_eq!(started.0, NOT_MET);
    server.finish().await;
}
