//! Users who bring along a password that another system hashed (docs/cognito/new-operations.md §14).

use poolhouse_testkit::{SrpClient, TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{end, file, import, person, pool, user};

/// `Correct-Horse-7`, but for the second, which is `password`.
const HASHES: [(&str, &str, &str); 5] = [
    ("BCRYPT", "$2b$04$abcdefghijklmnopqrstuuIhSHOYW62MYzOCiBO1FrAHfyr5D9TxS", TestServer::PASSWORD),
    (
        "ARGON2ID",
        "$argon2id$v=19$m=65536\\,t=2\\,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "password",
    ),
    (
        "SCRYPT",
        "$scrypt$ln=10\\,r=8\\,p=1$c29tZXNhbHQ$AI2K3ukCM3WjxMiFycAP2sHTZdGofyFvbqh7DwZd1NA",
        TestServer::PASSWORD,
    ),
    (
        "PBKDF2_SHA256",
        "$pbkdf2-sha256$i=1000$c29tZXNhbHQ$UqY+D+O0oSbvUHzj+W3JlCKxdK8hm6Twb58q/oy9i4M",
        TestServer::PASSWORD,
    ),
    (
        "PBKDF2_SHA256",
        "pbkdf2_sha256$1000$somesalt$UqY+D+O0oSbvUHzj+W3JlCKxdK8hm6Twb58q/oy9i4M=",
        TestServer::PASSWORD,
    ),
];

fn by_password(client: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
    })
}

/// Signs in by SRP; `None` when the proof is wrong.
async fn by_srp(server: &TestServer, pool: &str, client: &str, password: &str) -> Option<Value> {
    let srp = SrpClient::new(pool);
    let input = json!({
        "AuthFlow": "USER_SRP_AUTH", "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
    });
    let challenge = server.public().ok("InitiateAuth", input).await["ChallengeParameters"].clone();
    let answer = json!({
        "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": srp.answer(&challenge, password, server.now()),
    });
    let answer = server.public().call("RespondToAuthChallenge", answer).await;
    answer.ok().map(|answer| answer["AuthenticationResult"].clone())
}

/// A pool with a client, and `alice` of a hash.
async fn alice(server: &TestServer, algorithm: &str, hash: &str) -> (String, String) {
    let pool = pool(server).await;
    let client = server.client(&pool, json!({})).await;
    let alice = [&person("alice", "alice@example.com")[..], &[("cognito:password_hash", hash)]].concat();
    let made = file(server, &pool, &[&alice]).await;
    let job = import(server, &pool, &made, json!({ "PasswordHashingAlgorithm": algorithm })).await;
    assert_eq!(end(&job), ("Succeeded", 1, 0, 0), "{algorithm}");
    (pool, client)
}

on_both! {
    async fn a_password_is_good_by_its_hash_and_then_by_srp(server) {
        let wrong = refusal("NotAuthorizedException", "Incorrect username or password.");
        for (algorithm, hash, password) in HASHES {
            let (pool, client) = alice(server, algorithm, hash).await;
            let imported = user(server, &pool, "alice").await;
            assert_eq!(imported["UserStatus"], "CONFIRMED");
            assert!(by_srp(server, &pool, &client, password).await.is_none(), "{algorithm}");
            let refused = server.public().refused("InitiateAuth", by_password(&client, "Wrong-Horse-7")).await;
            assert_eq!(refused, wrong);
            let answer = server.public().ok("InitiateAuth", by_password(&client, password)).await;
            let access = &answer["AuthenticationResult"]["AccessToken"];
            assert_eq!(claims(access)["username"], "alice", "{algorithm}");
            // From now on as if the password had been set here.
            assert!(by_srp(server, &pool, &client, password).await.is_some(), "{algorithm}");
            let refused = server.public().refused("InitiateAuth", by_password(&client, "Wrong-Horse-7")).await;
            assert_eq!(refused, wrong);
            let signed_in = user(server, &pool, "alice").await;
            assert_eq!(signed_in["UserLastModifiedDate"], imported["UserLastModifiedDate"]);
        }
    }

    async fn a_password_is_good_as_a_choice(server) {
        let (algorithm, hash, password) = HASHES[0];
        let (pool, _) = alice(server, algorithm, hash).await;
        let client = server.client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let input = json!({
            "AuthFlow": "USER_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password },
        });
        let answer = server.public().ok("InitiateAuth", input).await;
        assert!(answer["AuthenticationResult"]["AccessToken"].is_string());
        let client = server.client(&pool, json!({})).await;
        assert!(by_srp(server, &pool, &client, password).await.is_some());
    }

    async fn wrong_guesses_lock_as_they_do_everybody(server) {
        let (algorithm, hash, password) = HASHES[0];
        let (_, client) = alice(server, algorithm, hash).await;
        for _ in 0..5 {
            server.public().refused("InitiateAuth", by_password(&client, "Wrong-Horse-7")).await;
        }
        let locked = refusal("NotAuthorizedException", "Password attempts exceeded");
        assert_eq!(server.public().refused("InitiateAuth", by_password(&client, password)).await, locked);
    }

    async fn another_password_takes_its_place(server) {
        let (algorithm, hash, password) = HASHES[0];
        let (pool, client) = alice(server, algorithm, hash).await;
        let input = json!({ "UserPoolId": pool, "Username": "alice", "Password": "Other-Horse-8", "Permanent": true });
        server.admin().ok("AdminSetUserPassword", input).await;
        server.public().refused("InitiateAuth", by_password(&client, password)).await;
        server.public().ok("InitiateAuth", by_password(&client, "Other-Horse-8")).await;

        let (_, client) = alice(server, algorithm, hash).await;
        let answer = server.public().ok("InitiateAuth", by_password(&client, password)).await;
        let input = json!({
            "AccessToken": answer["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": password, "ProposedPassword": "Other-Horse-8",
        });
        server.public().ok("ChangePassword", input).await;
        server.public().ok("InitiateAuth", by_password(&client, "Other-Horse-8")).await;
    }

    async fn hashes_are_held_to_the_algorithm_of_the_job(server) {
        let pool = pool(server).await;
        let (_, bcrypt, _) = HASHES[0];
        let hashes = ["", bcrypt, HASHES[2].1, "$2b$15$abcdefghijklmnopqrstuuIhSHOYW62MYzOCiBO1FrAHfyr5D9TxS", "x"];
        let names = ["none", "good", "other", "dear", "no"];
        let people: Vec<_> = names.iter().zip(hashes).map(|(name, hash)| {
            let [username, _, verified] = person(name, "");
            [username, ("email", "a@example.com"), verified, ("cognito:password_hash", hash)]
        }).collect();
        let people: Vec<_> = people.iter().map(|person| &person[..]).collect();
        let made = file(server, &pool, &people).await;
        let job = import(server, &pool, &made, json!({ "PasswordHashingAlgorithm": "BCRYPT" })).await;
        assert_eq!(end(&job), ("Succeeded", 2, 0, 3));
        assert_eq!(user(server, &pool, "none").await["UserStatus"], "RESET_REQUIRED");
        assert_eq!(user(server, &pool, "good").await["UserStatus"], "CONFIRMED");
        // Without the column, nobody has a password.
        let made = file(server, &pool, &[&person("bob", "bob@example.com")]).await;
        let job = import(server, &pool, &made, json!({ "PasswordHashingAlgorithm": "SCRYPT" })).await;
        assert_eq!(end(&job), ("Succeeded", 1, 0, 0));
        assert_eq!(user(server, &pool, "bob").await["UserStatus"], "RESET_REQUIRED");
    }
}
