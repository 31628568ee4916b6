//! What a command restores beside servers, every one of them knows within a second.

use poolhouse_backup::{Existing, Keys};
use poolhouse_ports::PoolId;
use poolhouse_testkit::{Database, TestServer};
use serde_json::json;

use super::{Backups, Scene, master};
use crate::contention::world::second_node;
use crate::sign_in::password_auth;

#[tokio::test]
async fn both_nodes_have_the_pool_of_the_backup_within_a_second() {
    let Some(database) = Database::postgres().await else { return };
    let first = TestServer::start(database.clone()).await;
    let second = second_node(&first, database).await;
    let scene = Scene::new(&first).await;
    let backups = Backups::new();
    let manifest = backups.make(&first).await;

    let pool = json!({ "UserPoolId": scene.pool });
    let named = |more: serde_json::Value| {
        let mut input = pool.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let admin = first.admin();
    let later = first.client(&scene.pool, json!({})).await;
    let other = named(json!({ "Username": "alice", "Password": "Battery-Staple-8", "Permanent": true }));
    admin.ok("AdminSetUserPassword", other).await;
    admin.ok("AdminDisableUser", named(json!({ "Username": "bob" }))).await;
    let closed = json!({ "ClientId": scene.client, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"] });
    admin.ok("UpdateUserPoolClient", named(closed)).await;
    let sign_in = |client: &str| password_auth(client, "alice", TestServer::PASSWORD);
    let token = json!({ "AccessToken": scene.device.tokens["AccessToken"] });
    // Both have looked at everything, and remember it.
    first.clock().advance_seconds(1);
    for node in [&first, &second] {
        node.public().refused("InitiateAuth", sign_in(&scene.client)).await;
        assert_eq!(node.public().refused("InitiateAuth", sign_in(&later)).await.0, "NotAuthorizedException");
        node.public().ok("GetUser", token.clone()).await;
    }

    let (identities, key) = (Keys::of(&master()).identities(), master());
    let once = backups.with(&manifest, &key, &identities);
    let pools = [PoolId::from(scene.pool.as_str())].into();
    once.restore().pools(first.engine().store(), &pools, Existing::Replace).await.unwrap();
    first.clock().advance_millis(999);
    for node in [&first, &second] {
        node.public().ok("InitiateAuth", sign_in(&scene.client)).await;
        assert_eq!(
            node.public().refused("InitiateAuth", sign_in(&later)).await.0,
            "ResourceNotFoundException"
        );
        assert_eq!(node.public().refused("GetUser", token.clone()).await.0, "NotAuthorizedException");
        let bob = node.admin().ok("AdminGetUser", named(json!({ "Username": "bob" }))).await;
        assert_eq!(bob["Enabled"], true);
        scene.signs_in(node).await;
    }
    drop(second);
    first.finish().await;
}
