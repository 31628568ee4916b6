//! A database that can be read and not written takes no count of a guess
//! (docs/decisions/0031-guesses-that-are-owed.md).

use poolhouse_store::Kind;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

use super::factors::{App, prefer, wrong_code};
use super::guesses::{Guess, initiate, locked, pool, reachable, with_password};
use super::{at_once, incorrect, password_auth};

/// Has the database refuse counts, and nothing else.
async fn refuse_counts(server: &TestServer) {
    let store = server.engine().store();
    let sql = match store.kind() {
        Kind::Sqlite => {
            "CREATE TRIGGER refused BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        Kind::Postgres => "ALTER TABLE attempts ADD CONSTRAINT refused CHECK (false) NOT VALID",
    };
    store.run(sql).await.unwrap();
}

async fn take_counts_again(server: &TestServer) {
    let store = server.engine().store();
    let sql = match store.kind() {
        Kind::Sqlite => "DROP TRIGGER refused",
        Kind::Postgres => "ALTER TABLE attempts DROP CONSTRAINT refused",
    };
    store.run(sql).await.unwrap();
}

/// A wrong guess that is not counted is the last one that is looked at, until it is counted after all.
async fn is_owed(server: &TestServer, guess: Guess) {
    refuse_counts(server).await;
    let call =
        async |input: &serde_json::Value| server.public().refused(guess.operation, input.clone()).await;
    let failed = call(&guess.wrong).await;
    assert_eq!(failed.0, "InternalErrorException");
    let jobs = server.engine().crypto().begun();
    for input in [&guess.right, &guess.wrong, &guess.right] {
        assert_eq!(call(input).await, failed);
    }
    assert_eq!(server.engine().crypto().begun(), jobs, "nothing was compared");
    take_counts_again(server).await;
    for _ in 0..4 {
        assert_ne!(call(&guess.wrong).await, locked());
    }
    assert_eq!(call(&guess.right).await, locked(), "the first of five was counted, too");
    server.clock().advance_seconds(1);
    server.public().ok(guess.operation, guess.right.clone()).await;
}

on_both! {
    async fn one_password_is_told_and_no_more(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        server.user(&pool, "bob", json!({})).await;
        is_owed(server, Guess::password(&client)).await;
        is_owed(server, Guess::chosen_password(&client)).await;
        let guess = Guess::srp(server, &pool, &client).await;
        is_owed(server, guess).await;
        // Who has guessed nothing wrong signs in as ever, for that writes nothing.
        refuse_counts(server).await;
        server.public().ok("InitiateAuth", password_auth(&client, "bob", TestServer::PASSWORD)).await;
    }

    async fn one_code_is_told_and_no_more(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        let app = App::register(server, &client, "alice", None).await;
        let given = initiate(server, &client, "EMAIL_OTP").await;
        is_owed(server, Guess::sent(server, &client, &given, "EMAIL_OTP_CODE")).await;
        prefer(server, &pool, "alice", "SMSMfaSettings").await;
        let given = with_password(server, &client).await;
        is_owed(server, Guess::sent(server, &client, &given, "SMS_MFA_CODE")).await;
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let given = with_password(server, &client).await;
        let right = app.code(server, 1);
        is_owed(server, Guess::code(&client, &given, "SOFTWARE_TOKEN_MFA_CODE", &right)).await;
    }

    async fn one_first_code_of_a_token_is_told_and_no_more(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let secret = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let code = App::new(&secret["SecretCode"]).code(server, 0);
        let of = |code: &str| json!({ "AccessToken": token, "UserCode": code });
        let (right, wrong) = (of(&code), of(&wrong_code(&code)));
        is_owed(server, Guess { operation: "VerifySoftwareToken", right, wrong }).await;
    }

    async fn nobody_is_looked_at_no_more_often(server) {
        let (pool, _) = pool(server).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        refuse_counts(server).await;
        let wrong = password_auth(&client, "nobody", "wrong");
        let (code, _) = server.public().refused("InitiateAuth", wrong.clone()).await;
        assert_eq!(code, "InternalErrorException");
        let jobs = server.engine().crypto().begun();
        server.public().refused("InitiateAuth", wrong.clone()).await;
        assert_eq!(server.engine().crypto().begun(), jobs);
        take_counts_again(server).await;
        for _ in 0..4 {
            assert_eq!(server.public().refused("InitiateAuth", wrong.clone()).await, incorrect());
        }
        assert_eq!(server.public().refused("InitiateAuth", wrong).await, locked());
    }

    async fn many_at_once_are_worth_no_more(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", json!({})).await;
        refuse_counts(server).await;
        let guess = Guess::password(&client);
        let jobs = server.engine().crypto().begun();
        let guesses = (0..8).map(|_| guess.refused(server));
        assert!(at_once(guesses).await.iter().all(|(code, _)| code == "InternalErrorException"));
        assert_eq!(server.engine().crypto().begun() - jobs, 1);
    }

    // Where the other directory compares, as where we do.
    async fn one_password_of_another_directory_is_told_and_no_more(server) {
        let function = server.failing_function("directory", "no");
        let pool = server.pool(json!({ "LambdaConfig": { "UserMigration": function } })).await;
        let client = server.client(&pool, json!({})).await;
        refuse_counts(server).await;
        for _ in 0..3 {
            let wrong = password_auth(&client, "eve", "wrong");
            let (code, _) = server.public().refused("InitiateAuth", wrong).await;
            assert_eq!(code, "InternalErrorException");
        }
        assert_eq!(server.take_sources(), ["UserMigration_Authentication"]);
    }
}
