//! Logs that pools keep elsewhere (docs/cognito/operations-and-protection.md §10).

use poolhouse_core::Tiers;
use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";

fn arn(group: &str) -> String {
    format!("arn:aws:logs:us-east-1:000000000000:log-group:{group}")
}

fn errors(group: &str) -> Value {
    let to = json!({ "LogGroupArn": arn(group) });
    json!({ "LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": to })
}

#[expect(clippy::needless_pass_by_value, reason = "made where it is given")]
fn events(to: Value) -> Value {
    let mut log = json!({ "LogLevel": "INFO", "EventSource": "userAuthEvents" });
    log.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
    log
}

#[expect(clippy::needless_pass_by_value, reason = "made where it is given")]
fn set(pool: &str, logs: Value) -> Value {
    json!({ "UserPoolId": pool, "LogConfigurations": logs })
}

async fn shown(server: &TestServer, pool: &str) -> Value {
    let answer = server.admin().ok("GetLogDeliveryConfiguration", json!({ "UserPoolId": pool })).await;
    answer["LogDeliveryConfiguration"].clone()
}

on_both! {
    // recorded
    async fn what_is_set_is_shown_and_the_list_is_whole(server) {
        let pool = server.pool(json!({})).await;
        assert_eq!(shown(server, &pool).await, set(&pool, json!([])));
        let bucket = events(json!({ "S3Configuration": { "BucketArn": "arn:aws:s3:::events" } }));
        let stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/events";
        let stream = events(json!({ "FirehoseConfiguration": { "StreamArn": stream } }));
        let group = events(json!({ "CloudWatchLogsConfiguration": { "LogGroupArn": arn("events") } }));
        for logs in [
            json!([errors("one")]), json!([errors("two"), bucket]), json!([stream, errors("two")]), json!([group]),
            json!([]),
        ] {
            let wanted = set(&pool, logs);
            let answer = server.admin().ok("SetLogDeliveryConfiguration", wanted.clone()).await;
            assert_eq!(answer["LogDeliveryConfiguration"], wanted);
            assert_eq!(shown(server, &pool).await, wanted);
        }
        server.admin().ok("SetLogDeliveryConfiguration", set(&pool, json!([errors("one")]))).await;
        // recorded: null is nobody's log
        server.admin().ok("SetLogDeliveryConfiguration", set(&pool, json!([null]))).await;
        assert_eq!(shown(server, &pool).await, set(&pool, json!([])));
        server.admin().ok("SetLogDeliveryConfiguration", set(&pool, json!([errors("one")]))).await;
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": pool })).await;
        assert_eq!(shown(server, &pool).await, set(&pool, json!([errors("one")])));
    }

    async fn what_goes_where_is_held_to_rules(server) {
        let pool = server.pool(json!({})).await;
        let bucket = json!({ "BucketArn": "arn:aws:s3:::events" });
        let (mut loud, mut quiet, mut elsewhere, mut both) =
            (errors("one"), events(json!({ "S3Configuration": bucket })), errors("one"), errors("one"));
        loud["LogLevel"] = json!("INFO");
        quiet["LogLevel"] = json!("ERROR");
        elsewhere.as_object_mut().unwrap().remove("CloudWatchLogsConfiguration");
        let nowhere = elsewhere.clone();
        elsewhere["S3Configuration"] = bucket.clone();
        both["S3Configuration"] = bucket;
        let single = "There can be one log configuration for each event source.";
        let one = "A log configuration must have one destination.";
        let group = "userNotification must have the log level ERROR and a CloudWatch log group.";
        for (logs, text) in [
            (json!([errors("one"), errors("two")]), single),
            (json!([loud]), group),
            (json!([elsewhere]), group),
            (json!([quiet]), "userAuthEvents must have the log level INFO."),
            (json!([nowhere]), one),
            (json!([both]), one),
        ] {
            let refused = server.admin().refused("SetLogDeliveryConfiguration", set(&pool, logs)).await;
            assert_eq!(refused, refusal(INVALID, text));
        }
        // recorded, but for the stream
        let [account, region] = [
            "ARN does not belong to invoking account. ", "ARN does not belong to current region. ",
        ];
        for (of_region, of_account, wrong) in [
            ("us-east-1", "999999999999", account.to_owned()),
            ("ap-northeast-1", "000000000000", region.to_owned()),
            ("ap-northeast-1", "999999999999", format!("{account}{region}")),
        ] {
            let group = format!("arn:aws:logs:{of_region}:{of_account}:log-group:one");
            let text = format!("Request validation Failed. [CloudWatch log group arn {group} failed with the following validation errors: {wrong}]");
            let mut log = errors("one");
            log["CloudWatchLogsConfiguration"]["LogGroupArn"] = json!(group);
            let refused = server.admin().refused("SetLogDeliveryConfiguration", set(&pool, json!([log]))).await;
            assert_eq!(refused, refusal(INVALID, &text));
        }
        let many = json!([errors("one"), errors("two"), errors("three")]);
        assert_eq!(server.admin().refused("SetLogDeliveryConfiguration", set(&pool, many)).await.0, INVALID);
        assert_eq!(shown(server, &pool).await, set(&pool, json!([])));
    }

    async fn logs_of_unknown_pools(server) {
        let unknown = set("us-east-1_000000000", json!([]));
        let text = "User pool us-east-1_000000000 does not exist.";
        let refused = refusal("ResourceNotFoundException", text);
        assert_eq!(server.admin().refused("SetLogDeliveryConfiguration", unknown.clone()).await, refused);
        let named = json!({ "UserPoolId": unknown["UserPoolId"] });
        assert_eq!(server.admin().refused("GetLogDeliveryConfiguration", named).await, refused);
    }

    // operations-and-protection §10, observed
    async fn auth_events_are_told_when_they_are_written(server) {
        let pool = server.pool(json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" } })).await;
        let client = server.client(&pool, json!({})).await;
        let sub = server.user(&pool, "alice", json!({})).await;
        server.sign_in(&client, "alice").await;
        assert_eq!(server.logs(), []);
        let to = events(json!({ "CloudWatchLogsConfiguration": { "LogGroupArn": arn("events") } }));
        server.admin().ok("SetLogDeliveryConfiguration", set(&pool, json!([to]))).await;
        let input = |password: &str| json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
        });
        let alice = server.public().at("192.0.2.7").with("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0");
        alice.refused("InitiateAuth", input("Wrong-Horse-7")).await;
        alice.ok("InitiateAuth", input(TestServer::PASSWORD)).await;
        let [wrong, right] = server.logs().try_into().unwrap();
        assert_eq!((right.destination.as_str(), right.stream.as_str(), right.is_error), (&*arn("events"), &*pool, false));
        let [wrong, right] = [wrong, right].map(|record| serde_json::from_str::<Value>(&record.text).unwrap());
        assert_eq!((&wrong["message"]["eventResponse"], &wrong["message"]["challenges"]), (
            &json!("Fail"), &json!(["PASSWORD:FAILURE"])));
        let message = &right["message"];
        assert_eq!(right, json!({
            "eventTimestamp": "1893456000000", "eventSource": "USER_AUTH_EVENTS", "logLevel": "INFO",
            "message": {
                "version": "1", "eventId": message["eventId"], "eventType": "SignIn", "userSub": sub,
                "userName": "alice", "userPoolId": pool, "clientId": client,
                "creationDate": "Tue Jan 1 00:00:00 UTC 2030", "eventResponse": "Pass", "riskLevel": "",
                "riskDecision": "NoRisk", "challenges": ["PASSWORD:SUCCESS"], "deviceName": "Firefox, Linux",
                "ipAddress": "192.0.2.7", "requestId": message["requestId"], "idpName": "",
                "compromisedCredentialDetected": "false", "city": "", "country": "", "eventFeedbackValue": "",
                "eventFeedbackDate": "", "eventFeedbackProvider": "", "hasContextData": "false",
            },
            "logSourceId": { "userPoolId": pool },
        }));
        let named = json!({ "UserPoolId": pool, "Username": "alice" });
        let listed = server.admin().ok("AdminListUserAuthEvents", named).await;
        assert_eq!(listed["AuthEvents"][0]["EventId"].as_str().map(str::len), Some(36));
        // What nobody is, is told nowhere.
        let mut nobody = input(TestServer::PASSWORD);
        nobody["AuthParameters"]["USERNAME"] = json!("bob");
        alice.refused("InitiateAuth", nobody).await;
        assert_eq!(server.logs().len(), 2);
    }
}

/// recorded
#[tokio::test]
async fn streams_of_auth_events_are_of_the_tier_plus() {
    let server = TestServer::start_with(Database::Sqlite, |parts| parts.settings.tiers = Tiers::Strict).await;
    let pool = server.pool(json!({ "UserPoolTier": "ESSENTIALS" })).await;
    let to = events(json!({ "S3Configuration": { "BucketArn": "arn:aws:s3:::events" } }));
    let text =
        "The following feature is not available for the ESSENTIALS pricing tier configured: Log Streaming";
    let refused = server.admin().refused("SetLogDeliveryConfiguration", set(&pool, json!([to]))).await;
    assert_eq!(refused, refusal("FeatureUnavailableInTierException", text));
    let pool = server.pool(json!({ "UserPoolTier": "PLUS" })).await;
    server.admin().ok("SetLogDeliveryConfiguration", set(&pool, json!([to, errors("one")]))).await;
    server.finish().await;
}
