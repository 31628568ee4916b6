//! A read node on a streaming standby that is held back: what is not there yet
//! (docs/decisions/0065-a-read-node-knows-how-old-it-is.md). As long as the test is quick it is the standby that is read, for three
//! seconds; a test that is slow sees what the primary says, which is the same.

use std::time::{Duration, Instant};

use poolhouse_store::testing::Cluster;
use poolhouse_testkit::{Database, TestServer, refusal};
use serde_json::{Value, json};

use super::pool_with_replica;
use super::read_node::{follow, read_node_at};
use crate::triggers::sign_in;

const HOST: &str = "127.0.0.1";

/// A server on a primary, and a read node on its standby.
struct Regions {
    server: TestServer,
    node: TestServer,
    standby: Cluster,
    _primary: Cluster,
}

impl Regions {
    /// `None` where PostgreSQL is not installed: the test is skipped.
    async fn start() -> Option<Self> {
        let primary = Cluster::start(|_| {}, &[])?;
        let server = TestServer::start(Database::Postgres(primary.url(HOST))).await;
        let standby = primary.standby();
        let node = read_node_at(&server, &primary.url(HOST), standby.url(HOST)).await;
        Some(Self { server, node, standby, _primary: primary })
    }

    /// A client whose refresh tokens rotate, and its user.
    async fn client(&self) -> String {
        let pool = pool_with_replica(&self.server, json!({})).await;
        let rotating = json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
        });
        let client = self.server.client(&pool, rotating).await;
        self.server.user(&pool, "ann", json!({})).await;
        client
    }

    /// Holds the standby back, with all that the primary has now.
    async fn hold_back(&self) {
        let begun = Instant::now();
        while self.node.engine().store().standby_age().unwrap() > begun.elapsed() {
            follow(&self.node).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.standby.hold_back().await;
    }
}

#[tokio::test]
async fn a_token_that_is_too_new_for_the_standby_is_good() {
    let Some(regions) = Regions::start().await else { return };
    let (server, node) = (&regions.server, &regions.node);
    let client = regions.client().await;
    let tokens = server.sign_in(&client, "ann").await;
    regions.hold_back().await;
    let with = |token: &Value| json!({ "ClientId": client, "RefreshToken": token });
    let refreshed = node.public().ok("GetTokensFromRefreshToken", with(&tokens["RefreshToken"])).await;
    let child = &refreshed["AuthenticationResult"]["RefreshToken"];
    node.public().ok("GetTokensFromRefreshToken", with(child)).await;
    let reused = node.public().refused("GetTokensFromRefreshToken", with(child)).await;
    assert_eq!(reused, refusal("RefreshTokenReuseException", "Refresh token reuse detected"));

    server.public().ok("GlobalSignOut", json!({ "AccessToken": tokens["AccessToken"] })).await;
    let tokens = server.sign_in(&client, "ann").await;
    node.public().ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] })).await;
    node.public().ok("GetTokensFromRefreshToken", with(&tokens["RefreshToken"])).await;
}

#[tokio::test]
async fn guesses_are_counted_whatever_the_standby_has() {
    let Some(regions) = Regions::start().await else { return };
    let client = regions.client().await;
    regions.hold_back().await;
    let mut wrong = sign_in(&client, "ann");
    wrong["AuthParameters"]["PASSWORD"] = json!("Wrong-Horse-8");
    for _ in 0..5 {
        let refused = regions.node.public().refused("InitiateAuth", wrong.clone()).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
    }
    let locked = regions.node.public().refused("InitiateAuth", sign_in(&client, "ann")).await;
    assert_eq!(locked, refusal("NotAuthorizedException", "Password attempts exceeded"));
    regions.node.clock().advance_seconds(1);
    regions.node.public().ok("InitiateAuth", sign_in(&client, "ann")).await;
}
