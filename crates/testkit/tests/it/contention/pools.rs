//! Pools and their tags.

use serde_json::{Value, json};

use super::world::{CALLERS, World, same, with};

kinds! {
    CreateUserPool => create,
    UpdateUserPool => update,
    AddCustomAttributes => add_attributes,
    SetUserPoolMfaConfig => set_mfa,
    SetLogDeliveryConfiguration => set_logs,
    DeleteUserPool => delete,
    GetSigningCertificate => certificate,
    TagResource => tag,
    UntagResource => untag,
    CreateUserPoolReplica => create_replica,
    UpdateUserPoolReplica => update_replica,
    DeleteUserPoolReplica => delete_replica,
}

/// How many attributes and tags of its own a pool can have, at least.
const PLACES: usize = 48;

async fn pool(world: &World) -> Value {
    json!({ "UserPoolId": world.server().pool(json!({})).await })
}

async fn described(world: &World, pool: Value) -> Value {
    // Each node knows what another one did within a second.
    world.server().clock().advance_seconds(1);
    world.server().admin().ok("DescribeUserPool", pool).await["UserPool"].clone()
}

async fn create(world: &World) {
    let answers = world.storm(same(&json!({ "PoolName": "p" }))).await.all();
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["UserPool"]["Id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CALLERS);
}

async fn update(world: &World) {
    let pool = pool(world).await;
    world.storm(same(&with(&pool, json!({ "DeletionProtection": "ACTIVE" })))).await.all();
    assert_eq!(described(world, pool).await["DeletionProtection"], "ACTIVE");
}

async fn add_attributes(world: &World) {
    let pool = pool(world).await;
    let one = |n| {
        let attribute = json!({ "Name": format!("a{n}"), "AttributeDataType": "String" });
        with(&pool, json!({ "CustomAttributes": [attribute] }))
    };
    world.storm((0..PLACES).map(one)).await.all();
    let shown = described(world, pool).await;
    let attributes = shown["SchemaAttributes"].as_array().unwrap().iter();
    let custom = attributes.filter(|a| a["Name"].as_str().unwrap().starts_with("custom:"));
    assert_eq!(custom.count(), PLACES);
}

async fn set_mfa(world: &World) {
    let pool = pool(world).await;
    let mfa = json!({ "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    world.storm(same(&with(&pool, mfa))).await.all();
    assert_eq!(described(world, pool).await["MfaConfiguration"], "OPTIONAL");
}

async fn set_logs(world: &World) {
    let to = json!({ "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:errors" });
    let log = json!({ "LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": to });
    let input = with(&pool(world).await, json!({ "LogConfigurations": [log] }));
    world.storm(same(&input)).await.all();
}

async fn delete(world: &World) {
    world.storm(same(&pool(world).await)).await.only(1, &["ResourceNotFoundException"]);
}

async fn certificate(world: &World) {
    let answers = world.storm(same(&pool(world).await)).await.all();
    assert!(answers.iter().all(|answer| answer["Certificate"] == answers[0]["Certificate"]));
}

fn arn(pool: &Value) -> String {
    format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{}", pool["UserPoolId"].as_str().unwrap())
}

async fn tag(world: &World) {
    let pool = pool(world).await;
    let one = |n| json!({ "ResourceArn": arn(&pool), "Tags": { format!("t{n}"): "x" } });
    world.storm((0..PLACES).map(one)).await.all();
    assert_eq!(described(world, pool).await["UserPoolTags"].as_object().unwrap().len(), PLACES);
}

async fn untag(world: &World) {
    let pool = pool(world).await;
    let tags: serde_json::Map<_, _> = (0..PLACES).map(|n| (format!("t{n}"), json!("x"))).collect();
    world.server().admin().ok("TagResource", json!({ "ResourceArn": arn(&pool), "Tags": tags })).await;
    let one = |n| json!({ "ResourceArn": arn(&pool), "TagKeys": [format!("t{n}")] });
    world.storm((0..PLACES).map(one)).await.all();
    let tags = described(world, pool).await["UserPoolTags"].clone();
    assert!(tags.as_object().is_none_or(serde_json::Map::is_empty), "{tags}");
}

async fn replica(world: &World) -> Value {
    let key = "arn:aws:kms:us-east-1:000000000000:key/mrk-1";
    let keys = json!({ "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key } });
    json!({ "UserPoolId": world.server().pool(keys).await, "RegionName": "eu-west-1" })
}

async fn create_replica(world: &World) {
    let replica = replica(world).await;
    world.storm(same(&replica)).await.only(1, &["InvalidParameterException"]);
}

async fn update_replica(world: &World) {
    let replica = replica(world).await;
    world.server().admin().ok("CreateUserPoolReplica", replica.clone()).await;
    world.storm(same(&with(&replica, json!({ "Status": "ACTIVE" })))).await.all();
}

async fn delete_replica(world: &World) {
    let replica = replica(world).await;
    world.server().admin().ok("CreateUserPoolReplica", replica.clone()).await;
    world.storm(same(&replica)).await.only(1, &["ResourceNotFoundException"]);
}
