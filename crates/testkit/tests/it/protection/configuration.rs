//! SetRiskConfiguration and DescribeRiskConfiguration (operations-and-protection §9.2).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::protected;

const NOW: f64 = 1_893_456_000.0;

/// A pool's or, with a client, a client's configuration.
struct Place<'a> {
    server: &'a TestServer,
    pool: String,
    client: Option<String>,
}

impl<'a> Place<'a> {
    async fn pool(server: &'a TestServer) -> Self {
        Self { server, pool: server.pool(protected("ENFORCED")).await, client: None }
    }

    async fn client(&self) -> Self {
        let client = self.server.client(&self.pool, json!({})).await;
        Self { server: self.server, pool: self.pool.clone(), client: Some(client) }
    }

    /// `blocks` with the names of pool and client.
    fn named(&self, mut blocks: Value) -> Value {
        blocks["UserPoolId"] = json!(self.pool);
        if let Some(client) = &self.client {
            blocks["ClientId"] = json!(client);
        }
        blocks
    }

    async fn set(&self, blocks: Value) -> Value {
        let output = self.server.admin().ok("SetRiskConfiguration", self.named(blocks)).await;
        output["RiskConfiguration"].clone()
    }

    async fn set_refused(&self, blocks: Value) -> (String, String) {
        self.server.admin().refused("SetRiskConfiguration", self.named(blocks)).await
    }

    async fn described(&self) -> Value {
        let output = self.server.admin().ok("DescribeRiskConfiguration", self.named(json!({}))).await;
        output["RiskConfiguration"].clone()
    }
}

fn compromised(action: &str) -> Value {
    json!({ "CompromisedCredentialsRiskConfiguration": { "Actions": { "EventAction": action } } })
}

fn takeover(low: &str, medium: &str, high: &str) -> Value {
    let action = |action: &str| json!({ "Notify": false, "EventAction": action });
    json!({ "AccountTakeoverRiskConfiguration": { "Actions": {
        "LowAction": action(low), "MediumAction": action(medium), "HighAction": action(high),
    } } })
}

fn ranges(list: &str, range: &str) -> Value {
    json!({ "RiskExceptionConfiguration": { list: [range] } })
}

