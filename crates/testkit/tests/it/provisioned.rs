//! Limits of categories of requests (docs/cognito/new-operations.md §11).

use poolhouse_core::provisioned;
use poolhouse_store::tables::nodes;
use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use serde_json::{Value, json};

use crate::contention::second_node;

const INVALID: &str = "InvalidParameterException";

fn definition(category: &str) -> Value {
    json!({ "LimitDefinition": { "LimitClass": "API_CATEGORY", "Attributes": { "Category": category } } })
}

fn wanted(category: &str, value: i64) -> Value {
    let mut input = definition(category);
    input["RequestedLimitValue"] = json!(value);
    input
}

async fn set(server: &TestServer, category: &str, value: i64) {
    let answer = server.admin().ok("UpdateProvisionedLimit", wanted(category, value)).await;
    assert_eq!(answer["Limit"]["ProvisionedLimitValue"], value);
}

/// How many of so many requests for a list of users are answered.
async fn answered(server: &TestServer, pool: &str, requests: usize) -> usize {
    let mut answered = 0;
    for _ in 0..requests {
        match server.admin().call("ListUsers", json!({ "UserPoolId": pool })).await {
            Ok(_) => answered += 1,
            Err(error) => {
                assert_eq!(
                    (error.code.as_str(), error.message.as_str()),
                    ("TooManyRequestsException", "Rate exceeded")
                );
            }
        }
    }
    answered
}

on_both! {
    async fn a_limit_is_shown_with_its_default(server) {
        let mut expected = definition("UserCreation");
        (expected["ProvisionedLimitValue"], expected["FreeLimitValue"]) = (json!(50), json!(50));
        let shown = server.admin().ok("GetProvisionedLimit", definition("UserCreation")).await;
        assert_eq!(shown["Limit"], expected);
        set(server, "UserCreation", 500).await;
        expected["ProvisionedLimitValue"] = json!(500);
        let shown = server.admin().ok("GetProvisionedLimit", definition("UserCreation")).await;
        assert_eq!(shown["Limit"], expected);
        // What is back at the default is so.
        set(server, "UserCreation", 50).await;
        let other = server.admin().ok("GetProvisionedLimit", definition("UserRead")).await;
        assert_eq!(other["Limit"]["ProvisionedLimitValue"], 120);
    }

    async fn a_limit_lies_between_default_and_maximum(server) {
        let text = "The limit of UserCreation cannot be less than the default, 50.";
        for low in [49, 0, -1] {
            let refused = server.admin().refused("UpdateProvisionedLimit", wanted("UserCreation", low)).await;
            assert_eq!(refused, refusal(INVALID, text));
        }
        let text = "The limit of UserCreation cannot be more than 500.";
        let refused = server.admin().refused("UpdateProvisionedLimit", wanted("UserCreation", 501)).await;
        assert_eq!(refused, refusal("ServiceQuotaExceededException", text));
    }

    async fn only_categories_have_limits(server) {
        let unknown = refusal("ResourceNotFoundException", "Limit not found.");
        assert_eq!(server.admin().refused("GetProvisionedLimit", definition("Everything")).await, unknown);
        let refused = server.admin().refused("UpdateProvisionedLimit", wanted("Everything", 100)).await;
        assert_eq!(refused, unknown);
        let text = "Attributes must have Category and nothing else.";
        for attributes in [json!({}), json!({ "Name": "UserRead" }), json!({ "Category": "UserRead", "Name": "x" })] {
            let mut input = definition("UserRead");
            input["LimitDefinition"]["Attributes"] = attributes;
            assert_eq!(server.admin().refused("GetProvisionedLimit", input).await, refusal(INVALID, text));
        }
        let mut other = definition("UserRead");
        other["LimitDefinition"]["LimitClass"] = json!("OTHER");
        assert_eq!(server.admin().refused("GetProvisionedLimit", other).await.0, INVALID);
        assert_eq!(server.admin().refused("GetProvisionedLimit", json!({})).await.0, INVALID);
    }

    async fn a_node_that_starts_takes_away_who_was_silent_for_an_hour(server) {
        let store = server.engine().store();
        let put = async || {
            let mut tx = store.write().await.unwrap();
            nodes::put(&mut tx, "eu-west-1/old", server.now()).await.unwrap();
            tx.commit().await.unwrap();
            server.clock().advance_seconds(60 * 60 + 1);
        };
        put().await;
        provisioned::beat(server.engine()).await.unwrap();
        let is_there = async || nodes::seen_at(&mut store.read().await.unwrap(), "eu-west-1/old").await.unwrap().is_some();
        assert!(!is_there().await);
        // Later beats of many nodes do not meet in rows that are nobody's.
        put().await;
        provisioned::beat(server.engine()).await.unwrap();
        assert!(is_there().await);
    }

    async fn limits_that_are_not_held_are_only_told(server) {
        let pool = server.pool(json!({})).await;
        assert_eq!(answered(server, &pool, 400).await, 400);
    }
}

/// A server that holds categories to their limits.
async fn strict(database: Database) -> TestServer {
    TestServer::start_with(database, |parts| parts.kernel.settings.limits.category_factor = 20).await
}

/// Ten seconds' worth of requests come at once.
#[tokio::test]
async fn limits_are_held() {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = strict(database).await;
        let pool = server.pool(json!({})).await;
        assert_eq!(answered(&server, &pool, 310).await, 300);
        server.clock().advance_seconds(1);
        assert_eq!(answered(&server, &pool, 40).await, 30);
        // Other categories have their own.
        server.user(&pool, "alice", json!({})).await;
        set(&server, "UserList", 60).await;
        server.clock().advance_seconds(1);
        assert_eq!(answered(&server, &pool, 80).await, 60);
        server.clock().advance_seconds(3600);
        assert_eq!(answered(&server, &pool, 610).await, 600);
        server.finish().await;
    }
}

#[tokio::test]
async fn nodes_share_a_limit() {
    let Some(database) = Database::postgres().await else { return };
    let first = strict(database.clone()).await;
    let second = second_node(&first, database).await;
    // Another region has limits of its own.
    let there = TestServer::start_with(first.database().clone(), |parts| {
        parts.kernel.settings.region = "eu-west-1".to_owned();
    })
    .await;
    let pool = first.pool(json!({})).await;
    for node in [&there, &first, &second, &first] {
        provisioned::beat(node.engine()).await.unwrap();
    }
    assert_eq!(answered(&first, &pool, 160).await, 150);
    // Who is silent is there no longer.
    first.clock().advance_seconds(31);
    provisioned::beat(first.engine()).await.unwrap();
    assert_eq!(answered(&first, &pool, 310).await, 300);
    drop((second, there));
    first.finish().await;
}
