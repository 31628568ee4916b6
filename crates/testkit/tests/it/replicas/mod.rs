//! Replicas of pools in other regions (new-operations §7).

mod messages;
mod read_node;
mod records;
mod secondary;
mod standby;

pub(crate) use read_node::read_node;

use poolhouse_testkit::{Caller, TestServer};
use serde_json::{Value, json};

/// The region of replicas in these tests.
const THERE: &str = "eu-west-1";

/// Of a pool with a key that can be in several regions.
pub(crate) fn keyed() -> Value {
    let key = "arn:aws:kms:us-east-1:000000000000:key/mrk-1";
    json!({ "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key } })
}

fn with(base: &Value, mut more: Value) -> Value {
    let mut input = base.clone();
    input.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    input
}

fn of(pool: &str) -> Value {
    json!({ "UserPoolId": pool, "RegionName": THERE })
}

/// A pool with these settings and a replica at which users may sign in.
async fn pool_with_replica(server: &TestServer, settings: Value) -> String {
    let pool = server.pool(with(&keyed(), settings)).await;
    add_replica(server, &pool).await;
    pool
}

/// Gives a pool a replica at which users may sign in.
pub(crate) async fn add_replica(server: &TestServer, pool: &str) {
    server.admin().ok("CreateUserPoolReplica", of(pool)).await;
    set_status(server, pool, "ACTIVE").await;
}

async fn set_status(server: &TestServer, pool: &str, status: &str) {
    let input = with(&of(pool), json!({ "Status": status }));
    let changed = server.admin().ok("UpdateUserPoolReplica", input).await;
    assert_eq!(changed["UserPoolReplica"]["Status"], status);
}

/// Signs for the replica's region.
fn admin_there(server: &TestServer) -> Caller<'_> {
    server.admin().signing_for(THERE)
}

/// Calls the replica's host.
fn public_there(server: &TestServer) -> Caller<'_> {
    server.public().calling("cognito-idp.eu-west-1.amazonaws.com")
}
