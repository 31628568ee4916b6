//! What is refused, how recoveries are listed, and how long the journal reaches.

use poolhouse_core::leased::Work;
use poolhouse_core::point_in_time::Running;
use poolhouse_core::{Tiers, maintenance};
use poolhouse_store::tables::journals;
use poolhouse_testkit::{Database, Parts, TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{initiate, moment, recover, status, work};

const INVALID: &str = "InvalidParameterException";

async fn refused(server: &TestServer, pool: &str, moment: i64) -> (String, String) {
    let input = json!({ "UserPoolId": pool, "RestoreTimestamp": moment });
    server.admin().refused("InitiatePointInTimeRecovery", input).await
}

on_both! {
    async fn the_moment_is_settled_and_within_the_journal(server) {
        let before = server.now().0 / 1000 - 1;
        let pool = server.pool(json!({})).await;
        let then = moment(server);
        let text = "The restore timestamp must be at least 15 minutes in the past.";
        assert_eq!(refused(server, &pool, then + 1).await, refusal(INVALID, text));
        assert_eq!(refused(server, &pool, then + 100_000).await, refusal(INVALID, text));
        let text = "The restore timestamp is outside the recovery period of the user pool.";
        assert_eq!(refused(server, &pool, before).await, refusal(INVALID, text));
        server.clock().advance_seconds(15 * 24 * 60 * 60);
        assert_eq!(refused(server, &pool, then).await, refusal(INVALID, text));
        let unknown = refused(server, "us-east-1_nothing00", then).await;
        assert_eq!(unknown.0, "ResourceNotFoundException");
    }

    async fn one_recovery_at_a_time_each_in_its_order(server) {
        let pool = server.pool(json!({})).await;
        let then = moment(server);
        let first = initiate(server, &pool, then).await;
        let text = "A point-in-time recovery is already active for the user pool.";
        assert_eq!(refused(server, &pool, then).await, refusal("LimitExceededException", text));
        let early = server.admin().refused("StartPointInTimeRecovery", first.clone()).await;
        assert_eq!(early, refusal(INVALID, "Cannot start a recovery with status PREVIEW_GENERATING."));
        work(server).await;
        server.admin().ok("StartPointInTimeRecovery", first.clone()).await;
        let late = server.admin().refused("CancelPointInTimeRecovery", first.clone()).await;
        assert_eq!(late, refusal(INVALID, "Cannot cancel a recovery with status RESTORING."));
        work(server).await;
        assert_eq!(status(server, &first).await, "RESTORE_COMPLETED");

        let other = server.pool(json!({})).await;
        let elsewhere = json!({ "UserPoolId": other, "RestoreId": first["RestoreId"] });
        for operation in ["DescribePointInTimeRecovery", "StartPointInTimeRecovery", "CancelPointInTimeRecovery"] {
            let answer = server.admin().refused(operation, elsewhere.clone()).await;
            let text = "Point-in-time recovery does not exist.";
            assert_eq!(answer, refusal("ResourceNotFoundException", text), "{operation}");
        }
    }

    async fn recoveries_are_listed_newest_first(server) {
        let pool = server.pool(json!({})).await;
        let then = moment(server);
        let mut made: Vec<Value> = Vec::new();
        for _ in 0..3 {
            let recovery = initiate(server, &pool, then).await;
            server.admin().ok("CancelPointInTimeRecovery", recovery.clone()).await;
            made.insert(0, recovery["RestoreId"].clone());
            server.clock().advance_seconds(1);
        }
        let (mut found, mut input) = (Vec::new(), json!({ "UserPoolId": pool, "MaxResults": 2 }));
        loop {
            let page = server.admin().ok("ListPointInTimeRecoveries", input.clone()).await;
            found.extend(page["Restorations"].as_array().unwrap().clone());
            if page["NextToken"].is_null() {
                break;
            }
            input["NextToken"] = page["NextToken"].clone();
        }
        assert_eq!(found.iter().map(|one| one["RestoreId"].clone()).collect::<Vec<_>>(), made);
        for one in &found {
            assert_eq!(one["RestoreStatus"], "PREVIEW_CANCELLED");
            assert_eq!(one["RestoreTimestamp"].as_f64().map(|seconds| seconds as i64), Some(then), "{one}");
            assert_eq!(one.as_object().unwrap().len(), 3, "{one}");
        }
    }

    async fn an_import_and_a_recovery_do_not_meet(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let then = moment(server);
        let recovery = initiate(server, &pool, then).await;
        let job = json!({
            "UserPoolId": pool, "JobName": "people", "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
        });
        let answer = server.admin().refused("CreateUserImportJob", job.clone()).await;
        assert_eq!(answer.0, "OperationNotEnabledException");
        server.admin().ok("CancelPointInTimeRecovery", recovery).await;
        let made = server.admin().ok("CreateUserImportJob", job).await["UserImportJob"].clone();
        let path = made["PreSignedUrl"].as_str().unwrap().replace("http://127.0.0.1:7665", "");
        assert_eq!(server.http("PUT", &path, &[], b"name").await.0, 200);
        let started = json!({ "UserPoolId": pool, "JobId": made["JobId"] });
        server.admin().ok("StartUserImportJob", started).await;
        let text = "A user import job is in progress in the user pool.";
        assert_eq!(refused(server, &pool, then).await, refusal(INVALID, text));
    }

    async fn the_journal_is_kept_as_long_as_it_is_wanted(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ann", json!({})).await;
        moment(server);
        let removed = maintenance::purge(server.engine()).await.unwrap();
        assert_eq!(removed, 0);
        let since = async || {
            let mut tx = server.engine().store().read().await.unwrap();
            journals::get(&mut tx, &pool.as_str().into()).await.unwrap().unwrap().since
        };
        let begun = since().await;
        server.clock().advance_seconds((14 * 24 + 1) * 60 * 60);
        assert!(maintenance::purge(server.engine()).await.unwrap() > 0);
        // However many days are wanted later on, what was forgotten stays out of reach.
        assert!(since().await > begun);
        assert_eq!(maintenance::purge(server.engine()).await.unwrap(), 0);
        // What a recovery still needs stays, however long it takes.
        server.user(&pool, "bob", json!({})).await;
        let then = moment(server) - 1;
        let recovery = initiate(server, &pool, then).await;
        work(server).await;
        server.admin().ok("StartPointInTimeRecovery", recovery.clone()).await;
        server.clock().advance_seconds(30 * 24 * 60 * 60);
        maintenance::purge(server.engine()).await.unwrap();
        work(server).await;
        assert_eq!(status(server, &recovery).await, "RESTORE_COMPLETED");
        let users = server.admin().ok("ListUsers", json!({ "UserPoolId": pool })).await;
        assert_eq!(users["Users"].as_array().unwrap().len(), 1, "{users}");
    }

    async fn a_deleted_pool_takes_its_recovery_along(server) {
        let pool = server.pool(json!({})).await;
        let then = moment(server);
        initiate(server, &pool, then).await;
        let running = Running::take(server.engine()).await.unwrap().unwrap();
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
        assert!(running.step(server.engine()).await.unwrap().is_none());
        assert!(Running::take(server.engine()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn where_nothing_is_kept_nothing_is_written_and_recovered() {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = TestServer::start_with(database, |parts| parts.settings.recovery_days = 0).await;
        let pool = server.pool(json!({})).await;
        let rows = server.engine().store().rows();
        server.group(&pool, "readers", json!({})).await;
        assert_eq!(server.engine().store().rows(), rows + 1);
        let then = moment(&server);
        let text = "This operation is not enabled for this user pool.";
        assert_eq!(refused(&server, &pool, then).await, refusal("OperationNotEnabledException", text));
        let list = server.admin().ok("ListPointInTimeRecoveries", json!({ "UserPoolId": pool })).await;
        assert_eq!(list["Restorations"], json!([]));
        server.finish().await;
    }
}

#[tokio::test]
async fn tiers_bound_it_where_they_are_held() {
    let strict = |parts: &mut Parts| parts.settings.tiers = Tiers::Strict;
    let server = TestServer::start_with(Database::Sqlite, strict).await;
    let lite = server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let essentials = server.pool(json!({ "UserPoolTier": "ESSENTIALS" })).await;
    let plus = server.pool(json!({ "UserPoolTier": "PLUS" })).await;
    let then = moment(&server);
    server.clock().advance_seconds(24 * 60 * 60);
    let text =
        "The following feature is not available for the LITE pricing tier configured: Point-In-Time Recovery";
    assert_eq!(refused(&server, &lite, then).await, refusal("FeatureUnavailableInTierException", text));
    let text = "The restore timestamp is outside the recovery period of the user pool.";
    assert_eq!(refused(&server, &essentials, then).await, refusal(INVALID, text));
    recover(&server, &plus, then).await;
    let settled = moment(&server);
    initiate(&server, &essentials, settled).await;
    let lower = json!({ "UserPoolId": essentials, "UserPoolTier": "LITE" });
    let text = "The following features need to be disabled for the LITE pricing tier configured: Point-In-Time Recovery";
    let answer = server.admin().refused("UpdateUserPool", lower).await;
    assert_eq!(answer, refusal("TierChangeNotAllowedException", text));
    server.finish().await;
}
