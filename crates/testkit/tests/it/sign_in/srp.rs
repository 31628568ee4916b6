//! USER_SRP_AUTH and PASSWORD_VERIFIER (docs/cognito/authentication.md §8).

use poolhouse_ports::Timestamp;
use poolhouse_testkit::{SrpClient, TestServer, claims, on_both};
use serde_json::{Value, json};

use super::{answer, incorrect, invalid_parameter, not_authorized};

fn start(client: &str, username: &str, srp_a: &str) -> Value {
    json!({
        "ClientId": client,
        "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": { "USERNAME": username, "SRP_A": srp_a },
    })
}

fn proof(client: &str, responses: Value) -> Value {
    answer(client, "PASSWORD_VERIFIER", &Value::Null, responses)
}

/// The challenge's parameters for `username`.
async fn challenge(server: &TestServer, client: &str, username: &str, srp: &SrpClient) -> Value {
    let output = server.public().ok("InitiateAuth", start(client, username, &srp.srp_a())).await;
    assert_eq!(output["ChallengeName"], "PASSWORD_VERIFIER");
    output["ChallengeParameters"].clone()
}

on_both! {
    async fn a_password_is_proven_without_being_sent(server) {
        // recorded: no Session member
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let output = server.public().ok("InitiateAuth", start(&client, "alice", &srp.srp_a())).await;
        let names: Vec<_> = output.as_object().unwrap().keys().collect();
        assert_eq!(names, ["ChallengeName", "ChallengeParameters"]);
        let parameters = &output["ChallengeParameters"];
        let names: Vec<_> = parameters.as_object().unwrap().keys().collect();
        assert_eq!(names, ["SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"]);
        assert_eq!((&parameters["USERNAME"], &parameters["USER_ID_FOR_SRP"]), (&json!("alice"), &json!("alice")));
        let responses = srp.answer(parameters, TestServer::PASSWORD, server.now());
        let output = server.public().ok("RespondToAuthChallenge", proof(&client, responses)).await;
        assert_eq!(claims(&output["AuthenticationResult"]["AccessToken"])["username"], "alice");
        assert_eq!(output["ChallengeParameters"], json!({}));
    }

    async fn both_doors_lead_to_the_same_challenge(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let mut input = start(&client, "alice", &srp.srp_a());
        input["UserPoolId"] = json!(pool);
        let output = server.admin().ok("AdminInitiateAuth", input).await;
        let responses = srp.answer(&output["ChallengeParameters"], TestServer::PASSWORD, server.now());
        server.public().ok("RespondToAuthChallenge", proof(&client, responses)).await;

        let parameters = challenge(server, &client, "alice", &srp).await;
        let mut input = proof(&client, srp.answer(&parameters, TestServer::PASSWORD, server.now()));
        input["UserPoolId"] = json!(pool);
        server.admin().ok("AdminRespondToAuthChallenge", input).await;
    }

    async fn an_alias_is_proven_under_the_real_name(server) {
        // authentication §8.2 and §1.2: the answer may name the alias, the user or the sub
        let pool = server.pool(json!({
            "AliasAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false },
        })).await;
        let client = server.client(&pool, json!({})).await;
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
        let sub = server.user(&pool, "Alice", attributes).await;
        server.user(&pool, "bob", json!({})).await;
        let srp = SrpClient::new(&pool);
        for name in ["alice@example.com", "ALICE", "alice", &sub] {
            let parameters = challenge(server, &client, "Alice@Example.com", &srp).await;
            assert_eq!(parameters["USER_ID_FOR_SRP"], "Alice");
            let mut responses = srp.answer(&parameters, TestServer::PASSWORD, server.now());
            responses["USERNAME"] = json!(name);
            server.public().ok("RespondToAuthChallenge", proof(&client, responses)).await;
        }
        let parameters = challenge(server, &client, "Alice", &srp).await;
        let mut responses = srp.answer(&parameters, TestServer::PASSWORD, server.now());
        responses["USERNAME"] = json!("bob");
        assert_eq!(server.public().refused("RespondToAuthChallenge", proof(&client, responses)).await, incorrect());
    }

    async fn a_secret_block_is_good_once_for_its_client_and_pool_only(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let other_client = server.client(&pool, json!({})).await;
        let other_pool = server.pool(json!({})).await;
        let foreign = server.client(&other_pool, json!({})).await;
        for pool in [&pool, &other_pool] {
            server.user(pool, "alice", json!({})).await;
        }
        let srp = SrpClient::new(&pool);
        let parameters = challenge(server, &client, "alice", &srp).await;
        let responses = srp.answer(&parameters, TestServer::PASSWORD, server.now());
        for client in [&other_client, &foreign] {
            let input = proof(client, responses.clone());
            assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, incorrect());
        }
        // A wrong proof does not use the block up.
        let wrong = srp.answer(&parameters, "wrong", server.now());
        assert_eq!(server.public().refused("RespondToAuthChallenge", proof(&client, wrong)).await, incorrect());
        let input = proof(&client, responses);
        server.public().ok("RespondToAuthChallenge", input.clone()).await;
        assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, incorrect());
    }

    async fn a_secret_block_lives_as_long_as_a_session(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({ "AuthSessionValidity": 5 })).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        for (seconds, good) in [(299, true), (300, false)] {
            let parameters = challenge(server, &client, "alice", &srp).await;
            server.clock().advance_seconds(seconds);
            let input = proof(&client, srp.answer(&parameters, TestServer::PASSWORD, server.now()));
            let output = server.public().call("RespondToAuthChallenge", input).await;
            assert_eq!(output.is_ok(), good, "after {seconds} seconds");
        }
    }

    async fn a_used_block_stays_used_when_sessions_become_longer(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({ "AuthSessionValidity": 3 })).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let parameters = challenge(server, &client, "alice", &srp).await;
        let longer = json!({ "UserPoolId": pool, "ClientId": client, "AuthSessionValidity": 15 });
        server.admin().ok("UpdateUserPoolClient", longer).await;
        server.clock().advance_seconds(180);
        let input = proof(&client, srp.answer(&parameters, TestServer::PASSWORD, server.now()));
        assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, incorrect());
    }

    async fn altered_answers_fail(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let parameters = challenge(server, &client, "alice", &srp).await;
        let good = srp.answer(&parameters, TestServer::PASSWORD, server.now());
        let flip = |name: &str| {
            let mut text = good[name].as_str().unwrap().to_owned().into_bytes();
            text[10] = if text[10] == b'A' { b'B' } else { b'A' };
            String::from_utf8(text).unwrap()
        };
        let cases = [
            ("PASSWORD_CLAIM_SIGNATURE", flip("PASSWORD_CLAIM_SIGNATURE")),
            ("PASSWORD_CLAIM_SIGNATURE", "not base64!".to_owned()),
            ("PASSWORD_CLAIM_SECRET_BLOCK", flip("PASSWORD_CLAIM_SECRET_BLOCK")),
            ("PASSWORD_CLAIM_SECRET_BLOCK", "AAAA".to_owned()),
        ];
        for (name, value) in cases {
            let mut responses = good.clone();
            responses[name] = json!(value);
            let answer = server.public().refused("RespondToAuthChallenge", proof(&client, responses)).await;
            assert_eq!(answer, incorrect(), "{name}");
        }
        for name in ["USERNAME", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP"] {
            let mut responses = good.clone();
            responses.as_object_mut().unwrap().remove(name);
            let answer = server.public().refused("RespondToAuthChallenge", proof(&client, responses)).await;
            assert_eq!(answer, invalid_parameter(&format!("Missing required parameter {name}")));
        }
        // Whatever else was left in from other steps is ignored (authentication §1.2).
        let mut responses = good;
        responses["SRP_A"] = json!(srp.srp_a());
        server.public().ok("RespondToAuthChallenge", proof(&client, responses)).await;
    }

    async fn the_clients_clock_may_be_a_day_off(server) {
        // docs/decisions/0025: the block says how fresh a claim is. A Go library much in use writes a 12-hour clock.
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let (half, day) = (12 * 60 * 60, 24 * 60 * 60);
        for (off, good) in [(-day - 1, false), (-day, true), (-half, true), (half, true), (day, true), (day + 1, false)] {
            let parameters = challenge(server, &client, "alice", &srp).await;
            let stamp = Timestamp::from_seconds(server.now().seconds() + off);
            let input = proof(&client, srp.answer(&parameters, TestServer::PASSWORD, stamp));
            let output = server.public().call("RespondToAuthChallenge", input).await;
            let answer = output.map(drop).map_err(|refused| (refused.code, refused.message));
            assert_eq!(answer, if good { Ok(()) } else { Err(incorrect()) }, "{off} seconds off");
        }
    }

    // authentication §8.3: the text of the first refusal is observed; that the others are wrong proofs is
    // recorded
    async fn the_time_must_have_its_form(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let srp = SrpClient::new(&pool);
        let parameters = challenge(server, &client, "alice", &srp).await;
        let good = srp.answer(&parameters, TestServer::PASSWORD, server.now());
        let form = invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
        let cases = [
            ("tir. jan. 1 00:00:00 UTC 2030", &form),
            ("Tue Jan 1 24:00:00 UTC 2030", &form),
            ("2030-01-01T00:00:00Z", &form),
            ("Tue Jan 1 00:00:00 +0000 2030", &form),
            ("Tue Jan 1 00:00:00 UTC", &form),
            ("Tue Jan 01 00:00:00 UTC 2030", &incorrect()),
            ("Wed Jan 1 00:00:00 UTC 2030", &incorrect()),
        ];
        for (text, expected) in cases {
            let mut responses = good.clone();
            responses["TIMESTAMP"] = json!(text);
            let mut input = proof(&client, responses);
            assert_eq!(&server.public().refused("RespondToAuthChallenge", input.clone()).await, expected, "{text}");
            input["UserPoolId"] = json!(pool);
            assert_eq!(&server.admin().refused("AdminRespondToAuthChallenge", input).await, expected, "{text}");
        }
        // None of them used the challenge up, or counted as a wrong password.
        server.public().ok("RespondToAuthChallenge", proof(&client, good)).await;
    }

    async fn odd_public_values(server) {
        // authentication §8.2: a challenge is answered even to zero (recorded), and never won
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for srp_a in ["0", "2"] {
            let output = server.public().ok("InitiateAuth", start(&client, "alice", srp_a)).await;
            assert_eq!(output["ChallengeName"], "PASSWORD_VERIFIER");
        }
        for srp_a in ["xyz", "-2", &"f".repeat(1025)] {
            let answer = server.public().refused("InitiateAuth", start(&client, "alice", srp_a)).await;
            assert_eq!(answer, invalid_parameter("Invalid SRP_A"));
        }
    }

    async fn a_missing_user_meets_a_challenge_that_nobody_wins(server) {
        // authentication §8.6, recorded
        let pool = server.pool(json!({})).await;
        let tells = server.client(&pool, json!({})).await;
        let hides = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        server.user(&pool, "aliceX", json!({})).await;
        let srp = SrpClient::new(&pool);
        let answer = server.public().refused("InitiateAuth", start(&tells, "nobody", &srp.srp_a())).await;
        assert_eq!(answer, ("UserNotFoundException".to_owned(), "User does not exist.".to_owned()));

        let first = challenge(server, &hides, "nobody", &srp).await;
        let second = challenge(server, &hides, "nobody", &srp).await;
        let other = challenge(server, &hides, "noone!", &srp).await;
        assert_eq!(first["SALT"], second["SALT"]);
        assert_ne!(first["SALT"], other["SALT"]);
        assert_ne!(first["SRP_B"], second["SRP_B"]);
        assert_eq!((&first["USERNAME"], &first["USER_ID_FOR_SRP"]), (&json!("nobody"), &json!("nobody")));
        let real = challenge(server, &hides, "aliceX", &srp).await;
        let length = |p: &Value| p["SECRET_BLOCK"].as_str().unwrap().len();
        assert_eq!(length(&first), length(&real));
        let input = proof(&hides, srp.answer(&first, TestServer::PASSWORD, server.now()));
        assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, incorrect());
    }

    async fn in_email_pools_a_missing_user_has_a_made_up_sub(server) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let srp = SrpClient::new(&pool);
        let first = challenge(server, &client, "nobody@example.com", &srp).await;
        let second = challenge(server, &client, "nobody@example.com", &srp).await;
        let name = first["USER_ID_FOR_SRP"].as_str().unwrap();
        assert_eq!(name.len(), 36);
        assert_eq!(second["USER_ID_FOR_SRP"], name);
    }

    async fn what_happened_between_the_calls_counts(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let srp = SrpClient::new(&pool);
        let name = json!({ "UserPoolId": pool, "Username": "alice" });
        let respond = async |parameters: &Value| {
            let input = proof(&client, srp.answer(parameters, TestServer::PASSWORD, server.now()));
            server.public().refused("RespondToAuthChallenge", input).await
        };
        server.user(&pool, "alice", json!({})).await;
        let parameters = challenge(server, &client, "alice", &srp).await;
        server.admin().ok("AdminDisableUser", name.clone()).await;
        assert_eq!(respond(&parameters).await, not_authorized("User is disabled."));
        server.admin().ok("AdminEnableUser", name.clone()).await;
        let mut password = name.clone();
        password["Password"] = json!("Another-Horse-8");
        password["Permanent"] = json!(true);
        server.admin().ok("AdminSetUserPassword", password).await;
        assert_eq!(respond(&parameters).await, incorrect());
        server.admin().ok("AdminDeleteUser", name).await;
        assert_eq!(respond(&parameters).await, incorrect());
    }

    async fn the_secret_hash_is_over_either_name(server) {
        // authentication §4, observed
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let record = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let (id, secret) = (record["ClientId"].as_str().unwrap(), record["ClientSecret"].as_str().unwrap());
        let hash = |name: &str| json!(poolhouse_crypto::secret_hash::compute(secret, name, id));
        let attributes = json!({ "email": "alice@example.com", "email_verified": "true" });
        server.user(&pool, "alice", attributes).await;
        let srp = SrpClient::new(&pool);
        for hashed in ["alice", "alice@example.com"] {
            let mut input = start(id, "alice@example.com", &srp.srp_a());
            input["AuthParameters"]["SECRET_HASH"] = hash("alice@example.com");
            let output = server.public().ok("InitiateAuth", input).await;
            let mut responses =
                srp.answer(&output["ChallengeParameters"], TestServer::PASSWORD, server.now());
            let text = format!("Client {id} is configured with secret but SECRET_HASH was not received");
            let input = proof(id, responses.clone());
            assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, not_authorized(&text));
            responses["SECRET_HASH"] = hash("bob");
            let text = format!("Unable to verify secret hash for client {id}");
            let input = proof(id, responses.clone());
            assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, not_authorized(&text));
            responses["SECRET_HASH"] = hash(hashed);
            server.public().ok("RespondToAuthChallenge", proof(id, responses)).await;
        }
    }
}
