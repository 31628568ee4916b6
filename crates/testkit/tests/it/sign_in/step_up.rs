//! Levels of assurance: TARGET_ACR_VALUES, ACCESS_TOKEN and MAX_AGE of USER_AUTH (docs/cognito/authentication.md §18,
//! docs/cognito/new-operations.md §9).

use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::{Value, json};

use super::factors::{App, pool_of_all_factors};
use super::{answer, invalid_parameter, not_authorized};

const LOA: [&str; 4] = ["urn:cognito:loa:1", "urn:cognito:loa:2", "urn:cognito:loa:3", "urn:cognito:loa:4"];

/// A client whose users choose how they sign in, in a pool where alice has an address and bob nothing.
async fn client(server: &TestServer) -> String {
    let pool = pool_of_all_factors(server, "OPTIONAL").await;
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let client = server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await;
    server.user(&pool, "alice", json!({ "email": "alice@example.com", "email_verified": "true" })).await;
    server.user(&pool, "bob", json!({})).await;
    client
}

/// A sign-in by choice with the password, and more parameters.
fn by_choice(client: &str, username: &str, more: Value) -> Value {
    let mut parameters = json!({
        "USERNAME": username, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": TestServer::PASSWORD,
    });
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "AuthFlow": "USER_AUTH", "ClientId": client, "AuthParameters": parameters })
}

/// Gives the code of a challenge.
fn with_code(client: &str, output: &Value, name: &str, code: &str) -> Value {
    assert_eq!(output["ChallengeName"], name, "{output}");
    let key = format!("{name}_CODE");
    answer(client, name, &output["Session"], json!({ "USERNAME": "alice", key: code }))
}

/// `acr` and `amr` of both tokens, which say the same.
fn assurance(result: &Value) -> (Value, Value) {
    let (id, access) = (claims(&result["IdToken"]), claims(&result["AccessToken"]));
    assert_eq!((&id["acr"], &id["amr"]), (&access["acr"], &access["amr"]));
    (id["acr"].clone(), id["amr"].clone())
}

on_both! {
    async fn a_level_is_reached_by_what_the_user_has(server) {
        let client = client(server).await;
        let app = App::register(server, &client, "alice", None).await;
        server.clock().advance_seconds(60);
        // The token is not turned on: without a level nothing asks for it.
        let input = by_choice(&client, "alice", json!({}));
        let plain = server.public().ok("InitiateAuth", input).await["AuthenticationResult"].clone();
        assert_eq!(assurance(&plain), (Value::Null, Value::Null));
        let asked = json!({ "TARGET_ACR_VALUES": format!("unknown {}", LOA[3]) });
        let output = server.public().ok("InitiateAuth", by_choice(&client, "alice", asked)).await;
        let input = with_code(&client, &output, "SOFTWARE_TOKEN_MFA", &app.code(server, 0));
        let result = server.public().ok("RespondToAuthChallenge", input).await["AuthenticationResult"].clone();
        let reached = (json!(LOA[3]), json!(["pwd", "otp", "mfa"]));
        assert_eq!(assurance(&result), reached);
        let refresh = json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client,
            "AuthParameters": { "REFRESH_TOKEN": result["RefreshToken"] },
        });
        let refreshed = server.public().ok("InitiateAuth", refresh).await["AuthenticationResult"].clone();
        assert_eq!(assurance(&refreshed), reached);
        // What others do not reach either is no way in.
        let asked = json!({ "TARGET_ACR_VALUES": LOA[3] });
        let refused = server.public().refused("InitiateAuth", by_choice(&client, "bob", asked)).await;
        assert_eq!(refused, not_authorized("The requested level of authentication cannot be reached."));
        let best = json!({ "TARGET_ACR_VALUES": format!("{} {}", LOA[3], LOA[0]) });
        let output = server.public().ok("InitiateAuth", by_choice(&client, "bob", best)).await;
        assert_eq!(assurance(&output["AuthenticationResult"]), (json!(LOA[0]), json!(["pwd"])));
    }

    async fn what_an_access_token_proves_is_not_asked_again(server) {
        let client = client(server).await;
        let first = by_choice(&client, "alice", json!({ "TARGET_ACR_VALUES": LOA[0] }));
        let first = server.public().ok("InitiateAuth", first).await["AuthenticationResult"].clone();
        server.clock().advance_seconds(100);
        let step_up = |more: Value| {
            let mut parameters = json!({
                "USERNAME": "alice", "TARGET_ACR_VALUES": LOA[2], "ACCESS_TOKEN": first["AccessToken"],
            });
            parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "AuthFlow": "USER_AUTH", "ClientId": client, "AuthParameters": parameters })
        };
        let output = server.public().ok("InitiateAuth", step_up(json!({ "MAX_AGE": "100" }))).await;
        let input = with_code(&client, &output, "EMAIL_OTP", &server.code("alice"));
        let result = server.public().ok("RespondToAuthChallenge", input).await["AuthenticationResult"].clone();
        assert_eq!(assurance(&result), (json!(LOA[2]), json!(["pwd", "email_otp", "mfa"])));
        // A part of the proof is as old as the first sign-in, and so is what comes of it.
        let times = [&first, &result].map(|result| claims(&result["AccessToken"])["auth_time"].clone());
        assert_eq!(times[0], times[1]);
        // Too old, or enough already: then everything is asked.
        let old = server.public().ok("InitiateAuth", step_up(json!({ "MAX_AGE": "99" }))).await;
        assert_eq!(old["ChallengeName"], "SELECT_CHALLENGE");
        let enough = step_up(json!({ "ACCESS_TOKEN": result["AccessToken"] }));
        assert_eq!(server.public().ok("InitiateAuth", enough).await["ChallengeName"], "SELECT_CHALLENGE");
    }

    async fn parameters_that_do_not_fit_are_refused(server) {
        let client = client(server).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let refused = async |username: &str, more: Value| {
            server.public().refused("InitiateAuth", by_choice(&client, username, more)).await
        };
        let unknown = refused("alice", json!({ "TARGET_ACR_VALUES": "urn:cognito:loa:5" })).await;
        assert_eq!(unknown, invalid_parameter("Invalid value for TARGET_ACR_VALUES"));
        let alone = refused("alice", json!({ "ACCESS_TOKEN": token })).await;
        assert_eq!(alone, invalid_parameter("ACCESS_TOKEN goes only with TARGET_ACR_VALUES."));
        let others = refused("bob", json!({ "ACCESS_TOKEN": token, "TARGET_ACR_VALUES": LOA[2] })).await;
        assert_eq!(others, not_authorized("Invalid Access Token"));
        let pool = claims(&token)["iss"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
        let other = server.client(&pool, json!({})).await;
        let foreign = server.sign_in(&other, "alice").await["AccessToken"].clone();
        let foreign = refused("alice", json!({ "ACCESS_TOKEN": foreign, "TARGET_ACR_VALUES": LOA[2] })).await;
        assert_eq!(foreign, not_authorized("Invalid Access Token"));
        let none = refused("alice", json!({ "ACCESS_TOKEN": "x", "TARGET_ACR_VALUES": LOA[2] })).await;
        assert_eq!(none.0, "NotAuthorizedException");
        let age = refused("alice", json!({ "MAX_AGE": "soon", "TARGET_ACR_VALUES": LOA[2] })).await;
        assert_eq!(age, invalid_parameter("Invalid value for MAX_AGE"));
    }
}
