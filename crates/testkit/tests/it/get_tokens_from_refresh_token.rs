//! GetTokensFromRefreshToken without rotation: docs/cognito/tokens.md §9.3, protocol §7.1.

use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::{Value, json};

async fn get(
    server: &TestServer,
    client: &str,
    secret: Option<&str>,
    token: &Value,
) -> Result<Value, (String, String)> {
    let input = json!({ "ClientId": client, "ClientSecret": secret, "RefreshToken": token });
    let answer = server.public().call("GetTokensFromRefreshToken", input).await;
    answer.map_err(|error| (error.code, error.message))
}

fn refusal(code: &str, message: &str) -> Result<Value, (String, String)> {
    Err((code.to_owned(), message.to_owned()))
}

on_both! {
    async fn the_answer_is_new_tokens_alone_and_the_sign_in_stays_the_same(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let first = server.sign_in(&client, "alice").await;
        server.clock().advance_seconds(60);
        // A client without a secret ignores one (recorded).
        for secret in [None, Some("no_secret_of_this_client_at_all")] {
            let answer = get(server, &client, secret, &first["RefreshToken"]).await.unwrap();
            assert_eq!(answer.as_object().unwrap().len(), 1);
            let result = answer["AuthenticationResult"].as_object().unwrap();
            let mut members: Vec<_> = result.keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["AccessToken", "ExpiresIn", "IdToken", "TokenType"]);
            let (old, new) = (claims(&first["AccessToken"]), claims(&result["AccessToken"]));
            for same in ["sub", "origin_jti", "event_id", "auth_time"] {
                assert_eq!(new[same], old[same], "{same}");
            }
            assert_ne!(new["jti"], old["jti"]);
            assert_eq!(new["iat"].as_i64().unwrap(), old["iat"].as_i64().unwrap() + 60);
        }
    }

    async fn a_confidential_client_proves_itself_by_its_plain_secret(server) {
        let pool = server.pool(json!({})).await;
        let record = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let (client, secret) = (record["ClientId"].as_str().unwrap(), record["ClientSecret"].as_str().unwrap());
        let token = json!("eyJ.not.a.token");
        assert_eq!(
            get(server, client, None, &token).await,
            refusal(
                "NotAuthorizedException",
                &format!("Client {client} is configured for secret but secret was not received")
            )
        );
        let wrong = "w".repeat(30);
        assert_eq!(
            get(server, client, Some(&wrong), &token).await,
            refusal("NotAuthorizedException", &format!("Unable to verify secret hash for client {client}"))
        );
        assert_eq!(
            get(server, client, Some(secret), &token).await,
            refusal("NotAuthorizedException", "Invalid Refresh Token")
        );
    }

    async fn foreign_and_revoked_tokens_are_refused(server) {
        let pool = server.pool(json!({})).await;
        let (client, other) = (server.client(&pool, json!({})).await, server.client(&pool, json!({})).await);
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["RefreshToken"].clone();
        assert_eq!(
            get(server, &other, None, &token).await,
            refusal("NotAuthorizedException", "Refresh Token has different Client")
        );
        assert_eq!(
            get(server, "absentclient", None, &token).await,
            refusal("ResourceNotFoundException", "User pool client absentclient does not exist.")
        );
        server.public().ok("RevokeToken", json!({ "ClientId": client, "Token": token })).await;
        assert_eq!(
            get(server, &client, None, &token).await,
            refusal("NotAuthorizedException", "Refresh Token has been revoked")
        );
    }
}
