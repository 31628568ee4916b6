//! PreTokenGeneration (triggers-and-messages §8.5, tokens §12).

use poolhouse_testkit::{TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{failed, refresh, set_triggers, sign_in};

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

/// A pool whose tokens the function `tokens` makes, in a version, with alice in the group `staff`.
async fn pool(server: &TestServer, version: &str) -> (String, String) {
    let arn = server.function("tokens", |_| {});
    let config = json!({ "PreTokenGenerationConfig": { "LambdaArn": arn, "LambdaVersion": version } });
    let pool = server.pool(json!({ "LambdaConfig": config })).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", json!({ "email": "a@example.com", "name": "Alice" })).await;
    server.group(&pool, "staff", json!({ "RoleArn": ROLE, "Precedence": 1 })).await;
    server.member(&pool, "alice", "staff").await;
    (pool, client)
}

/// Lets the function answer with `details`, signs in, and returns the claims of ID and access token.
async fn tokens(server: &TestServer, client: &str, member: &'static str, details: Value) -> (Value, Value) {
    server.function("tokens", move |event| event["response"][member] = details.clone());
    both(&server.sign_in(client, "alice").await)
}

fn both(result: &Value) -> (Value, Value) {
    (claims(&result["IdToken"]), claims(&result["AccessToken"]))
}

const FIRST: &str = "claimsOverrideDetails";
const LATER: &str = "claimsAndScopeOverrideDetails";

on_both! {
    async fn the_event_carries_groups_and_in_later_versions_scopes(server) {
        for (version, number) in [("V1_0", "1"), ("V2_0", "2"), ("V3_0", "3")] {
            let (_, client) = pool(server, version).await;
            server.take_events();
            server.sign_in(&client, "alice").await;
            let event = &server.take_events()[0];
            assert_eq!(event["version"], number);
            assert_eq!(event["triggerSource"], "TokenGeneration_Authentication");
            assert_eq!(event["userName"], "alice");
            assert_eq!(event["request"]["groupConfiguration"], json!({
                "groupsToOverride": ["staff"], "iamRolesToOverride": [ROLE], "preferredRole": ROLE,
            }));
            let (scopes, member) = if number == "1" {
                (None, FIRST)
            } else {
                (Some(json!(["aws.cognito.signin.user.admin"])), LATER)
            };
            assert_eq!(event["request"].get("scopes"), scopes.as_ref());
            assert_eq!(event["response"], json!({ member: null }));
        }
    }

    // documented
    async fn nothing_said_changes_nothing(server) {
        let (plain, client) = pool(server, "V1_0").await;
        set_triggers(server, &plain, json!({})).await;
        let without = |(mut id, mut access): (Value, Value)| {
            for claims in [&mut id, &mut access] {
                for name in ["jti", "origin_jti", "event_id"] {
                    claims.as_object_mut().unwrap().remove(name).unwrap();
                }
            }
            (id, access)
        };
        let expected = without(both(&server.sign_in(&client, "alice").await));
        for (version, member) in [("V1_0", FIRST), ("V2_0", LATER), ("V3_0", LATER)] {
            let arn = server.function("tokens", |_| {});
            let config = json!({ "PreTokenGenerationConfig": { "LambdaArn": arn, "LambdaVersion": version } });
            set_triggers(server, &plain, config).await;
            for details in [Value::Null, json!({})] {
                assert_eq!(without(tokens(server, &client, member, details).await), expected);
            }
        }
    }

    // triggers-and-messages §14, 6: documented
    async fn version_1_changes_the_id_token_and_the_groups_of_both(server) {
        let (_, client) = pool(server, "V1_0").await;
        let (id, access) = tokens(server, &client, FIRST, json!({
            "claimsToAddOrOverride": { "tenant": "7", "email": "b@example.com", "sub": "forged", "both": "x" },
            "claimsToSuppress": ["name", "both", "aud"],
            "groupOverrideDetails": {
                "groupsToOverride": ["x", "y"], "iamRolesToOverride": ["r1", "r2"], "preferredRole": "r2",
            },
        })).await;
        assert_eq!((&id["tenant"], &id["email"]), (&json!("7"), &json!("b@example.com")));
        assert_eq!((id.get("name"), id.get("both")), (None, None));
        assert_ne!(id["sub"], "forged");
        assert_eq!(id["aud"], json!(client));
        assert_eq!((&id["cognito:groups"], &access["cognito:groups"]), (&json!(["x", "y"]), &json!(["x", "y"])));
        assert_eq!((&id["cognito:roles"], &id["cognito:preferred_role"]), (&json!(["r1", "r2"]), &json!("r2")));
        assert_eq!((access.get("tenant"), access.get("email")), (None, None));
    }

    // triggers-and-messages §14, 7: documented
    async fn groups_that_are_given_empty_are_gone_and_those_not_given_stay(server) {
        let (_, client) = pool(server, "V1_0").await;
        let groups = |(id, access): (Value, Value)| {
            (id.get("cognito:groups").cloned(), id.get("cognito:roles").cloned(),
                id.get("cognito:preferred_role").cloned(), access.get("cognito:groups").cloned())
        };
        let nulls = json!({ "groupsToOverride": null, "iamRolesToOverride": null, "preferredRole": null });
        for details in [json!({}), json!(null), nulls] {
            let details = json!({ "groupOverrideDetails": details });
            assert_eq!(groups(tokens(server, &client, FIRST, details).await), (None, None, None, None));
        }
        let suppressed = json!({ "claimsToSuppress": ["cognito:groups"] });
        assert_eq!(groups(tokens(server, &client, FIRST, suppressed).await), (None, None, None, None));
        let kept = groups(tokens(server, &client, FIRST, json!({ "claimsToSuppress": ["name"] })).await);
        let staff = Some(json!(["staff"]));
        assert_eq!(kept, (staff.clone(), Some(json!([ROLE])), Some(json!(ROLE)), staff));
    }

    // triggers-and-messages §14, 8: documented
    async fn version_2_changes_both_tokens_in_any_type(server) {
        let (_, client) = pool(server, "V2_0").await;
        let tenant = json!({ "id": 7, "tags": ["a", 1, true] });
        let (id, access) = tokens(server, &client, LATER, json!({
            "idTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": tenant, "iss": "forged", "cognito:username": "forged" },
                "claimsToSuppress": ["name"],
            },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "level": 3, "aud": client, "scope": "forged", "email": "a@b.c" },
                "claimsToSuppress": ["cognito:groups"],
                "scopesToAdd": ["api/read"],
                "scopesToSuppress": ["none"],
            },
        })).await;
        assert_eq!(id["tenant"], tenant);
        assert_eq!(id["cognito:username"], "alice");
        assert_ne!(id["iss"], "forged");
        assert_eq!(id.get("name"), None);
        assert_eq!(id["cognito:groups"], json!(["staff"]), "what one token leaves out the other keeps");
        assert_eq!((&access["level"], &access["aud"], &access["email"]), (&json!(3), &json!(client), &json!("a@b.c")));
        assert_eq!(access.get("cognito:groups"), None);
        assert_eq!(access["scope"], "aws.cognito.signin.user.admin api/read");
    }

    // documented
    async fn a_token_without_the_api_scope_is_of_no_use_at_the_api(server) {
        let (_, client) = pool(server, "V2_0").await;
        let details = json!({
            "accessTokenGeneration": { "scopesToSuppress": ["aws.cognito.signin.user.admin"] },
        });
        server.function("tokens", move |event| event["response"][LATER] = details.clone());
        let result = server.sign_in(&client, "alice").await;
        assert_eq!(claims(&result["AccessToken"])["scope"], "");
        let refused = server.public().refused("GetUser", json!({ "AccessToken": result["AccessToken"] })).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Access Token does not have required scopes"));
    }

    // documented: nothing is kept; documented on ClientMetadata
    async fn every_refresh_asks_again(server) {
        let (_, client) = pool(server, "V2_0").await;
        let change = |value: &str| {
            let details = json!({ "idTokenGeneration": { "claimsToAddOrOverride": { "plan": value } } });
            move |event: &mut Value| event["response"][LATER] = details.clone()
        };
        server.function("tokens", change("first"));
        let tokens = server.sign_in(&client, "alice").await;
        server.function("tokens", change("second"));
        server.take_events();
        let mut input = refresh(&client, &tokens);
        input["ClientMetadata"] = json!({ "a": "1" });
        let renewed = server.public().ok("InitiateAuth", input).await;
        assert_eq!(claims(&renewed["AuthenticationResult"]["IdToken"])["plan"], "second");
        let exchange = json!({
            "ClientId": client, "RefreshToken": tokens["RefreshToken"], "ClientMetadata": { "b": "2" },
        });
        server.public().ok("GetTokensFromRefreshToken", exchange).await;
        let events = server.take_events();
        assert!(events.iter().all(|event| event["triggerSource"] == "TokenGeneration_RefreshTokens"));
        let metadata: Vec<_> = events.iter().map(|event| event["request"].get("clientMetadata")).collect();
        assert_eq!(metadata, [None, Some(&json!({ "b": "2" }))]);
        server.failing_function("tokens", "no");
        let refused = server.public().refused("InitiateAuth", refresh(&client, &tokens)).await;
        assert_eq!(refused, failed("PreTokenGeneration failed with error no."));
    }

    async fn a_new_password_has_its_own_source(server) {
        let (pool, client) = pool(server, "V1_0").await;
        let invite = json!({
            "UserPoolId": pool, "Username": "ivy", "MessageAction": "SUPPRESS",
            "TemporaryPassword": TestServer::PASSWORD,
        });
        server.admin().ok("AdminCreateUser", invite).await;
        let challenge = server.public().ok("InitiateAuth", sign_in(&client, "ivy")).await;
        server.take_events();
        let answer = json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED", "ClientId": client, "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "ivy", "NEW_PASSWORD": "Another-Horse-8" },
        });
        server.public().ok("RespondToAuthChallenge", answer).await;
        let event = &server.take_events()[0];
        assert_eq!(event["triggerSource"], "TokenGeneration_NewPasswordChallenge");
        assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "CONFIRMED");
    }

    async fn what_cannot_be_claims_is_refused(server) {
        let (_, client) = pool(server, "V1_0").await;
        let wrong = [
            json!({ "claimsToAddOrOverride": { "level": 7 } }),
            json!({ "claimsToAddOrOverride": [] }),
            json!({ "claimsToSuppress": "name" }),
            json!({ "groupOverrideDetails": { "groupsToOverride": [1] } }),
            json!("x"),
        ];
        for details in wrong {
            server.function("tokens", move |event| event["response"][FIRST] = details.clone());
            let refused = server.public().refused("InitiateAuth", sign_in(&client, "alice")).await;
            assert_eq!(refused, refusal("InvalidLambdaResponseException", "Unrecognizable lambda output"));
        }
    }
}
