//! Recoveries of pools.

use poolhouse_core::leased::Work;
use poolhouse_core::point_in_time::Running;
use serde_json::{Value, json};

use super::world::{World, same};

kinds! {
    InitiatePointInTimeRecovery => initiate,
    StartPointInTimeRecovery => start,
    CancelPointInTimeRecovery => cancel,
}

/// A moment of a new pool, as requests name it.
async fn moment(world: &World) -> Value {
    let server = world.server();
    let pool = server.pool(json!({})).await;
    let moment = server.now().0 / 1000;
    server.clock().advance_seconds(15 * 60);
    json!({ "UserPoolId": pool, "RestoreTimestamp": moment })
}

/// A recovery whose preview is there, as requests name it.
async fn previewed(world: &World) -> Value {
    let input = moment(world).await;
    let begun = world.server().admin().ok("InitiatePointInTimeRecovery", input.clone()).await;
    work(world).await;
    json!({ "UserPoolId": input["UserPoolId"], "RestoreId": begun["Restoration"]["RestoreId"] })
}

async fn work(world: &World) {
    Running::finish(world.server().engine()).await.unwrap();
}

async fn status(world: &World, recovery: &Value) -> Value {
    let found = world.server().admin().ok("DescribePointInTimeRecovery", recovery.clone()).await;
    found["Restoration"]["RestoreStatus"].clone()
}

async fn initiate(world: &World) {
    let input = moment(world).await;
    world.storm(same(&input)).await.only(1, &["LimitExceededException"]);
    let pool = json!({ "UserPoolId": input["UserPoolId"] });
    assert_eq!(world.count("ListPointInTimeRecoveries", "Restorations", pool).await, 1);
    work(world).await;
}

/// Who is late finds it started, or learns that somebody else was quicker.
const LATE: &[&str] = &["InvalidParameterException", "ConcurrentModificationException"];

async fn start(world: &World) {
    let recovery = previewed(world).await;
    world.storm(same(&recovery)).await.only(1, LATE);
    work(world).await;
    assert_eq!(status(world, &recovery).await, "RESTORE_COMPLETED");
}

async fn cancel(world: &World) {
    let recovery = previewed(world).await;
    world.storm(same(&recovery)).await.only(1, LATE);
    assert_eq!(status(world, &recovery).await, "PREVIEW_CANCELLED");
}
