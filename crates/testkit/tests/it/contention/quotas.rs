//! The last places under a quota.

use poolhouse_store::tables::Insert;
use poolhouse_store::tables::groups::{self, Group};
use poolhouse_testkit::START;
use serde_json::json;

use super::world::{CALLERS, Deployment, World, each};

/// Groups of a pool (docs/cognito/protocol.md §9).
const GROUPS: usize = 10_000;

/// How many places are left for 64 callers.
const LEFT: usize = 10;

async fn the_last_places_go_to_as_many(deployment: Deployment) {
    let Some(world) = World::start(deployment).await else { return };
    let pool = world.server().pool(json!({})).await;
    let mut tx = world.server().engine().store().write().await.unwrap().at(START);
    for number in 0..GROUPS - LEFT {
        let group = Group {
            pool_id: pool.clone().into(),
            name: format!("old{number}"),
            description: None,
            role_arn: None,
            precedence: None,
            created_at: START,
            modified_at: START,
        };
        assert_eq!(groups::insert(&mut tx, &group).await, Ok(Insert::Inserted));
    }
    tx.commit().await.unwrap();
    world.about("CreateGroup");
    let pool = json!({ "UserPoolId": pool });
    world.storm(each(&pool, "GroupName", "g")).await.only(LEFT, &["LimitExceededException"]);
    assert_eq!(world.count("ListGroups", "Groups", pool).await, GROUPS);
    assert_eq!(world.figures()["CreateGroup"].requests, CALLERS);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite() {
    the_last_places_go_to_as_many(Deployment::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres() {
    the_last_places_go_to_as_many(Deployment::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes() {
    the_last_places_go_to_as_many(Deployment::TwoNodes).await;
}
