//! Flows with the password in plain text, and the gates that all flows share.

use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::{Value, json};

use super::{incorrect, invalid_parameter, not_authorized, password_auth};

const PASSWORD: &str = TestServer::PASSWORD;

fn admin_auth(pool: &str, client: &str, flow: &str, username: &str) -> Value {
    json!({
        "UserPoolId": pool,
        "ClientId": client,
        "AuthFlow": flow,
        "AuthParameters": { "USERNAME": username, "PASSWORD": PASSWORD },
    })
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

on_both! {
    async fn tokens_come_alone_with_empty_parameters(server) {
        // authentication §1.1, recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let output = server.public().ok("InitiateAuth", password_auth(&client, "alice", PASSWORD)).await;
        let mut names = members(&output);
        names.sort_unstable();
        assert_eq!(names, ["AuthenticationResult", "ChallengeParameters"]);
        assert_eq!(output["ChallengeParameters"], json!({}));
        let result = &output["AuthenticationResult"];
        let mut names = members(result);
        names.sort_unstable();
        assert_eq!(names, ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]);
        assert_eq!((&result["ExpiresIn"], &result["TokenType"]), (&json!(3600), &json!("Bearer")));
    }

    async fn administrators_sign_users_in_by_both_names_of_their_flow(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
            let output = server.admin().ok("AdminInitiateAuth", admin_auth(&pool, &client, flow, "alice")).await;
            assert!(output["AuthenticationResult"]["AccessToken"].is_string(), "{output}");
        }
        let unsigned = server.public();
        let input = admin_auth(&pool, &client, "ADMIN_USER_PASSWORD_AUTH", "alice");
        let (code, _) = unsigned.refused("AdminInitiateAuth", input).await;
        assert_eq!(code, "MissingAuthenticationTokenException");
    }

    async fn each_flow_has_its_door(server) {
        // authentication §2: recorded for the first
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let refused = invalid_parameter("Initiate Auth method not supported.");
        for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
            let input = json!({ "ClientId": client, "AuthFlow": flow });
            assert_eq!(server.public().refused("InitiateAuth", input).await, refused);
        }
        let input = admin_auth(&pool, &client, "USER_PASSWORD_AUTH", "alice");
        assert_eq!(server.admin().refused("AdminInitiateAuth", input).await, refused);
    }

    async fn a_client_names_the_flows_it_allows(server) {
        let pool = server.pool(json!({})).await;
        let only_refresh = json!({ "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"] });
        let client = server.client(&pool, only_refresh).await;
        let start = async |flow: &str| {
            let input = json!({ "ClientId": client, "AuthFlow": flow, "AuthParameters": {} });
            server.public().refused("InitiateAuth", input).await
        };
        let text = "USER_PASSWORD_AUTH flow not enabled for this client";
        assert_eq!(start("USER_PASSWORD_AUTH").await, invalid_parameter(text));
        let text = "USER_SRP_AUTH is not enabled for the client.";
        assert_eq!(start("USER_SRP_AUTH").await, invalid_parameter(text));
        let text = "CUSTOM_AUTH is not enabled for the client.";
        assert_eq!(start("CUSTOM_AUTH").await, invalid_parameter(text));
        let text = "USER_AUTH flow not enabled for this client";
        assert_eq!(start("USER_AUTH").await, invalid_parameter(text));
        let input = admin_auth(&pool, &client, "ADMIN_USER_PASSWORD_AUTH", "alice");
        let text = "Auth flow not enabled for this client";
        assert_eq!(server.admin().refused("AdminInitiateAuth", input).await, invalid_parameter(text));
        let custom = server.client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"] })).await;
        let input = json!({ "ClientId": custom, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": {} });
        let text = "Custom auth lambda trigger is not configured for the user pool.";
        assert_eq!(server.public().refused("InitiateAuth", input).await, invalid_parameter(text));
        let input = json!({ "ClientId": custom, "AuthFlow": "USER_AUTH", "AuthParameters": {} });
        let text = "USER_AUTH flow not enabled for this client";
        assert_eq!(server.public().refused("InitiateAuth", input).await, invalid_parameter(text));
        let input = json!({
            "ClientId": custom, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": { "REFRESH_TOKEN": "x" },
        });
        let text = "Refresh Token flow not enabled for this client";
        assert_eq!(server.public().refused("InitiateAuth", input).await, invalid_parameter(text));
    }

    async fn parameters_that_a_flow_needs_are_named(server) {
        // authentication §2, recorded for SRP_A; null is absence (§1.2)
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let cases = [
            ("USER_PASSWORD_AUTH", json!({ "PASSWORD": "x" }), "USERNAME"),
            ("USER_PASSWORD_AUTH", json!({ "USERNAME": "alice" }), "PASSWORD"),
            ("USER_PASSWORD_AUTH", json!({ "USERNAME": null, "PASSWORD": "x" }), "USERNAME"),
            ("USER_SRP_AUTH", json!({ "USERNAME": "alice" }), "SRP_A"),
            ("REFRESH_TOKEN_AUTH", json!({}), "REFRESH_TOKEN"),
        ];
        for (flow, parameters, missing) in cases {
            let input = json!({ "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters });
            let text = format!("Missing required parameter {missing}");
            assert_eq!(server.public().refused("InitiateAuth", input).await, invalid_parameter(&text));
        }
        server.user(&pool, "alice", json!({})).await;
        let mut input = password_auth(&client, "alice", PASSWORD);
        input["AuthParameters"]["DEVICE_KEY"] = Value::Null;
        input["AuthParameters"]["ANYTHING"] = json!("else");
        server.public().ok("InitiateAuth", input).await;
    }

    async fn client_and_pool_must_exist_and_belong_together(server) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let not_found = |text: String| ("ResourceNotFoundException".to_owned(), text);
        let input = password_auth("1234567890abcdef", "alice", PASSWORD);
        let text = "User pool client 1234567890abcdef does not exist.".to_owned();
        assert_eq!(server.public().refused("InitiateAuth", input).await, not_found(text));
        let flow = "ADMIN_USER_PASSWORD_AUTH";
        let input = admin_auth("us-east-1_nowhere", &client, flow, "alice");
        let text = "User pool us-east-1_nowhere does not exist.".to_owned();
        assert_eq!(server.admin().refused("AdminInitiateAuth", input).await, not_found(text));
        let input = admin_auth(&other, &client, flow, "alice");
        let text = format!("User pool client {client} does not exist in user pool {other}.");
        assert_eq!(server.admin().refused("AdminInitiateAuth", input).await, not_found(text.clone()));
        let input = json!({ "UserPoolId": other, "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER" });
        assert_eq!(server.admin().refused("AdminRespondToAuthChallenge", input).await, not_found(text));
    }

    async fn a_missing_user_is_told_or_hidden_as_the_client_says(server) {
        // recorded (authentication §7)
        let pool = server.pool(json!({})).await;
        let tells = server.client(&pool, json!({})).await;
        let hides = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let sub = server.user(&pool, "alice", json!({})).await;
        for missing in ["nobody", &sub, "bad\u{0}name", &"x".repeat(3000)] {
            let answer = server.public().refused("InitiateAuth", password_auth(&tells, missing, PASSWORD)).await;
            assert_eq!(answer, ("UserNotFoundException".to_owned(), "User does not exist.".to_owned()));
            let answer = server.public().refused("InitiateAuth", password_auth(&hides, missing, PASSWORD)).await;
            assert_eq!(answer, incorrect());
        }
        for client in [&tells, &hides] {
            let answer = server.public().refused("InitiateAuth", password_auth(client, "alice", "wrong")).await;
            assert_eq!(answer, incorrect());
        }
    }

    async fn the_state_of_a_user_comes_before_the_password(server) {
        // authentication §3, gates 9 to 11: whether the password is right makes no difference, unless the client hides
        // who exists (existence/told.rs)
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "disabled", json!({})).await;
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "disabled" })).await;
        let input = json!({ "ClientId": client, "Username": "unconfirmed", "Password": PASSWORD });
        server.public().ok("SignUp", input).await;
        let unconfirmed = ("UserNotConfirmedException".to_owned(), "User is not confirmed.".to_owned());
        for password in [PASSWORD, "wrong"] {
            let sign_in = async |name| {
                server.public().refused("InitiateAuth", password_auth(&client, name, password)).await
            };
            assert_eq!(sign_in("disabled").await, not_authorized("User is disabled."));
            assert_eq!(sign_in("unconfirmed").await, unconfirmed);
        }
    }

    async fn users_sign_in_by_alias_and_tokens_name_the_user(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "preferred_username"] })).await;
        let client = server.client(&pool, json!({})).await;
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
        server.user(&pool, "alice", attributes).await;
        server.user(&pool, "bob", json!({ "email": "bob@example.com" })).await;
        let result = server.sign_in(&client, "alice@example.com").await;
        assert_eq!(claims(&result["AccessToken"])["username"], "alice");
        assert_eq!(claims(&result["IdToken"])["cognito:username"], "alice");
        let unverified = password_auth(&client, "bob@example.com", PASSWORD);
        let (code, _) = server.public().refused("InitiateAuth", unverified).await;
        assert_eq!(code, "UserNotFoundException");
    }

    async fn in_email_pools_the_user_name_is_the_sub(server) {
        // tokens §14, recorded
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        let sub = server.user(&pool, "alice@example.com", json!({})).await;
        for name in ["alice@example.com", &sub] {
            let result = server.sign_in(&client, name).await;
            let (access, id) = (claims(&result["AccessToken"]), claims(&result["IdToken"]));
            assert_eq!((&access["username"], &access["sub"]), (&json!(sub), &json!(sub)));
            assert_eq!((&id["cognito:username"], &id["email"]), (&json!(sub), &json!("alice@example.com")));
        }
    }

    async fn a_client_with_a_secret_asks_for_its_hash(server) {
        // recorded (authentication §4)
        let pool = server.pool(json!({})).await;
        let client = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let (id, secret) = (client["ClientId"].as_str().unwrap(), client["ClientSecret"].as_str().unwrap());
        server.user(&pool, "alice", json!({})).await;
        let sign_in = |hash: Option<String>| {
            let mut input = password_auth(id, "alice", PASSWORD);
            if let Some(hash) = hash {
                input["AuthParameters"]["SECRET_HASH"] = json!(hash);
            }
            input
        };
        let text = format!("Client {id} is configured with secret but SECRET_HASH was not received");
        assert_eq!(server.public().refused("InitiateAuth", sign_in(None)).await, not_authorized(&text));
        let text = format!("Unable to verify secret hash for client {id}");
        let wrong = sign_in(Some("invalid".to_owned()));
        assert_eq!(server.public().refused("InitiateAuth", wrong).await, not_authorized(&text));
        let other_name = poolhouse_crypto::secret_hash::compute(secret, "bob", id);
        assert_eq!(
            server.public().refused("InitiateAuth", sign_in(Some(other_name))).await,
            not_authorized(&text)
        );
        let right = poolhouse_crypto::secret_hash::compute(secret, "alice", id);
        server.public().ok("InitiateAuth", sign_in(Some(right))).await;
        let public = server.client(&pool, json!({})).await;
        let mut input = password_auth(&public, "alice", PASSWORD);
        input["AuthParameters"]["SECRET_HASH"] = json!("ignored");
        server.public().ok("InitiateAuth", input).await;
    }
}
