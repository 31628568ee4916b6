//! What one node changes, the other one knows within a second.

use poolhouse_core::deletion::Sweep;
use poolhouse_core::leased::Work;
use poolhouse_testkit::{Database, TestServer};
use serde_json::{Value, json};

use super::world::second_node;

/// Two nodes on one database.
async fn nodes() -> Option<(TestServer, TestServer)> {
    let database = Database::postgres().await?;
    let first = TestServer::start(database.clone()).await;
    let second = second_node(&first, database).await;
    Some((first, second))
}

fn sign_in(client: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
    })
}

#[tokio::test]
async fn another_node_knows_a_changed_client_within_a_second() {
    let Some((first, second)) = nodes().await else { return };
    let pool = first.pool(json!({})).await;
    let client = first.client(&pool, json!({})).await;
    first.user(&pool, "alice", json!({})).await;
    second.public().ok("InitiateAuth", sign_in(&client)).await;

    let closed = json!({
        "UserPoolId": pool, "ClientId": client, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    first.admin().ok("UpdateUserPoolClient", closed).await;
    first.public().refused("InitiateAuth", sign_in(&client)).await;
    first.clock().advance_millis(999);
    let (code, _) = second.public().refused("InitiateAuth", sign_in(&client)).await;
    assert_eq!(code, "InvalidParameterException");

    first.admin().ok("DeleteUserPoolClient", json!({ "UserPoolId": pool, "ClientId": client })).await;
    first.clock().advance_millis(999);
    let (code, _) = second.public().refused("InitiateAuth", sign_in(&client)).await;
    assert_eq!(code, "ResourceNotFoundException");
    drop(second);
    first.finish().await;
}

#[tokio::test]
async fn another_node_knows_a_deleted_secret_within_a_second() {
    let Some((first, second)) = nodes().await else { return };
    let pool = first.pool(json!({})).await;
    let record = first.client_record(&pool, json!({ "GenerateSecret": true })).await;
    let named = json!({ "UserPoolId": pool, "ClientId": record["ClientId"] });
    first.user(&pool, "alice", json!({})).await;
    let old = second.admin().ok("ListUserPoolClientSecrets", named.clone()).await;
    let revoke =
        json!({ "ClientId": record["ClientId"], "ClientSecret": record["ClientSecret"], "Token": "x" });
    // The secret is right, the token is not.
    assert_eq!(second.public().refused("RevokeToken", revoke.clone()).await.0, "InvalidParameterException");

    first.admin().ok("AddUserPoolClientSecret", named.clone()).await;
    let mut delete = named;
    delete["ClientSecretId"] = old["ClientSecrets"][0]["ClientSecretId"].clone();
    first.admin().ok("DeleteUserPoolClientSecret", delete).await;
    first.clock().advance_millis(999);
    assert_eq!(second.public().refused("RevokeToken", revoke).await.0, "UnauthorizedException");
    drop(second);
    first.finish().await;
}

#[tokio::test]
async fn another_node_knows_a_changed_pool_within_a_second() {
    let Some((first, second)) = nodes().await else { return };
    let pool = first.pool(json!({})).await;
    let named = json!({ "UserPoolId": pool });
    second.admin().ok("DescribeUserPool", named.clone()).await;
    first.admin().ok("UpdateUserPool", json!({ "UserPoolId": pool, "DeletionProtection": "ACTIVE" })).await;
    first.clock().advance_millis(999);
    let shown = second.admin().ok("DescribeUserPool", named).await;
    assert_eq!(shown["UserPool"]["DeletionProtection"], "ACTIVE");
    drop(second);
    first.finish().await;
}

#[tokio::test]
async fn another_node_knows_a_changed_domain_within_a_second() {
    let Some((first, second)) = nodes().await else { return };
    let pool = first.pool(json!({})).await;
    let domain = json!({ "UserPoolId": pool, "Domain": "shop" });
    first.admin().ok("CreateUserPoolDomain", domain.clone()).await;
    let shown = second.admin().ok("DescribeUserPoolDomain", domain.clone()).await;
    assert_eq!(shown["DomainDescription"]["ManagedLoginVersion"], 1);
    let newer = json!({ "UserPoolId": pool, "Domain": "shop", "ManagedLoginVersion": 2 });
    first.admin().ok("UpdateUserPoolDomain", newer).await;
    first.clock().advance_millis(999);
    let shown = second.admin().ok("DescribeUserPoolDomain", domain.clone()).await;
    assert_eq!(shown["DomainDescription"]["ManagedLoginVersion"], 2);

    first.admin().ok("DeleteUserPoolDomain", domain.clone()).await;
    first.clock().advance_millis(999);
    let shown = second.admin().ok("DescribeUserPoolDomain", domain).await;
    assert_eq!(shown["DomainDescription"], json!({}));
    drop(second);
    first.finish().await;
}

/// What another node writes into the pool before it knows goes with it.
#[tokio::test]
async fn another_node_knows_a_deleted_pool_within_a_second() {
    let Some((first, second)) = nodes().await else { return };
    let pool = first.pool(json!({})).await;
    let group = |name: &str| json!({ "UserPoolId": pool, "GroupName": name });
    second.admin().ok("CreateGroup", group("staff")).await;
    first.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
    second.admin().ok("CreateGroup", group("late")).await;
    first.clock().advance_millis(999);
    let (code, _) = second.admin().refused("CreateGroup", group("later")).await;
    assert_eq!(code, "ResourceNotFoundException");
    Sweep::finish(second.engine()).await.unwrap();
    // Then the database objects, and nothing that is kept of the pool is believed.
    let (code, _) = first.admin().refused("CreateGroup", group("last")).await;
    assert_eq!(code, "ResourceNotFoundException");
    drop(second);
    first.finish().await;
}
