//! Policies about client metadata documents, and the URLs that were clients by them (new-operations §16.1).

use std::collections::BTreeSet;

use poolhouse_core::Tiers;
use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";

/// A client that can lend its settings.
fn lender() -> Value {
    json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"], "CallbackURLs": ["https://app.example.com/cb"],
        "SupportedIdentityProviders": ["COGNITO"],
    })
}

fn with(mut settings: Value, member: &str, value: Value) -> Value {
    settings[member] = value;
    settings
}

async fn pool_and_client(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, lender()).await;
    (pool, client)
}

fn of(pool: &str, client: &str) -> Value {
    json!({
        "UserPoolId": pool, "ClientId": client, "PolicyName": "tools",
        "URLPatterns": ["https://*.tools.example/clients/*"],
    })
}

async fn make(server: &TestServer, input: Value) -> Value {
    server.admin().ok("CreateCIMDPolicy", input).await["CIMDPolicy"].clone()
}

on_both! {
    async fn policies_live_and_go(server) {
        let (pool, client) = pool_and_client(server).await;
        let made = make(server, of(&pool, &client)).await;
        let (id, at) = (made["CIMDPolicyId"].clone(), made["CreationDate"].clone());
        assert_eq!(id.as_str().unwrap().len(), 26);
        let mut expected = of(&pool, &client);
        expected["CIMDPolicyId"] = id.clone();
        expected["CacheDuration"] = json!(86_400);
        expected["CreationDate"] = at.clone();
        expected["LastModifiedDate"] = at.clone();
        assert_eq!(made, expected);
        let by_id = json!({ "UserPoolId": pool, "CIMDPolicyId": id });
        assert_eq!(server.admin().ok("DescribeCIMDPolicy", by_id.clone()).await["CIMDPolicy"], made);

        server.clock().advance_seconds(1);
        let other = server.client(&pool, lender()).await;
        let mut newer = by_id.clone();
        newer["ClientId"] = json!(other);
        newer["URLPatterns"] = json!(["https://tool.example/oauth.json"]);
        let changed = server.admin().ok("UpdateCIMDPolicy", newer.clone()).await["CIMDPolicy"].clone();
        // What is left out stays.
        assert_eq!((&changed["PolicyName"], &changed["CacheDuration"]), (&json!("tools"), &json!(86_400)));
        assert_eq!((&changed["ClientId"], &changed["URLPatterns"]), (&newer["ClientId"], &newer["URLPatterns"]));
        assert_eq!(changed["CreationDate"], at);
        assert_ne!(changed["LastModifiedDate"], at);
        newer["CacheDuration"] = json!(90_000);
        newer["PolicyName"] = json!("new name");
        let changed = server.admin().ok("UpdateCIMDPolicy", newer.clone()).await["CIMDPolicy"].clone();
        assert_eq!((&changed["PolicyName"], &changed["CacheDuration"]), (&json!("new name"), &json!(90_000)));

        assert_eq!(server.admin().ok("DeleteCIMDPolicy", by_id.clone()).await, json!({}));
        let gone = refusal(NOT_FOUND, "CIMD policy does not exist.");
        for operation in ["DescribeCIMDPolicy", "DeleteCIMDPolicy", "ListClientMetadataURLs"] {
            assert_eq!(server.admin().refused(operation, by_id.clone()).await, gone, "{operation}");
        }
        assert_eq!(server.admin().refused("UpdateCIMDPolicy", newer).await, gone);
        let mut state = by_id;
        state["URL"] = json!("https://tool.example/oauth.json");
        state["Action"] = json!("REFRESH");
        assert_eq!(server.admin().refused("UpdateClientMetadataURLState", state).await, gone);
    }

    async fn a_policy_is_of_its_pool_alone(server) {
        let (pool, client) = pool_and_client(server).await;
        let (other, _) = pool_and_client(server).await;
        let made = make(server, of(&pool, &client)).await;
        let foreign = json!({ "UserPoolId": other, "CIMDPolicyId": made["CIMDPolicyId"] });
        assert_eq!(server.admin().refused("DescribeCIMDPolicy", foreign).await.0, NOT_FOUND);
        let no_client = refusal(NOT_FOUND, "User pool client does not exist.");
        assert_eq!(server.admin().refused("CreateCIMDPolicy", of(&other, &client)).await, no_client);
        assert_eq!(server.admin().refused("CreateCIMDPolicy", of("us-east-1_absent", &client)).await.0, NOT_FOUND);
        // With the pool it goes.
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
    }

    async fn only_public_clients_of_the_code_flow_lend_their_settings(server) {
        let pool = server.pool(json!({})).await;
        let text = "The app client must be a public client with the authorization code flow.";
        for settings in [
            json!({}),
            with(lender(), "GenerateSecret", json!(true)),
            with(lender(), "AllowedOAuthFlows", json!(["implicit"])),
            with(lender(), "AllowedOAuthFlowsUserPoolClient", json!(false)),
        ] {
            let client = server.client(&pool, settings.clone()).await;
            let refused = server.admin().refused("CreateCIMDPolicy", of(&pool, &client)).await;
            assert_eq!(refused, refusal(INVALID, text), "{settings}");
        }
    }

    async fn a_client_that_is_gone_is_not_shown(server) {
        let (pool, client) = pool_and_client(server).await;
        let made = make(server, of(&pool, &client)).await;
        server.admin().ok("DeleteUserPoolClient", json!({ "UserPoolId": pool, "ClientId": client })).await;
        let by_id = json!({ "UserPoolId": pool, "CIMDPolicyId": made["CIMDPolicyId"] });
        let shown = server.admin().ok("DescribeCIMDPolicy", by_id).await;
        assert_eq!(shown["CIMDPolicy"].get("ClientId"), None);
        let listed = server.admin().ok("ListCIMDPolicies", json!({ "UserPoolId": pool })).await;
        assert_eq!(listed["CIMDPolicies"][0].get("ClientId"), None);
    }

    async fn patterns_name_an_owner(server) {
        let (pool, client) = pool_and_client(server).await;
        for pattern in ["https://*/client.json", "https://*.example/c", "https://tools.example", "https://Tools.example/c"] {
            let input = with(of(&pool, &client), "URLPatterns", json!(["https://tools.example/c", pattern]));
            let expected = refusal(INVALID, &format!("Invalid URL pattern: {pattern}"));
            assert_eq!(server.admin().refused("CreateCIMDPolicy", input).await, expected);
        }
        // The model's own bounds.
        for (member, bad) in [
            ("URLPatterns", json!([])),
            ("URLPatterns", json!(["http://tools.example/c"])),
            ("URLPatterns", json!(vec!["https://tools.example/c"; 6])),
            ("CacheDuration", json!(86_399)),
            ("CacheDuration", json!(31_556_953)),
            ("PolicyName", json!("")),
        ] {
            let input = with(of(&pool, &client), member, bad);
            assert_eq!(server.admin().refused("CreateCIMDPolicy", input).await.0, INVALID, "{member}");
        }
    }

    // protocol §8: n elements read one at a time take n calls
    async fn policies_are_listed_in_pages_the_oldest_first(server) {
        let (pool, client) = pool_and_client(server).await;
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(make(server, of(&pool, &client)).await["CIMDPolicyId"].clone());
            server.clock().advance_seconds(1);
        }
        let mut input = json!({ "UserPoolId": pool, "MaxResults": 1 });
        let mut read = Vec::new();
        loop {
            let page = server.admin().ok("ListCIMDPolicies", input.clone()).await;
            let items = page["CIMDPolicies"].as_array().unwrap();
            assert_eq!(items.len(), 1);
            assert_eq!(items[0].get("URLPatterns"), None);
            read.push(items[0]["CIMDPolicyId"].clone());
            if page["NextToken"].is_null() {
                break;
            }
            input["NextToken"] = page["NextToken"].clone();
        }
        assert_eq!(read, made);
        input["NextToken"] = json!("x");
        assert_eq!(server.admin().refused("ListCIMDPolicies", input).await.0, INVALID);
    }

    async fn a_pool_has_a_hundred_policies(server) {
        let (pool, client) = pool_and_client(server).await;
        let mut ids = BTreeSet::new();
        for _ in 0..100 {
            ids.insert(make(server, of(&pool, &client)).await["CIMDPolicyId"].to_string());
        }
        assert_eq!(ids.len(), 100);
        let text = format!("CIMD policy limit exceeded for user pool {pool}.");
        let refused = server.admin().refused("CreateCIMDPolicy", of(&pool, &client)).await;
        assert_eq!(refused, refusal("LimitExceededException", &text));
    }
}

// operations-and-protection §6, new-operations §16.1
#[tokio::test]
async fn lite_has_no_such_policies() {
    let server = TestServer::start_with(Database::Sqlite, |parts| parts.settings.tiers = Tiers::Strict).await;
    let lite = server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let client = server.client(&lite, lender()).await;
    let text = "The following feature is not available for the LITE pricing tier configured: Client ID Metadata Documents";
    let refused = server.admin().refused("CreateCIMDPolicy", of(&lite, &client)).await;
    assert_eq!(refused, refusal("FeatureUnavailableInTierException", text));
    let (pool, client) = pool_and_client(&server).await;
    make(&server, of(&pool, &client)).await;
    let lower = json!({ "UserPoolId": pool, "UserPoolTier": "LITE" });
    assert_eq!(server.admin().refused("UpdateUserPool", lower).await.0, "TierChangeNotAllowedException");
    server.finish().await;
}