on_both! {
    async fn what_is_set_is_read_back(server) {
        let place = Place::pool(server).await;
        let full = json!({
            "CompromisedCredentialsRiskConfiguration": {
                "EventFilter": ["SIGN_IN", "SIGN_UP"], "Actions": { "EventAction": "BLOCK" },
            },
            "AccountTakeoverRiskConfiguration": {
                "NotifyConfiguration": {
                    "From": "guard@example.com", "ReplyTo": "help@example.com",
                    "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
                    "BlockEmail": { "Subject": "Blocked", "HtmlBody": "<p>Blocked</p>", "TextBody": "Blocked" },
                    "NoActionEmail": { "Subject": "Seen" },
                    "MfaEmail": { "Subject": "Asked" },
                },
                "Actions": {
                    "LowAction": { "Notify": false, "EventAction": "NO_ACTION" },
                    "MediumAction": { "Notify": true, "EventAction": "MFA_IF_CONFIGURED" },
                    "HighAction": { "Notify": true, "EventAction": "BLOCK" },
                },
            },
            "RiskExceptionConfiguration": {
                "BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["2001:db8::/32", "10.0.0.1/32"],
            },
        });
        let answer = place.set(full.clone()).await;
        let mut expected = full;
        expected["UserPoolId"] = json!(place.pool);
        expected["LastModifiedDate"] = json!(NOW);
        assert_eq!(answer, expected);
        assert_eq!(place.described().await, expected);
        // The pool's own date is that of the pool.
        server.clock().advance_seconds(60);
        place.set(compromised("BLOCK")).await;
        let pool = server.admin().ok("DescribeUserPool", json!({ "UserPoolId": place.pool })).await;
        assert_eq!(pool["UserPool"]["LastModifiedDate"], NOW);
    }

    // inferred: a block that is left out is removed; the model: the names alone reset
    async fn each_call_replaces_all_blocks(server) {
        let place = Place::pool(server).await;
        assert_eq!(place.described().await, json!({ "UserPoolId": place.pool }));
        place.set(compromised("BLOCK")).await;
        place.set(ranges("BlockedIPRangeList", "192.0.2.0/24")).await;
        let found = place.described().await;
        assert!(found.get("CompromisedCredentialsRiskConfiguration").is_none(), "{found}");
        assert_eq!(found["RiskExceptionConfiguration"]["BlockedIPRangeList"], json!(["192.0.2.0/24"]));
        let answer = place.set(json!({})).await;
        assert_eq!(answer, json!({ "UserPoolId": place.pool, "LastModifiedDate": NOW }));
        assert_eq!(place.described().await, json!({ "UserPoolId": place.pool }));
    }

    async fn a_client_inherits_until_it_has_its_own(server) {
        let pool = Place::pool(server).await;
        let (client, other) = (pool.client().await, pool.client().await);
        assert_eq!(client.described().await, json!({ "UserPoolId": pool.pool }));
        pool.set(compromised("BLOCK")).await;
        let inherited = client.described().await;
        assert_eq!(inherited["CompromisedCredentialsRiskConfiguration"]["Actions"]["EventAction"], "BLOCK");
        assert_eq!(inherited["ClientId"], json!(client.client));

        let own = client.set(compromised("NO_ACTION")).await;
        assert_eq!(own["ClientId"], json!(client.client));
        assert_eq!(client.described().await, own);
        assert_eq!(own["CompromisedCredentialsRiskConfiguration"]["Actions"]["EventAction"], "NO_ACTION");
        for place in [&pool, &other] {
            let found = place.described().await;
            assert_eq!(found["CompromisedCredentialsRiskConfiguration"]["Actions"]["EventAction"], "BLOCK");
        }
        // It stays when the client is changed, and goes with an empty call.
        let input = json!({ "UserPoolId": pool.pool, "ClientId": client.client, "ClientName": "renamed" });
        server.admin().ok("UpdateUserPoolClient", input).await;
        assert_eq!(client.described().await, own);
        client.set(json!({})).await;
        assert_eq!(client.described().await, inherited);
    }

    async fn an_update_of_the_pool_leaves_the_configuration(server) {
        let place = Place::pool(server).await;
        place.set(compromised("BLOCK")).await;
        let before = place.described().await;
        let update = |mode: &str| {
            let mut input = protected(mode);
            input["UserPoolId"] = json!(place.pool);
            input
        };
        server.admin().ok("UpdateUserPool", update("OFF")).await;
        server.admin().ok("UpdateUserPool", update("AUDIT")).await;
        assert_eq!(place.described().await, before);
    }

    async fn without_the_add_on_there_is_none(server) {
        let refused = refusal("UserPoolAddOnNotEnabledException", "User pool add-on is not enabled.");
        for settings in [json!({}), protected("OFF")] {
            let place = Place { server, pool: server.pool(settings).await, client: None };
            assert_eq!(place.set_refused(compromised("BLOCK")).await, refused);
            let input = place.named(json!({}));
            assert_eq!(server.admin().refused("DescribeRiskConfiguration", input).await, refused);
        }
    }

    async fn unknown_pools_and_clients_are_named(server) {
        let place = Place::pool(server).await;
        let nowhere = Place { server, pool: "us-east-1_000000000".to_owned(), client: None };
        let nobody = Place { server, pool: place.pool.clone(), client: Some("nobody".to_owned()) };
        let foreign = Place { client: Place::pool(server).await.client().await.client, ..Place::pool(server).await };
        let cases = [
            (nowhere, "User pool us-east-1_000000000 does not exist."),
            (nobody, "User pool client does not exist."),
            (foreign, "User pool client does not exist."),
        ];
        for (place, text) in cases {
            let refused = refusal("ResourceNotFoundException", text);
            assert_eq!(place.set_refused(compromised("BLOCK")).await, refused);
            let input = place.named(json!({}));
            assert_eq!(server.admin().refused("DescribeRiskConfiguration", input).await, refused);
        }
    }

    // documented
    async fn a_higher_risk_has_no_weaker_action(server) {
        let place = Place::pool(server).await;
        let text = "The action of a risk level cannot be weaker than that of a lower level.";
        let weaker = refusal("InvalidParameterException", text);
        for [low, medium, high] in [
            ["BLOCK", "BLOCK", "NO_ACTION"],
            ["MFA_REQUIRED", "MFA_IF_CONFIGURED", "BLOCK"],
            ["MFA_IF_CONFIGURED", "NO_ACTION", "NO_ACTION"],
        ] {
            assert_eq!(place.set_refused(takeover(low, medium, high)).await, weaker, "{low} {medium} {high}");
        }
        for [low, medium, high] in
            [["NO_ACTION", "MFA_IF_CONFIGURED", "MFA_REQUIRED"], ["BLOCK", "BLOCK", "BLOCK"]]
        {
            place.set(takeover(low, medium, high)).await;
        }
        let mut gap = takeover("BLOCK", "BLOCK", "NO_ACTION");
        gap["AccountTakeoverRiskConfiguration"]["Actions"]["MediumAction"].take();
        assert_eq!(place.set_refused(gap).await, weaker);
    }

    async fn who_is_told_is_told_something(server) {
        let place = Place::pool(server).await;
        let mut blocks = takeover("BLOCK", "BLOCK", "BLOCK");
        blocks["AccountTakeoverRiskConfiguration"]["Actions"]["HighAction"]["Notify"] = json!(true);
        let text = "NotifyConfiguration is required when Notify is true.";
        assert_eq!(place.set_refused(blocks).await, refusal("InvalidParameterException", text));
    }

    async fn ranges_are_in_cidr_notation(server) {
        let place = Place::pool(server).await;
        for list in ["BlockedIPRangeList", "SkippedIPRangeList"] {
            for range in ["10.0.0.1", "10.0.0.0/33", "example.com", ""] {
                let text = "Incorrect CIDR format".to_owned();
                let refused = place.set_refused(ranges(list, range)).await;
                assert_eq!(refused, refusal("InvalidParameterException", &text));
            }
        }
        assert_eq!(place.described().await, json!({ "UserPoolId": place.pool }));
    }

    async fn the_service_model_is_held_to(server) {
        let place = Place::pool(server).await;
        let many: Vec<_> = (0..=200).map(|i| format!("10.0.0.{i}/32")).collect();
        for blocks in [
            compromised("DELETE"),
            takeover("BLOCK", "BLOCK", "block"),
            json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": many } }),
            json!({ "CompromisedCredentialsRiskConfiguration": { "EventFilter": ["SIGN_IN"] } }),
            json!({ "AccountTakeoverRiskConfiguration": { "Actions": { "LowAction": { "Notify": false } } } }),
        ] {
            let (code, text) = place.set_refused(blocks.clone()).await;
            assert_eq!(code, "InvalidParameterException", "{blocks}");
            assert!(text.starts_with("1 validation error detected: "), "{text}");
        }
        let input = place.named(compromised("BLOCK"));
        let (code, _) = server.public().refused("SetRiskConfiguration", input).await;
        assert_eq!(code, "MissingAuthenticationTokenException");
    }
}
