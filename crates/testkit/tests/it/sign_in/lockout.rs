//! Wrong passwords lock a user out (docs/cognito/authentication.md §6).

use poolhouse_testkit::{SrpClient, TestServer, on_both};
use serde_json::json;

use super::{answer, at_once, incorrect, not_authorized, password_auth};

async fn try_password(server: &TestServer, client: &str, name: &str, password: &str) -> (String, String) {
    match server.public().call("InitiateAuth", password_auth(client, name, password)).await {
        Ok(_) => ("in".to_owned(), String::new()),
        Err(error) => (error.code, error.message),
    }
}

fn locked() -> (String, String) {
    not_authorized("Password attempts exceeded")
}

fn signed_in() -> (String, String) {
    ("in".to_owned(), String::new())
}

on_both! {
    async fn the_fifth_failure_locks_for_a_second_and_each_next_one_twice_as_long(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for _ in 0..5 {
            assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
        }
        let mut lock = 1000;
        for _ in 6..=9 {
            // Neither a right nor a wrong password counts or prolongs while the lock lasts.
            server.clock().advance_millis(lock - 1);
            assert_eq!(try_password(server, &client, "alice", TestServer::PASSWORD).await, locked());
            assert_eq!(try_password(server, &client, "alice", "wrong").await, locked());
            server.clock().advance_millis(1);
            assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
            lock *= 2;
        }
        server.clock().advance_millis(lock);
        assert_eq!(try_password(server, &client, "alice", TestServer::PASSWORD).await, signed_in());
        // A right password begins the count anew.
        for _ in 0..5 {
            assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
        }
        assert_eq!(try_password(server, &client, "alice", "wrong").await, locked());
    }

    async fn failures_are_forgotten_after_a_quarter_of_an_hour(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for _ in 0..4 {
            try_password(server, &client, "alice", "wrong").await;
        }
        server.clock().advance_seconds(15 * 60);
        for _ in 0..5 {
            assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
        }
        assert_eq!(try_password(server, &client, "alice", "wrong").await, locked());
    }

    async fn the_end_of_the_longest_lock_is_no_new_beginning(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        // Each as soon as the lock before it has ended; the last one locks for a quarter of an hour.
        for count in 1..=15 {
            assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
            server.clock().advance_seconds(if count < 5 { 0 } else { 1 << (count - 5_u32).min(9) });
        }
        server.clock().advance_seconds(15 * 60 - 512);
        assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
        server.clock().advance_seconds(15 * 60 - 1);
        assert_eq!(try_password(server, &client, "alice", "wrong").await, locked());
        // Half of fifteen is left after another quarter of an hour: the next one is the eighth.
        server.clock().advance_seconds(15 * 60 + 1);
        assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
        server.clock().advance_seconds(7);
        assert_eq!(try_password(server, &client, "alice", "wrong").await, locked());
        // An hour after a lock nothing is left.
        server.clock().advance_seconds(1 + 60 * 60);
        for _ in 0..5 {
            assert_eq!(try_password(server, &client, "alice", "wrong").await, incorrect());
        }
        assert_eq!(try_password(server, &client, "alice", "wrong").await, locked());
    }

    async fn the_count_belongs_to_the_user_whatever_the_way_in(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({})).await;
        let other_client = server.client(&pool, json!({})).await;
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
        server.user(&pool, "alice", attributes).await;
        server.user(&pool, "bob", json!({})).await;
        for name in ["alice", "alice@example.com", "alice", "alice"] {
            assert_eq!(try_password(server, &client, name, "wrong").await, incorrect());
        }
        let srp = SrpClient::new(&pool);
        let start = json!({
            "ClientId": other_client,
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", start.clone()).await["ChallengeParameters"].clone();
        let respond = |password| {
            let responses = srp.answer(&challenge, password, server.now());
            answer(&other_client, "PASSWORD_VERIFIER", &json!(null), responses)
        };
        assert_eq!(server.public().refused("RespondToAuthChallenge", respond("wrong")).await, incorrect());
        let right = respond(TestServer::PASSWORD);
        assert_eq!(server.public().refused("RespondToAuthChallenge", right.clone()).await, locked());
        assert_eq!(server.public().refused("InitiateAuth", start).await, locked());
        let admin = json!({
            "UserPoolId": pool,
            "ClientId": client,
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        assert_eq!(server.admin().refused("AdminInitiateAuth", admin).await, locked());
        assert_eq!(try_password(server, &client, "bob", TestServer::PASSWORD).await, signed_in());
        server.clock().advance_seconds(1);
        server.public().ok("RespondToAuthChallenge", right).await;
    }

    async fn hidden_missing_users_are_locked_out_alike(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        for _ in 0..5 {
            assert_eq!(try_password(server, &client, "nobody", "wrong").await, incorrect());
        }
        assert_eq!(try_password(server, &client, "nobody", "wrong").await, locked());
        assert_eq!(try_password(server, &client, "nobody2", "wrong").await, incorrect());
        server.clock().advance_seconds(1);
        assert_eq!(try_password(server, &client, "nobody", "wrong").await, incorrect());
    }

    async fn what_is_no_guess_does_not_count(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let (id, secret) = (client["ClientId"].as_str().unwrap(), client["ClientSecret"].as_str().unwrap());
        server.user(&pool, "alice", json!({})).await;
        for _ in 0..6 {
            let mut input = password_auth(id, "alice", "wrong");
            input["AuthParameters"]["SECRET_HASH"] = json!("wrong");
            let (_, text) = server.public().refused("InitiateAuth", input).await;
            assert!(text.starts_with("Unable to verify secret hash"), "{text}");
        }
        let mut input = password_auth(id, "alice", TestServer::PASSWORD);
        input["AuthParameters"]["SECRET_HASH"] = json!(poolhouse_crypto::secret_hash::compute(secret, "alice", id));
        server.public().ok("InitiateAuth", input).await;
    }

    async fn guesses_made_at_once_get_no_further(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let guesses = (0..12).map(|n| {
            let password = if n == 11 { TestServer::PASSWORD.to_owned() } else { format!("wrong{n}") };
            let client = client.clone();
            async move { try_password(server, &client, "alice", &password).await }
        });
        let mut told = 0;
        for answer in at_once(guesses).await {
            if answer == incorrect() {
                told += 1;
            } else {
                // There are eight places.
                let turned_away = ("TooManyRequestsException".to_owned(), "Rate exceeded".to_owned());
                assert!([locked(), signed_in(), turned_away].contains(&answer), "{answer:?}");
            }
        }
        assert!(told <= 9, "four before the right one, and five more after it: {told}");
    }
}
