//! Answers to custom challenges are guesses of their own kind (authentication §6, ours).

use poolhouse_ports::InvokeError;
use poolhouse_testkit::{Outcome, SrpClient, TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::custom_auth::{answer, functions, password, start, start_by_srp};
use super::sign_in;

const FLOWS: [&str; 2] = ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"];

fn locked() -> (String, String) {
    refusal("NotAuthorizedException", "Password attempts exceeded")
}

/// A pool with the functions of [`functions`], alice in it, and a client.
async fn pool(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({ "LambdaConfig": functions(server) })).await;
    let client = server.client(&pool, json!({ "ExplicitAuthFlows": FLOWS })).await;
    server.user(&pool, "alice", json!({})).await;
    (pool, client)
}

async fn begin(server: &TestServer, client: &str) -> Value {
    server.public().ok("InitiateAuth", start(client, "alice")).await
}

/// Answers a challenge; the next one or the tokens.
async fn say(server: &TestServer, client: &str, challenge: &Value, word: &str) -> Value {
    server.public().ok("RespondToAuthChallenge", answer(client, challenge, word)).await
}

/// Begins as many sign-ins, and answers wrongly in each.
async fn err(server: &TestServer, client: &str, times: usize) {
    for _ in 0..times {
        say(server, client, &begin(server, client).await, "coffee").await;
    }
}

async fn wrong_passwords(server: &TestServer, client: &str) {
    let mut wrong = sign_in(client, "alice");
    wrong["AuthParameters"]["PASSWORD"] = json!("wrong");
    for _ in 0..5 {
        server.public().refused("InitiateAuth", wrong.clone()).await;
    }
    assert_eq!(server.public().refused("InitiateAuth", wrong).await, locked());
}

on_both! {
    async fn wrong_passwords_lock_no_custom_sign_in(server) {
        let (pool, client) = pool(server).await;
        let before = begin(server, &client).await;
        wrong_passwords(server, &client).await;
        for first in [before, begin(server, &client).await] {
            let second = say(server, &client, &first, "tea").await;
            let done = say(server, &client, &second, "tea").await;
            assert!(done["AuthenticationResult"]["IdToken"].is_string());
        }
        // Where the password comes first, it is one.
        let input = start_by_srp(&client, "alice", &SrpClient::new(&pool));
        assert_eq!(server.public().refused("InitiateAuth", input).await, locked());
    }

    async fn wrong_answers_lock_custom_sign_ins_alone(server) {
        let (_, client) = pool(server).await;
        let waiting = begin(server, &client).await;
        err(server, &client, 5).await;
        // During the lock no function is called, and nothing is used up.
        server.take_events();
        let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(refused, locked());
        for word in ["tea", "coffee"] {
            let input = answer(&client, &waiting, word);
            assert_eq!(server.public().refused("RespondToAuthChallenge", input).await, locked());
        }
        assert_eq!(server.take_sources(), [""; 0]);
        server.public().ok("InitiateAuth", sign_in(&client, "alice")).await;
        server.clock().advance_seconds(1);
        // A right answer is no proof yet; the tokens are.
        let second = say(server, &client, &waiting, "tea").await;
        err(server, &client, 1).await;
        let input = answer(&client, &second, "tea");
        assert_eq!(server.public().refused("RespondToAuthChallenge", input.clone()).await, locked());
        server.clock().advance_seconds(2);
        server.public().ok("RespondToAuthChallenge", input).await;
        err(server, &client, 5).await;
        let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(refused, locked());
    }

    // The functions see all answers of a sign-in, and decide how many it may have.
    async fn of_one_sign_in_the_first_wrong_answer_counts(server) {
        let (_, client) = pool(server).await;
        server.function("define", |event| event["response"]["challengeName"] = json!("CUSTOM_CHALLENGE"));
        let mut challenge = begin(server, &client).await;
        for _ in 0..8 {
            challenge = say(server, &client, &challenge, "not yet").await;
        }
        err(server, &client, 4).await;
        let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(refused, locked());
    }

    async fn many_answers_at_once_are_worth_no_more(server) {
        let (_, client) = pool(server).await;
        let mut sessions = Vec::new();
        for _ in 0..12 {
            sessions.push(begin(server, &client).await);
        }
        server.take_events();
        let public = server.public();
        let say = async |n: usize| {
            public.call("RespondToAuthChallenge", answer(&client, &sessions[n], "coffee")).await.is_ok()
        };
        for n in [0, 4, 8] {
            tokio::join!(say(n), say(n + 1), say(n + 2), say(n + 3));
        }
        let judged = server.take_sources().into_iter().filter(|source| source.starts_with("Verify"));
        assert_eq!(judged.count(), 5);
    }

    // Neither who cannot be told from nobody is, nor when.
    async fn nobody_is_locked_out_alike(server) {
        let (pool, _) = pool(server).await;
        let settings = json!({ "ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED" });
        let client = server.client(&pool, settings).await;
        for name in ["alice", "nobody"] {
            for _ in 0..5 {
                let first = server.public().ok("InitiateAuth", start(&client, name)).await;
                let mut input = answer(&client, &first, "coffee");
                input["ChallengeResponses"]["USERNAME"] = json!(name);
                server.public().ok("RespondToAuthChallenge", input).await;
            }
            let refused = server.public().refused("InitiateAuth", start(&client, name)).await;
            assert_eq!(refused, locked(), "{name}");
        }
    }

    // Who only knows a name must not lock out who has the password.
    async fn answers_behind_the_password_are_counted_apart(server) {
        let (pool, client) = pool(server).await;
        let srp = SrpClient::new(&pool);
        let proven = async || {
            let first = server.public().ok("InitiateAuth", start_by_srp(&client, "alice", &srp)).await;
            server.public().call("RespondToAuthChallenge", password(server, &client, &first, &srp)).await
        };
        err(server, &client, 5).await;
        let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(refused, locked());
        for _ in 0..5 {
            let challenge = proven().await.unwrap();
            say(server, &client, &challenge, "coffee").await;
        }
        server.take_events();
        let refused = proven().await.unwrap_err();
        assert_eq!((refused.code, refused.message), locked());
        let sources = server.take_sources();
        assert_eq!(sources, ["DefineAuthChallenge_Authentication"], "for the password, before it was proven");
    }

    // What the function says by failing counts; what it never said does not.
    async fn an_outage_of_the_function_is_nobodys_guess(server) {
        let (_, client) = pool(server).await;
        let fail = async |outcome: Outcome| {
            let challenge = begin(server, &client).await;
            server.function_with("verify", move |_| outcome.clone());
            server.public().refused("RespondToAuthChallenge", answer(&client, &challenge, "tea")).await;
        };
        for outage in [
            Outcome::Error(InvokeError::Refused("AccessDeniedException".to_owned())),
            Outcome::Error(InvokeError::Transport("10.0.0.1:80: refused".to_owned())),
            Outcome::Error(InvokeError::Died("Runtime exited".to_owned())),
            Outcome::Silence,
        ] {
            for _ in 0..2 {
                fail(outage.clone()).await;
            }
        }
        for _ in 0..5 {
            fail(Outcome::Error(InvokeError::Function("wrong".to_owned()))).await;
        }
        let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(refused, locked());
    }
}
