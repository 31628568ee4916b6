//! Taking a pool back to an earlier moment (docs/cognito/new-operations.md §15, §19).

mod conflicts;
mod leases;
mod paused;
mod refusals;
mod restored;

use poolhouse_core::leased::Work;
use poolhouse_core::point_in_time::Running;
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

/// Long enough ago to be gone back to.
const QUARTER: u32 = 15 * 60;

/// This moment, to which a pool is taken back later; what happens from now on is after it.
fn moment(server: &TestServer) -> i64 {
    let now = server.now().0 / 1000;
    server.clock().advance_seconds(QUARTER);
    now
}

/// Begins a recovery; returns what requests name it by.
async fn initiate(server: &TestServer, pool: &str, moment: i64) -> Value {
    let input = json!({ "UserPoolId": pool, "RestoreTimestamp": moment });
    let begun = server.admin().ok("InitiatePointInTimeRecovery", input).await["Restoration"].clone();
    assert_eq!(begun["RestoreStatus"], "PREVIEW_GENERATING");
    assert!(begun.get("RestorePreview").is_none(), "{begun}");
    json!({ "UserPoolId": pool, "RestoreId": begun["RestoreId"] })
}

/// Does what there is to do, as one node does.
async fn work(server: &TestServer) {
    Running::finish(server.engine()).await.unwrap();
}

async fn describe(server: &TestServer, recovery: &Value) -> Value {
    server.admin().ok("DescribePointInTimeRecovery", recovery.clone()).await["Restoration"].clone()
}

async fn status(server: &TestServer, recovery: &Value) -> String {
    describe(server, recovery).await["RestoreStatus"].as_str().unwrap().to_owned()
}

/// Takes a pool back, and returns the counts of the preview: made again, set back and deleted of each entity.
async fn recover(server: &TestServer, pool: &str, moment: i64) -> Vec<(String, [u64; 3])> {
    let recovery = initiate(server, pool, moment).await;
    work(server).await;
    assert_eq!(status(server, &recovery).await, "PREVIEW_GENERATED");
    let started = server.admin().ok("StartPointInTimeRecovery", recovery.clone()).await;
    assert_eq!(started["Restoration"]["RestoreStatus"], "RESTORING");
    work(server).await;
    let done = describe(server, &recovery).await;
    assert_eq!(done["RestoreStatus"], "RESTORE_COMPLETED");
    counts(&done)
}

fn counts(recovery: &Value) -> Vec<(String, [u64; 3])> {
    let entry = |entry: &Value| {
        let count = |name: &str| entry[name].as_u64().unwrap();
        let counts = [count("CreateCount"), count("UpdateCount"), count("DeleteCount")];
        (entry["Entity"].as_str().unwrap().to_owned(), counts)
    };
    recovery["RestorePreview"].as_array().unwrap().iter().map(entry).collect()
}

/// All that is to be as it was: users, groups, and who is in which.
async fn state(server: &TestServer, pool: &str) -> Value {
    let named = json!({ "UserPoolId": pool });
    let users = server.admin().ok("ListUsers", named.clone()).await;
    let mut people = Vec::new();
    for user in users["Users"].as_array().unwrap() {
        let one = json!({ "UserPoolId": pool, "Username": user["Username"] });
        let mut found = server.admin().ok("AdminGetUser", one.clone()).await;
        found.as_object_mut().unwrap().remove("UserLastModifiedDate");
        let groups = server.admin().ok("AdminListGroupsForUser", one).await["Groups"].clone();
        let names = groups.as_array().unwrap().iter().map(|group| group["GroupName"].clone());
        people.push(json!([found, names.collect::<Vec<_>>()]));
    }
    people.sort_by_key(Value::to_string);
    json!([people, server.admin().ok("ListGroups", named).await["Groups"]])
}
