//! Many callers at once (docs/decisions/0021-contention.md).

use std::collections::BTreeSet;
use std::sync::Arc;

use poolhouse_testkit::{Database, TestServer};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{admin, id, public, text, with_users};
use crate::contention::{CALLERS, second_node};

/// One node, or two on one database.
async fn nodes(database: Database, count: usize) -> Vec<Arc<TestServer>> {
    let first = TestServer::start(database.clone()).await;
    let mut nodes = Vec::new();
    if count > 1 {
        nodes.push(Arc::new(second_node(&first, database).await));
    }
    nodes.insert(0, Arc::new(first));
    nodes
}

/// Asks for all of it at once, at the nodes in turn.
async fn at_once(
    nodes: &[Arc<TestServer>],
    operation: &'static str,
    signed: bool,
    inputs: Vec<Value>,
) -> Vec<Value> {
    let mut set = JoinSet::new();
    for (number, input) in inputs.into_iter().enumerate() {
        let node = Arc::clone(&nodes[number % nodes.len()]);
        set.spawn(async move {
            let caller = if signed { admin(&node) } else { public(&node) };
            caller.ok(operation, input).await
        });
    }
    set.join_all().await
}

async fn identities(server: &TestServer, pool: &str) -> Vec<Value> {
    let input = json!({ "IdentityPoolId": pool, "MaxResults": 60, "HideDisabled": true });
    admin(server).ok("ListIdentities", input).await["Identities"].as_array().unwrap().clone()
}

fn ids(answers: &[Value]) -> BTreeSet<String> {
    answers.iter().map(|answer| text(&answer["IdentityId"])).collect()
}

async fn storm(nodes: Vec<Arc<TestServer>>) {
    let server = &*nodes[0];
    let (users, pool) = with_users(
        server,
        json!({
            "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": true, "DeveloperProviderName": "dev",
        }),
    )
    .await;
    // One login is one identity, whoever asks first.
    let logins = users.logins(server, "ann").await;
    let ask = json!({ "IdentityPoolId": pool, "Logins": logins });
    let answers = at_once(&nodes, "GetId", false, vec![ask; CALLERS]).await;
    let ann = ids(&answers);
    assert_eq!((ann.len(), identities(server, &pool).await.len()), (1, 1));
    // Different ones do not meet.
    let developers =
        |number: usize| json!({ "IdentityPoolId": pool, "Logins": { "dev": number.to_string() } });
    let operation = "GetOpenIdTokenForDeveloperIdentity";
    let answers = at_once(&nodes, operation, true, (0..16).map(developers).collect()).await;
    assert_eq!(ids(&answers).len(), 16);
    // The login is linked to one of the guests who bring it, or rather they all to whose it is.
    let mut guests = Vec::new();
    for _ in 0..8 {
        guests.push(id(server, &pool, &json!({})).await);
    }
    let link = |guest: &String| json!({ "IdentityId": guest, "Logins": logins });
    let inputs = guests.iter().cycle().take(CALLERS).map(link).collect();
    assert_eq!(ids(&at_once(&nodes, "GetOpenIdToken", false, inputs).await), ann);
    assert_eq!(identities(server, &pool).await.len(), 17);
    // Users are merged in a row, in both directions at once.
    let merge = |number: usize| {
        let (source, destination) = (number % 4, (number + 1) % 4);
        json!({
            "IdentityPoolId": pool, "DeveloperProviderName": "dev",
            "SourceUserIdentifier": source.to_string(), "DestinationUserIdentifier": destination.to_string(),
        })
    };
    at_once(&nodes, "MergeDeveloperIdentities", true, (0..CALLERS).map(merge).collect()).await;
    let look_up =
        |number: usize| json!({ "IdentityPoolId": pool, "DeveloperUserIdentifier": number.to_string() });
    let merged = at_once(&nodes, "LookupDeveloperIdentity", true, (0..4).map(look_up).collect()).await;
    assert_eq!(ids(&merged).len(), 1);
    assert_eq!(merged[0]["DeveloperUserIdentifierList"], json!(["0", "1", "2", "3"]));
    // A pool's tags, one by each caller, are all there.
    let arn = format!("arn:aws:cognito-identity:us-east-1:{}:identitypool/{pool}", super::ACCOUNT);
    let tag = |number: usize| json!({ "ResourceArn": arn, "Tags": { format!("k{}", number % 50): "v" } });
    at_once(&nodes, "TagResource", true, (0..CALLERS).map(tag).collect()).await;
    let tags = admin(server).ok("ListTagsForResource", json!({ "ResourceArn": arn })).await;
    assert_eq!(tags["Tags"].as_object().unwrap().len(), 50);
    let mut nodes = nodes;
    nodes.truncate(1);
    Arc::try_unwrap(nodes.remove(0)).unwrap().finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite() {
    storm(nodes(Database::Sqlite, 1).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres() {
    let Some(database) = Database::postgres().await else { return };
    storm(nodes(database, 1).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes() {
    let Some(database) = Database::postgres().await else { return };
    storm(nodes(database, 2).await).await;
}
