//! A read node: a server of a pool's other region, which reads from a standby (new-operations §7.1,
//! docs/decisions/0065-a-read-node-knows-how-old-it-is.md).

use std::time::Duration;

use poolhouse_ports::Clock;
use poolhouse_store::testing::Forwarder;
use poolhouse_store::{Options, Store};
use poolhouse_testkit::{Database, TestServer, refusal};
use serde_json::{Value, json};

use super::{THERE, pool_with_replica, set_status, with};
use crate::triggers::{refresh, sign_in, sign_up};

/// What makes the sessions of a URL those of a standby, as far as writing goes.
const READS_ONLY: &str = "?options=-c%20default_transaction_read_only%3Don";

/// What a read node answers to what it cannot read or write.
const FAILED: &str = "InternalErrorException";

/// A read node beside a server, which reaches the primary by this URL.
pub(crate) async fn read_node(server: &TestServer, primary: &str) -> TestServer {
    read_node_at(server, primary, format!("{}{READS_ONLY}", server.database().url())).await
}

/// The same, which reads from the standby at a URL.
pub(super) async fn read_node_at(server: &TestServer, primary: &str, standby: String) -> TestServer {
    let (standby, wait) = (Some(standby), Duration::from_secs(2));
    let store = Store::open(Options { standby, wait, ..Options::new(primary) }).await.unwrap();
    let node = TestServer::start_with(server.database().clone(), |parts| {
        parts.kernel.store = store;
        parts.kernel.settings.region = THERE.to_owned();
    });
    let node = node.await;
    follow(&node).await;
    node
}

/// The real time is told: tests may leave their clock where it is.
pub(super) async fn follow(node: &TestServer) {
    node.engine().store().follow("node", Clock::system().now()).await;
}

/// A pool with a replica, a client, and the tokens of a user.
async fn signed_in(server: &TestServer) -> (String, String, Value) {
    let pool = pool_with_replica(server, json!({})).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "ann", json!({})).await;
    let tokens = server.sign_in(&client, "ann").await;
    (pool, client, tokens)
}

#[tokio::test]
async fn it_serves_its_region_and_changes_nobody() {
    let Some(database) = Database::postgres().await else { return };
    let server = TestServer::start(database).await;
    let (pool, client, _) = signed_in(&server).await;
    let node = read_node(&server, server.database().url()).await;

    let tokens =
        node.public().ok("InitiateAuth", sign_in(&client, "ann")).await["AuthenticationResult"].clone();
    let by_token = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(node.public().ok("GetUser", by_token.clone()).await["Username"], "ann");
    node.public().ok("InitiateAuth", refresh(&client, &tokens)).await;
    let described = node.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
    assert_eq!(
        described["UserPool"]["Arn"],
        format!("arn:aws:cognito-idp:{THERE}:000000000000:userpool/{pool}")
    );
    assert_eq!(node.public().get(&format!("/{pool}/.well-known/jwks.json")).await.0, 200);

    let not_enabled =
        refusal("OperationNotEnabledException", "This operation is not enabled for this user pool.");
    assert_eq!(node.public().refused("SignUp", sign_up(&client, "bob")).await, not_enabled);
    let bob = json!({ "UserPoolId": pool, "Username": "bob" });
    assert_eq!(node.admin().refused("AdminCreateUser", bob).await, not_enabled);
    assert_eq!(node.admin().refused("CreateUserPool", json!({ "PoolName": "p" })).await, not_enabled);
    // What is written goes to the primary, and is known there.
    node.public().ok("GlobalSignOut", by_token.clone()).await;
    assert_eq!(server.public().refused("GetUser", by_token).await.1, "Access Token has been revoked");

    let other = server.pool(json!({})).await;
    let listed = node.admin().ok("ListUserPools", json!({ "MaxResults": 60 })).await;
    let names: Vec<_> = listed["UserPools"].as_array().unwrap().iter().map(|pool| &pool["Id"]).collect();
    assert_eq!(names, [&json!(pool)], "the other one is not there");
    let unknown = node.admin().refused("DescribeUserPool", json!({ "UserPoolId": other })).await;
    assert_eq!(unknown.0, "ResourceNotFoundException");
    set_status(&server, &pool, "INACTIVE").await;
    node.clock().advance_seconds(1);
    assert_eq!(node.public().refused("InitiateAuth", sign_in(&client, "ann")).await, not_enabled);
    drop(node);
    server.finish().await;
}

#[tokio::test]
async fn without_the_primary_it_serves_what_needs_no_write() {
    let Some(database) = Database::postgres().await else { return };
    let server = TestServer::start(database).await;
    let (pool, client, tokens) = signed_in(&server).await;
    let (way, primary) = Forwarder::to_postgres(server.database().url()).await;
    let node = read_node(&server, &primary).await;
    way.set_silent(true);
    follow(&node).await;

    let by_token = json!({ "AccessToken": tokens["AccessToken"] });
    node.public().ok("GetUser", by_token.clone()).await;
    node.public().ok("InitiateAuth", refresh(&client, &tokens)).await;
    assert_eq!(node.public().get(&format!("/{pool}/.well-known/jwks.json")).await.0, 200);
    assert_eq!(node.public().refused("GlobalSignOut", by_token.clone()).await.0, FAILED);
    // A wrong guess cannot be counted.
    let wrong = with(
        &sign_in(&client, "ann"),
        json!({ "AuthParameters": { "USERNAME": "ann", "PASSWORD": "Wrong-Horse-8" } }),
    );
    assert_eq!(node.public().refused("InitiateAuth", wrong).await.0, FAILED);

    way.set_silent(false);
    follow(&node).await;
    node.public().ok("GlobalSignOut", by_token).await;
    drop(node);
    server.finish().await;
}

#[tokio::test]
async fn one_that_does_not_know_how_old_it_is_serves_documents_alone() {
    let Some(database) = Database::postgres().await else { return };
    let server = TestServer::start(database).await;
    let (pool, client, tokens) = signed_in(&server).await;
    let node = read_node(&server, "postgres://postgres@127.0.0.1:1/nowhere").await;
    assert_eq!(node.engine().store().standby_age(), Some(Duration::MAX));
    assert_eq!(node.public().get(&format!("/{pool}/.well-known/jwks.json")).await.0, 200);
    let by_token = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(node.public().refused("GetUser", by_token).await.0, FAILED);
    assert_eq!(node.public().refused("InitiateAuth", sign_in(&client, "ann")).await.0, FAILED);
    drop(node);
    server.finish().await;
}
