//! The life of a job, and the lists of jobs.

use poolhouse_core::maintenance;
use poolhouse_store::tables::import_jobs;
use poolhouse_testkit::{on_both, refusal};
use serde_json::{Value, json};

use super::{
    INVALID, NOT_FOUND, NOT_MET, crowd, describe, end, file, job, named, person, pool, run, start, upload,
};

on_both! {
    // users-and-groups §17, documented: the order
    async fn the_header_has_every_attribute_but_sub(server) {
        let pool = pool(server).await;
        let custom = json!([{ "Name": "team", "AttributeDataType": "String" }]);
        let input = json!({ "UserPoolId": pool, "CustomAttributes": custom });
        server.admin().ok("AddCustomAttributes", input).await;
        let answer = server.admin().ok("GetCSVHeader", json!({ "UserPoolId": pool })).await;
        assert_eq!(answer, json!({ "UserPoolId": pool, "CSVHeader": [
            "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
            "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
            "phone_number_verified", "address", "updated_at", "custom:team", "cognito:mfa_enabled", "cognito:username",
        ] }));
    }

    // operations-and-protection §11, documented
    async fn a_new_job_waits_for_its_file(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({ "PasswordHashingAlgorithm": "BCRYPT" })).await;
        let id = made["JobId"].as_str().unwrap();
        assert!(id.starts_with("import-") && id.len() == 17, "{id}");
        let url = made["PreSignedUrl"].as_str().unwrap();
        assert!(url.starts_with(&format!("http://127.0.0.1:7665/{pool}/imports/{id}?X-Amz-Expires=899&")), "{url}");
        let mut expected = json!({
            "JobName": "people", "JobId": id, "UserPoolId": pool, "PreSignedUrl": url, "Status": "Created",
            "CreationDate": made["CreationDate"], "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
            "ImportedUsers": 0, "SkippedUsers": 0, "FailedUsers": 0, "PasswordHashingAlgorithm": "BCRYPT",
        });
        assert_eq!(made, expected);
        assert_eq!(describe(server, &made).await, made);
        let text = format!("No csv file was uploaded for {id}");
        assert_eq!(server.admin().refused("StartUserImportJob", named(&made)).await, refusal(NOT_MET, &text));

        let file = file(server, &pool, &[&person("alice", "alice@example.com")]).await;
        upload(server, &made, file.as_bytes()).await;
        server.clock().advance_seconds(5);
        let started = start(server, &made).await;
        (expected["Status"], expected["StartDate"]) = (json!("Pending"), started["StartDate"].clone());
        assert_eq!(started, expected);
        server.clock().advance_seconds(5);
        run(server).await;
        let ended = describe(server, &made).await;
        (expected["Status"], expected["ImportedUsers"]) = (json!("Succeeded"), json!(1));
        expected["CompletionDate"] = ended["CompletionDate"].clone();
        expected["CompletionMessage"] = json!("Import Job Completed Successfully.");
        assert_eq!(ended, expected);
        let times = ["CreationDate", "StartDate", "CompletionDate"].map(|name| ended[name].as_f64().unwrap());
        assert_eq!((times[1] - times[0], times[2] - times[1]), (5.0, 5.0));
    }

    async fn a_job_runs_once_and_alone(server) {
        let pool = pool(server).await;
        let (first, second) = (job(server, &pool, json!({})).await, job(server, &pool, json!({})).await);
        let file = crowd(server, &pool, 3).await;
        for made in [&first, &second] {
            upload(server, made, file.as_bytes()).await;
        }
        start(server, &first).await;
        let text = "Another user import job is running. Only one can run at a time.";
        assert_eq!(server.admin().refused("StartUserImportJob", named(&second)).await, refusal(NOT_MET, text));
        run(server).await;
        let text = "The job cannot be started in its current state.";
        assert_eq!(server.admin().refused("StartUserImportJob", named(&first)).await, refusal(NOT_MET, text));
        start(server, &second).await;
        run(server).await;
        // All of them were there before.
        let ended = describe(server, &second).await;
        assert_eq!(end(&ended), ("Failed", 0, 3, 0));
        let text = "Too many users have failed or been skipped during the import.";
        assert_eq!(ended["CompletionMessage"], text);
    }

    // operations-and-protection §11, documented
    async fn a_pool_that_verifies_nothing_imports_nobody(server) {
        let pool = server.pool(json!({})).await;
        let made = job(server, &pool, json!({})).await;
        upload(server, &made, b"name").await;
        let text = "The user pool must have at least one auto verified attribute to import users.";
        assert_eq!(server.admin().refused("StartUserImportJob", named(&made)).await, refusal(NOT_MET, text));
    }

    async fn a_job_that_nobody_starts_expires(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        upload(server, &made, b"name").await;
        server.clock().advance_seconds(24 * 60 * 60 - 1);
        maintenance::purge(server.engine()).await.unwrap();
        assert_eq!(describe(server, &made).await["Status"], "Created");
        server.clock().advance_seconds(1);
        let text = "The job cannot be started in its current state.";
        assert_eq!(server.admin().refused("StartUserImportJob", named(&made)).await, refusal(NOT_MET, text));
        server.clock().advance_seconds(1);
        assert!(maintenance::purge(server.engine()).await.unwrap() > 0);
        let ended = describe(server, &made).await;
        assert_eq!((&ended["Status"], &ended["CompletionMessage"]), (
            &json!("Expired"), &json!("The user import job has expired.")));
        assert_eq!(server.admin().refused("StartUserImportJob", named(&made)).await, refusal(NOT_MET, text));
    }

    async fn only_what_runs_is_stopped(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        let text = "The job cannot be stopped in its current state.";
        assert_eq!(server.admin().refused("StopUserImportJob", named(&made)).await, refusal(NOT_MET, text));
        let file = crowd(server, &pool, 3).await;
        upload(server, &made, file.as_bytes()).await;
        start(server, &made).await;
        let stopping = server.admin().ok("StopUserImportJob", named(&made)).await;
        assert_eq!(stopping["UserImportJob"]["Status"], "Stopping");
        assert_eq!(server.admin().refused("StopUserImportJob", named(&made)).await, refusal(NOT_MET, text));
        run(server).await;
        let ended = describe(server, &made).await;
        assert_eq!(end(&ended), ("Stopped", 0, 0, 0));
        assert_eq!(ended["CompletionMessage"], "The Import Job was stopped by the developer.");
        assert_eq!(server.admin().refused("StopUserImportJob", named(&made)).await, refusal(NOT_MET, text));
        let text = "The job cannot be started in its current state.";
        assert_eq!(server.admin().refused("StartUserImportJob", named(&made)).await, refusal(NOT_MET, text));
    }

    // new-operations and users-and-groups §17, model
    async fn a_pool_stays_as_it_is_while_users_come(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        upload(server, &made, crowd(server, &pool, 3).await.as_bytes()).await;
        start(server, &made).await;
        let text = "A user import job of the user pool is in progress.";
        let refused = refusal("UserImportInProgressException", text);
        let custom = json!([{ "Name": "team", "AttributeDataType": "String" }]);
        let added = json!({ "UserPoolId": pool, "CustomAttributes": custom });
        let named = json!({ "UserPoolId": pool });
        assert_eq!(server.admin().refused("UpdateUserPool", named.clone()).await, refused);
        assert_eq!(server.admin().refused("AddCustomAttributes", added.clone()).await, refused);
        assert_eq!(server.admin().refused("DeleteUserPool", named.clone()).await, refused);
        let other = server.pool(json!({})).await;
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": other })).await;
        run(server).await;
        server.admin().ok("AddCustomAttributes", added).await;
        server.admin().ok("DeleteUserPool", named).await;
    }

    // protocol §8: n elements read one at a time take n calls; operations-and-protection §11: newest first
    async fn jobs_are_listed_in_pages_the_newest_first(server) {
        let pool = pool(server).await;
        let mut made = Vec::new();
        for number in 0..3 {
            server.clock().advance_seconds(u32::from(number != 2));
            made.insert(0, job(server, &pool, json!({})).await);
        }
        let (mut read, mut token) = (Vec::new(), Value::Null);
        for calls_left in (0..3).rev() {
            let mut input = json!({ "UserPoolId": pool, "MaxResults": 1 });
            if !token.is_null() {
                input["PaginationToken"] = token;
            }
            let page = server.admin().ok("ListUserImportJobs", input).await;
            read.extend(page["UserImportJobs"].as_array().unwrap().clone());
            token = page["PaginationToken"].clone();
            assert_eq!(token.is_null(), calls_left == 0);
        }
        // Two are of one instant.
        assert_eq!(read[2], made[2]);
        read.sort_by_key(|job| job["JobId"].to_string());
        made.sort_by_key(|job| job["JobId"].to_string());
        assert_eq!(read, made);
        for bad in [
            json!({}),
            json!({ "MaxResults": 0 }),
            json!({ "MaxResults": 61 }),
            json!({ "MaxResults": 1, "PaginationToken": "x" }),
        ] {
            let mut input = bad.clone();
            input["UserPoolId"] = json!(pool);
            assert_eq!(server.admin().refused("ListUserImportJobs", input).await.0, INVALID, "{bad}");
        }
    }

    async fn a_pool_has_a_thousand_jobs_at_most(server) {
        let pool = pool(server).await;
        let made = job(server, &pool, json!({})).await;
        let mut tx = server.engine().store().write().await.unwrap();
        let id = made["JobId"].as_str().unwrap();
        let first = import_jobs::get(&mut tx, &pool.clone().into(), id).await.unwrap().unwrap();
        for number in 1..1000 {
            let other = import_jobs::ImportJob { job_id: format!("import-{number}"), ..first.clone() };
            import_jobs::insert(&mut tx, &other).await.unwrap();
        }
        tx.commit().await.unwrap();
        // Rows are counted once a second.
        server.clock().advance_seconds(2);
        let input = json!({
            "UserPoolId": pool, "JobName": "people", "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
        });
        let text = format!("User import job limit exceeded for user pool {pool}.");
        let refused = refusal("LimitExceededException", &text);
        assert_eq!(server.admin().refused("CreateUserImportJob", input).await, refused);
    }

    async fn requests_are_held_to_the_model(server) {
        let pool = pool(server).await;
        let role = "arn:aws:iam::000000000000:role/logs";
        for bad in [
            json!({ "CloudWatchLogsRoleArn": role }),
            json!({ "JobName": "people" }),
            json!({ "JobName": "", "CloudWatchLogsRoleArn": role }),
            json!({ "JobName": "a/b", "CloudWatchLogsRoleArn": role }),
            json!({ "JobName": "people", "CloudWatchLogsRoleArn": "logs" }),
            json!({ "JobName": "people", "CloudWatchLogsRoleArn": role, "PasswordHashingAlgorithm": "MD5" }),
        ] {
            let mut input = bad.clone();
            input["UserPoolId"] = json!(pool);
            assert_eq!(server.admin().refused("CreateUserImportJob", input).await.0, INVALID, "{bad}");
        }
        for operation in ["DescribeUserImportJob", "StartUserImportJob", "StopUserImportJob"] {
            let mut input = json!({ "UserPoolId": pool, "JobId": "people" });
            assert_eq!(server.admin().refused(operation, input.clone()).await.0, INVALID, "{operation}");
            input["JobId"] = json!("import-0123456789");
            let text = "User import job import-0123456789 does not exist.";
            assert_eq!(server.admin().refused(operation, input.clone()).await, refusal(NOT_FOUND, text));
            input["UserPoolId"] = json!("us-east-1_000000000");
            let text = "User pool us-east-1_000000000 does not exist.";
            assert_eq!(server.admin().refused(operation, input).await, refusal(NOT_FOUND, text), "{operation}");
        }
        let unknown = json!({
            "UserPoolId": "us-east-1_000000000", "JobName": "people", "CloudWatchLogsRoleArn": role, "MaxResults": 1,
        });
        for operation in ["CreateUserImportJob", "ListUserImportJobs", "GetCSVHeader"] {
            assert_eq!(server.admin().refused(operation, unknown.clone()).await.0, NOT_FOUND, "{operation}");
        }
    }
}
