//! USER_AUTH: SELECT_CHALLENGE, PASSWORD, PASSWORD_SRP, EMAIL_OTP, SMS_OTP
//! (docs/cognito/authentication.md §10).

use poolhouse_store::tables::devices::Device;
use poolhouse_store::tables::passkeys::Passkey;
use poolhouse_store::tables::{Insert, devices, passkeys, users};
use poolhouse_testkit::{SrpClient, TestServer, on_both};
use serde_json::{Value, json};

use super::factors::{App, code_mismatch, demand, prefer, wrong_code};
use super::{TEMPORARY, answer, incorrect, invalid_parameter, invited, not_authorized};

const SELECT: &str = "SELECT_CHALLENGE";

/// A pool whose users may begin with these factors, and a client that signs in by choice alone.
async fn pool_with(server: &TestServer, factors: Value) -> (String, String) {
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" });
    let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } });
    let settings = json!({
        "SmsConfiguration": sms,
        "Policies": policies,
        "AutoVerifiedAttributes": ["email"],
        "AliasAttributes": ["email"],
    });
    let pool = server.pool(settings).await;
    let client = server.client(&pool, by_choice(json!({}))).await;
    (pool, client)
}

fn by_choice(mut settings: Value) -> Value {
    settings["ExplicitAuthFlows"] = json!(["ALLOW_USER_AUTH"]);
    settings
}

fn everything() -> Value {
    json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"])
}

/// A user who has everything there is.
async fn alice(server: &TestServer, pool: &str) {
    let attributes = json!({
        "email": "alice@example.com", "email_verified": "true",
        "phone_number": "+12065550100", "phone_number_verified": "true",
    });
    server.user(pool, "alice", attributes).await;
}

fn user_auth(client: &str, username: &str, extra: Value) -> Value {
    let mut parameters = json!({ "USERNAME": username });
    parameters.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!({ "ClientId": client, "AuthFlow": "USER_AUTH", "AuthParameters": parameters })
}

async fn start(server: &TestServer, client: &str, username: &str, extra: Value) -> Value {
    server.public().ok("InitiateAuth", user_auth(client, username, extra)).await
}

async fn refused_start(server: &TestServer, client: &str, name: &str, extra: Value) -> (String, String) {
    server.public().refused("InitiateAuth", user_auth(client, name, extra)).await
}

async fn respond(server: &TestServer, client: &str, name: &str, session: &Value, mut extra: Value) -> Value {
    if extra["USERNAME"].is_null() {
        extra["USERNAME"] = json!("alice");
    }
    server.public().ok("RespondToAuthChallenge", answer(client, name, session, extra)).await
}

async fn refused(
    server: &TestServer,
    client: &str,
    name: &str,
    session: &Value,
    mut extra: Value,
) -> (String, String) {
    if extra["USERNAME"].is_null() {
        extra["USERNAME"] = json!("alice");
    }
    server.public().refused("RespondToAuthChallenge", answer(client, name, session, extra)).await
}

/// Gives a user who signed up all that a confirmed one could have, and makes them unconfirmed again; their tokens.
async fn leftovers(server: &TestServer, pool: &str, client: &str, name: &str) -> Value {
    let named = json!({ "UserPoolId": pool, "Username": name });
    server.admin().ok("AdminConfirmSignUp", named.clone()).await;
    demand(server, pool, "OPTIONAL", json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })).await;
    App::register(server, client, name, None).await;
    let tokens = server.sign_in(client, name).await;
    let store = server.engine().store();
    let mut tx = store.write().await.unwrap().at(server.now());
    let mut row = users::find_by_username_key(&mut tx, &pool.into(), name).await.unwrap().unwrap();
    "UNCONFIRMED".clone_into(&mut row.status);
    let (pool_id, sub, now) = (pool.to_owned(), row.sub.clone(), server.now());
    let passkey = Passkey {
        pool_id: pool_id.clone().into(),
        credential_id: format!("key of {name}"),
        sub: sub.clone(),
        rp_id: "example.com".to_owned(),
        public_key: Vec::new(),
        sign_count: 0,
        attachment: None,
        transports: "[]".to_owned(),
        created_at: now,
    };
    assert_eq!(passkeys::insert(&mut tx, &passkey).await.unwrap(), Insert::Inserted);
    let device = Device {
        pool_id: pool_id.into(),
        sub,
        device_key: "us-east-1_theirs".to_owned(),
        name: None,
        remembered: true,
        created_at: now,
        modified_at: now,
        authenticated_at: now,
        verifier: None,
        waiting: None,
    };
    assert_eq!(devices::insert(&mut tx, &device).await.unwrap(), Insert::Inserted);
    assert!(users::update(&mut tx, &row).await.unwrap());
    tx.commit().await.unwrap();
    tokens
}

fn is_in(output: &Value) -> bool {
    output["AuthenticationResult"]["RefreshToken"].is_string()
}

fn prefers(challenge: &str) -> Value {
    json!({ "PREFERRED_CHALLENGE": challenge })
}

on_both! {
    async fn without_a_preference_there_is_a_choice(server) {
        let (pool, client) = pool_with(server, everything()).await;
        alice(server, &pool).await;
        let all = json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
        // an unknown word is no error (observed)
        for extra in [json!({}), prefers("WEB_AUTHN"), prefers("SMS_MFA"), prefers("anything")] {
            let output = start(server, &client, "alice", extra).await;
            let names: Vec<_> = output.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(names, ["ChallengeName", "Session", "ChallengeParameters", "AvailableChallenges"]);
            assert_eq!((&output["ChallengeName"], &output["ChallengeParameters"]), (&json!(SELECT), &json!({})));
            assert_eq!(output["AvailableChallenges"], all);
        }
        let session = start(server, &client, "alice", json!({})).await["Session"].clone();
        for wrong in ["WEB_AUTHN", "SOFTWARE_TOKEN_MFA", "x"] {
            let given = json!({ "ANSWER": wrong });
            let text = "Invalid challenge selected.";
            assert_eq!(refused(server, &client, SELECT, &session, given).await, invalid_parameter(text));
        }
        let given = json!({ "ANSWER": "PASSWORD", "PASSWORD": TestServer::PASSWORD });
        assert!(is_in(&respond(server, &client, SELECT, &session, given.clone()).await));
        let used = not_authorized("Invalid session for the user, session can only be used once.");
        assert_eq!(refused(server, &client, SELECT, &session, given).await, used);
        // either door
        let mut input = user_auth(&client, "alice", prefers("PASSWORD"));
        input["UserPoolId"] = json!(pool);
        assert_eq!(server.admin().ok("AdminInitiateAuth", input).await["ChallengeName"], "PASSWORD");
    }

    async fn the_password_is_given_at_any_step(server) {
        let (pool, client) = pool_with(server, everything()).await;
        alice(server, &pool).await;
        let password = json!({ "PASSWORD": TestServer::PASSWORD });
        let mut at_once = password.clone();
        at_once["PREFERRED_CHALLENGE"] = json!("PASSWORD");
        assert!(is_in(&start(server, &client, "alice", at_once.clone()).await));
        at_once["PASSWORD"] = json!("wrong");
        assert_eq!(refused_start(server, &client, "alice", at_once).await, incorrect());
        let output = start(server, &client, "alice", prefers("PASSWORD")).await;
        assert_eq!((&output["ChallengeName"], &output["ChallengeParameters"]), (&json!("PASSWORD"), &json!({})));
        let session = &output["Session"];
        let wrong = json!({ "PASSWORD": "wrong" });
        assert_eq!(refused(server, &client, "PASSWORD", session, wrong).await, incorrect());
        assert!(is_in(&respond(server, &client, "PASSWORD", session, password.clone()).await));
        let selected = start(server, &client, "alice", json!({})).await;
        let chosen = respond(server, &client, SELECT, &selected["Session"], json!({ "ANSWER": "PASSWORD" })).await;
        assert_eq!(chosen["ChallengeName"], "PASSWORD");
        assert!(is_in(&respond(server, &client, "PASSWORD", &chosen["Session"], password.clone()).await));
        // SELECT_CHALLENGE may be answered by the challenge itself
        let selected = start(server, &client, "alice", json!({})).await;
        let without = refused(server, &client, "PASSWORD", &selected["Session"], json!({})).await;
        assert_eq!(without, invalid_parameter("Missing required parameter PASSWORD"));
        assert!(is_in(&respond(server, &client, "PASSWORD", &selected["Session"], password).await));
    }

    async fn srp_is_given_at_any_step(server) {
        let (pool, client) = pool_with(server, everything()).await;
        alice(server, &pool).await;
        let srp = SrpClient::new(&pool);
        let srp_a = json!({ "SRP_A": srp.srp_a() });
        let mut at_once = srp_a.clone();
        at_once["PREFERRED_CHALLENGE"] = json!("PASSWORD_SRP");
        let mut chosen = srp_a.clone();
        chosen["ANSWER"] = json!("PASSWORD_SRP");
        let select = async || start(server, &client, "alice", json!({})).await["Session"].clone();
        let preferred = start(server, &client, "alice", prefers("PASSWORD_SRP")).await;
        assert_eq!(preferred["ChallengeName"], "PASSWORD_SRP");
        let verifiers = [
            start(server, &client, "alice", at_once).await,
            respond(server, &client, SELECT, &select().await, chosen).await,
            respond(server, &client, "PASSWORD_SRP", &select().await, srp_a.clone()).await,
            respond(server, &client, "PASSWORD_SRP", &preferred["Session"], srp_a).await,
        ];
        for output in verifiers {
            assert_eq!(output["ChallengeName"], "PASSWORD_VERIFIER");
            assert!(output["Session"].is_string(), "inside USER_AUTH it has one");
            let responses = srp.answer(&output["ChallengeParameters"], TestServer::PASSWORD, server.now());
            let output = respond(server, &client, "PASSWORD_VERIFIER", &output["Session"], responses).await;
            assert!(is_in(&output));
        }
        let bad = json!({ "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "no number" });
        assert_eq!(refused_start(server, &client, "alice", bad).await, invalid_parameter("Invalid SRP_A"));
    }

    async fn a_code_signs_in(server) {
        let (pool, client) = pool_with(server, everything()).await;
        alice(server, &pool).await;
        let cases = [("EMAIL_OTP", "EMAIL", "a***@e***"), ("SMS_OTP", "SMS", "+*******0100")];
        for (name, medium, destination) in cases {
            let output = start(server, &client, "alice", prefers(name)).await;
            assert_eq!(output["ChallengeName"], name);
            assert_eq!(output["ChallengeParameters"], json!({
                "CODE_DELIVERY_DELIVERY_MEDIUM": medium, "CODE_DELIVERY_DESTINATION": destination,
            }));
            assert_eq!(output["AvailableChallenges"].as_array().unwrap().len(), 4);
            let message = server.messages("alice").remove(0);
            assert_eq!((message.kind, message.code.len()), ("CustomMessage_Authentication", 8));
            let session = &output["Session"];
            let with = |code: &str| json!({ format!("{name}_CODE"): code });
            let wrong = with(&wrong_code(&message.code));
            assert_eq!(refused(server, &client, name, session, wrong).await, code_mismatch());
            assert!(is_in(&respond(server, &client, name, session, with(&message.code)).await));
            let used = not_authorized("Invalid session for the user, session can only be used once.");
            assert_eq!(refused(server, &client, name, session, with(&message.code)).await, used);
        }
        let selected = start(server, &client, "alice", json!({})).await;
        let chosen = respond(server, &client, SELECT, &selected["Session"], json!({ "ANSWER": "EMAIL_OTP" })).await;
        let code = json!({ "EMAIL_OTP_CODE": server.code("alice") });
        assert!(is_in(&respond(server, &client, "EMAIL_OTP", &chosen["Session"], code).await));
    }

    async fn wrong_codes_lock_out_and_passwords_are_another_matter(server) {
        let (pool, client) = pool_with(server, everything()).await;
        alice(server, &pool).await;
        let output = start(server, &client, "alice", prefers("EMAIL_OTP")).await;
        let code = server.code("alice");
        let with = |code: &str| json!({ "EMAIL_OTP_CODE": code });
        for _ in 0..5 {
            let wrong = with(&wrong_code(&code));
            let told = refused(server, &client, "EMAIL_OTP", &output["Session"], wrong).await;
            assert_eq!(told, code_mismatch());
        }
        let exceeded = not_authorized("Password attempts exceeded");
        let told = refused(server, &client, "EMAIL_OTP", &output["Session"], with(&code)).await;
        assert_eq!(told, exceeded);
        assert_eq!(refused_start(server, &client, "alice", prefers("SMS_OTP")).await, exceeded);
        assert_eq!(server.messages("alice").len(), 1, "nothing more is sent while it lasts");
        let password = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": TestServer::PASSWORD });
        assert!(is_in(&start(server, &client, "alice", password).await));
        server.clock().advance_seconds(1);
        assert!(is_in(&respond(server, &client, "EMAIL_OTP", &output["Session"], with(&code)).await));
    }

    async fn a_session_is_for_its_challenge_client_and_user(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let other = server.client(&pool, by_choice(json!({}))).await;
        alice(server, &pool).await;
        server.user(&pool, "bob", json!({})).await;
        let session = start(server, &client, "alice", prefers("EMAIL_OTP")).await["Session"].clone();
        let given = json!({
            "EMAIL_OTP_CODE": server.code("alice"), "SMS_OTP_CODE": server.code("alice"), "ANSWER": "PASSWORD",
            "PASSWORD": TestServer::PASSWORD, "SMS_MFA_CODE": server.code("alice"),
        });
        let invalid = not_authorized("Invalid session for the user.");
        for name in ["SMS_OTP", "SELECT_CHALLENGE", "PASSWORD", "PASSWORD_SRP", "SMS_MFA", "MFA_SETUP", "WEB_AUTHN"] {
            assert_eq!(refused(server, &client, name, &session, given.clone()).await, invalid, "{name}");
        }
        assert_eq!(refused(server, &other, "EMAIL_OTP", &session, given.clone()).await, invalid);
        let mut of_bob = given.clone();
        of_bob["USERNAME"] = json!("bob");
        assert_eq!(refused(server, &client, "EMAIL_OTP", &session, of_bob).await, invalid);
        // a password session is none for a code either
        let password = start(server, &client, "alice", prefers("PASSWORD")).await["Session"].clone();
        for name in ["EMAIL_OTP", "SELECT_CHALLENGE", "NEW_PASSWORD_REQUIRED"] {
            assert_eq!(refused(server, &client, name, &password, given.clone()).await, invalid, "{name}");
        }
        server.clock().advance_seconds(180);
        let expired = not_authorized("Invalid session for the user, session is expired.");
        assert_eq!(refused(server, &client, "EMAIL_OTP", &session, given).await, expired);
    }

    async fn what_the_user_is_decides_what_is_open(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let available = async |name: &str| {
            start(server, &client, name, json!({})).await["AvailableChallenges"].clone()
        };
        let passwords = json!(["PASSWORD_SRP", "PASSWORD"]);
        server.user(&pool, "bare", json!({ "email": "bare@example.com" })).await;
        assert_eq!(available("bare").await, passwords, "the address is not verified");
        let email = json!([{ "Name": "email", "Value": "i@example.com" }, { "Name": "email_verified", "Value": "true" }]);
        invited(server, &pool, "ivy", email).await;
        assert_eq!(available("ivy").await, passwords, "a temporary password comes first (observed)");
        let at_once = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": TEMPORARY });
        assert_eq!(start(server, &client, "ivy", at_once).await["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let without = json!({
            "UserPoolId": pool, "Username": "codes", "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "email", "Value": "c@example.com" }, { "Name": "email_verified", "Value": "true" }],
        });
        server.admin().ok("AdminCreateUser", without).await;
        assert_eq!(available("codes").await, json!(["EMAIL_OTP"]), "there is no password");
        let named = json!({ "UserPoolId": pool, "Username": "codes" });
        server.admin().ok("AdminDisableUser", named.clone()).await;
        assert_eq!(refused_start(server, &client, "codes", json!({})).await, not_authorized("User is disabled."));
        server.admin().ok("AdminEnableUser", named).await;
        // and what the pool allows
        let only = json!({ "UserPoolId": pool, "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } } });
        server.admin().ok("UpdateUserPool", only).await;
        assert_eq!(refused_start(server, &client, "codes", json!({})).await, incorrect(), "nothing is left");
    }

    async fn a_factor_that_was_closed_lets_nobody_in(server) {
        let (pool, client) = pool_with(server, everything()).await;
        alice(server, &pool).await;
        let session = start(server, &client, "alice", prefers("EMAIL_OTP")).await["Session"].clone();
        let given = json!({ "EMAIL_OTP_CODE": server.code("alice") });
        let only = json!({ "UserPoolId": pool, "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } } });
        server.admin().ok("UpdateUserPool", only).await;
        let invalid = not_authorized("Invalid session for the user.");
        assert_eq!(refused(server, &client, "EMAIL_OTP", &session, given).await, invalid);
    }

    async fn who_turned_a_second_factor_on_needs_the_password_and_it(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let plain = server.client(&pool, json!({})).await;
        alice(server, &pool).await;
        demand(server, &pool, "OPTIONAL", json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })).await;
        let app = App::register(server, &plain, "alice", None).await;
        let code = start(server, &client, "alice", prefers("EMAIL_OTP")).await;
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let given = json!({ "EMAIL_OTP_CODE": server.code("alice") });
        let invalid = not_authorized("Invalid session for the user.");
        assert_eq!(refused(server, &client, "EMAIL_OTP", &code["Session"], given).await, invalid);
        let output = start(server, &client, "alice", prefers("EMAIL_OTP")).await;
        assert_eq!(output["ChallengeName"], SELECT);
        assert_eq!(output["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
        let given = json!({ "ANSWER": "PASSWORD", "PASSWORD": TestServer::PASSWORD });
        let output = respond(server, &client, SELECT, &output["Session"], given).await;
        assert_eq!(output["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        assert_eq!(output["AvailableChallenges"], Value::Null);
        let given = json!({ "SOFTWARE_TOKEN_MFA_CODE": app.code(server, 1) });
        assert!(is_in(&respond(server, &client, "SOFTWARE_TOKEN_MFA", &output["Session"], given).await));
    }

    async fn who_does_not_exist_is_told_or_hidden(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let missing = ("UserNotFoundException".to_owned(), "User does not exist.".to_owned());
        assert_eq!(refused_start(server, &client, "nobody", json!({})).await, missing);
        let hiding = server.client(&pool, by_choice(json!({ "PreventUserExistenceErrors": "ENABLED" }))).await;
        // What nobody seems to have is what some user has: here, with few users, at least a password.
        let passwords = json!(["PASSWORD_SRP", "PASSWORD"]);
        assert_eq!(start(server, &hiding, "nobody", json!({})).await["AvailableChallenges"], passwords);
        alice(server, &pool).await;
        let mut nobody = String::new();
        for number in 0..100 {
            nobody = format!("nobody{number}");
            if start(server, &hiding, &nobody, json!({})).await["AvailableChallenges"] != passwords {
                break;
            }
        }
        let members = |output: &Value| {
            let parameters = output["ChallengeParameters"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            (output["ChallengeName"].clone(), output["AvailableChallenges"].clone(), parameters)
        };
        for extra in [json!({}), prefers("PASSWORD"), prefers("EMAIL_OTP"), prefers("SMS_OTP")] {
            let real = start(server, &hiding, "alice", extra.clone()).await;
            let made_up = start(server, &hiding, &nobody, extra.clone()).await;
            assert_eq!(members(&real), members(&made_up), "{extra}");
            let again = start(server, &hiding, &nobody, extra).await;
            assert_eq!(made_up["ChallengeParameters"], again["ChallengeParameters"]);
        }
        assert!(server.messages(&nobody).is_empty());
        let output = start(server, &hiding, &nobody, prefers("EMAIL_OTP")).await;
        let name = nobody.clone();
        let nobody = |extra: Value| {
            let mut given = extra;
            given["USERNAME"] = json!(name);
            given
        };
        for _ in 0..5 {
            let given = nobody(json!({ "EMAIL_OTP_CODE": "12345678" }));
            let told = refused(server, &hiding, "EMAIL_OTP", &output["Session"], given).await;
            assert_eq!(told, code_mismatch());
        }
        let locked = not_authorized("Password attempts exceeded");
        let given = nobody(json!({ "EMAIL_OTP_CODE": "12345678" }));
        assert_eq!(refused(server, &hiding, "EMAIL_OTP", &output["Session"], given).await, locked);
        let session = start(server, &hiding, &name, json!({})).await["Session"].clone();
        let given = nobody(json!({ "ANSWER": "PASSWORD", "PASSWORD": "wrong" }));
        assert_eq!(refused(server, &hiding, SELECT, &session, given).await, incorrect());
    }

    async fn a_code_confirms_a_sign_up(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let sign_up = json!({
            "ClientId": client, "Username": "zoe", "Password": TestServer::PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "zoe@example.com" }],
        });
        server.public().ok("SignUp", sign_up).await;
        let output = start(server, &client, "zoe", json!({})).await;
        assert_eq!(output["AvailableChallenges"], json!(["EMAIL_OTP"]), "no password before");
        let output = start(server, &client, "zoe", prefers("EMAIL_OTP")).await;
        let given = json!({ "USERNAME": "zoe", "EMAIL_OTP_CODE": server.code("zoe") });
        assert!(is_in(&respond(server, &client, "EMAIL_OTP", &output["Session"], given).await));
        let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": "zoe" })).await;
        assert_eq!(user["UserStatus"], "CONFIRMED");
        let verified = json!({ "Name": "email_verified", "Value": "true" });
        assert!(user["UserAttributes"].as_array().unwrap().contains(&verified), "{user}");
        // without an address no code can confirm
        let sign_up = json!({ "ClientId": client, "Username": "max", "Password": TestServer::PASSWORD });
        server.public().ok("SignUp", sign_up).await;
        let (code, _) = refused_start(server, &client, "max", json!({})).await;
        assert_eq!(code, "UserNotConfirmedException");
    }

    // A stranger may have signed up with the address: what they set ends when its owner comes by a code.
    async fn a_code_ends_what_an_unknown_maker_set(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let plain = server.client(&pool, json!({})).await;
        for (factor, address) in [("EMAIL_OTP", ("email", "v@example.com")), ("SMS_OTP", ("phone_number", "+12065550177"))] {
            let name = factor.to_lowercase();
            let sign_up = json!({
                "ClientId": client, "Username": name, "Password": TestServer::PASSWORD,
                "UserAttributes": [{ "Name": address.0, "Value": address.1 }],
            });
            let theirs = server.public().ok("SignUp", sign_up).await["Session"].clone();
            // What an unconfirmed user cannot have today, a stranger must not keep tomorrow.
            let tokens = leftovers(server, &pool, &plain, &name).await;
            let given = start(server, &client, &name, prefers(factor)).await;
            let code = json!({ "USERNAME": name, format!("{factor}_CODE"): server.code(&name) });
            let owner = respond(server, &client, factor, &given["Session"], code).await;
            let access = json!({ "AccessToken": owner["AuthenticationResult"]["AccessToken"] });
            server.public().ok("GetUser", access.clone()).await;
            let password = crate::sign_in::password_auth(&plain, &name, TestServer::PASSWORD);
            assert_eq!(server.public().refused("InitiateAuth", password).await, incorrect());
            let old = json!({ "AccessToken": tokens["AccessToken"] });
            assert_eq!(server.public().refused("GetUser", old).await, not_authorized("Access Token has been revoked"));
            let refresh = json!({
                "ClientId": plain, "AuthFlow": "REFRESH_TOKEN_AUTH",
                "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
            });
            assert_eq!(server.public().refused("InitiateAuth", refresh).await.0, "NotAuthorizedException");
            let factors = server.public().ok("GetUserAuthFactors", access.clone()).await;
            let left: Vec<_> = factors["ConfiguredUserAuthFactors"].as_array().unwrap().iter().collect();
            assert_eq!(left, [&json!(factor)], "neither password nor token");
            let mut tx = server.engine().store().read().await.unwrap();
            assert_eq!(passkeys::get(&mut tx, &pool.as_str().into(), &format!("key of {name}")).await.unwrap(), None);
            let row = users::find_by_username_key(&mut tx, &pool.as_str().into(), &name).await.unwrap().unwrap();
            assert_eq!(devices::get(&mut tx, &pool.as_str().into(), &row.sub, "us-east-1_theirs").await.unwrap(), None);
            drop(tx);
            let mut confirm = json!({ "ClientId": client, "Username": name, "ConfirmationCode": "123456" });
            confirm["Session"] = theirs;
            assert_eq!(server.public().refused("ConfirmSignUp", confirm).await.0, "NotAuthorizedException");
            // The owner sets a password of their own: there is none to prove.
            let mut own = access;
            own["ProposedPassword"] = json!("An0ther!Password");
            server.public().ok("ChangePassword", own).await;
        }
    }

    // Who has the code of the sign-up itself speaks for the sign-up (decision 19).
    async fn the_code_of_a_sign_up_keeps_what_was_set(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let plain = server.client(&pool, json!({})).await;
        let sign_up = json!({
            "ClientId": client, "Username": "zoe", "Password": TestServer::PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "zoe@example.com" }],
        });
        server.public().ok("SignUp", sign_up).await;
        let confirm = json!({ "ClientId": client, "Username": "zoe", "ConfirmationCode": server.code("zoe") });
        let confirmed = server.public().ok("ConfirmSignUp", confirm).await["Session"].clone();
        let mut input = user_auth(&client, "zoe", json!({}));
        input["Session"] = confirmed;
        assert!(is_in(&server.public().ok("InitiateAuth", input).await));
        server.sign_in(&plain, "zoe").await;
        // A later code of a confirmed user ends nothing either.
        let given = start(server, &client, "zoe", prefers("EMAIL_OTP")).await;
        let code = json!({ "USERNAME": "zoe", "EMAIL_OTP_CODE": server.code("zoe") });
        assert!(is_in(&respond(server, &client, "EMAIL_OTP", &given["Session"], code).await));
        server.sign_in(&plain, "zoe").await;
    }

    async fn a_confirmed_sign_up_signs_in_at_once(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let plain = server.client(&pool, json!({})).await;
        let sign_up = async |client: &str, name: &str| {
            let email = format!("{name}@example.com");
            let input = json!({
                "ClientId": client, "Username": name, "Password": TestServer::PASSWORD,
                "UserAttributes": [{ "Name": "email", "Value": email }],
            });
            server.public().ok("SignUp", input).await["Session"].clone()
        };
        let confirm = async |name: &str, session: Value| {
            let mut input = json!({ "ClientId": client, "Username": name, "ConfirmationCode": server.code(name) });
            if !session.is_null() {
                input["Session"] = session;
            }
            server.public().ok("ConfirmSignUp", input).await
        };
        assert_eq!(sign_up(&plain, "plain").await, Value::Null, "only for clients that sign in by choice");
        let session = sign_up(&client, "zoe").await;
        let with = |session: &Value, name: &str| {
            let mut input = user_auth(&client, name, json!({}));
            input["Session"] = session.clone();
            input
        };
        let invalid = not_authorized("Invalid session for the user.");
        assert_eq!(server.public().refused("InitiateAuth", with(&session, "zoe")).await, invalid, "not yet");
        let confirmed = confirm("zoe", session).await["Session"].clone();
        server.user(&pool, "bob", json!({})).await;
        assert_eq!(server.public().refused("InitiateAuth", with(&confirmed, "bob")).await, invalid);
        assert!(is_in(&server.public().ok("InitiateAuth", with(&confirmed, "zoe")).await));
        let used = not_authorized("Invalid session for the user, session can only be used once.");
        assert_eq!(server.public().refused("InitiateAuth", with(&confirmed, "zoe")).await, used);
        // Amplify gives no session, and expects one (observed)
        sign_up(&client, "max").await;
        let confirmed = confirm("max", Value::Null).await["Session"].clone();
        assert!(is_in(&server.public().ok("InitiateAuth", with(&confirmed, "max")).await));
        // the session of somebody else's sign-up signs nobody in
        let foreign = sign_up(&client, "one").await;
        sign_up(&client, "two").await;
        assert_eq!(confirm("two", foreign).await, json!({}));
    }

    async fn factors_are_shown(server) {
        let (pool, client) = pool_with(server, everything()).await;
        let plain = server.client(&pool, json!({})).await;
        alice(server, &pool).await;
        demand(server, &pool, "OPTIONAL", json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })).await;
        App::register(server, &plain, "alice", None).await;
        let output = start(server, &client, "alice", json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": TestServer::PASSWORD })).await;
        let token = &output["AuthenticationResult"]["AccessToken"];
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let own = server.public().ok("GetUserAuthFactors", json!({ "AccessToken": token })).await;
        assert_eq!(own, json!({
            "Username": "alice",
            "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
            "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
            "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "SOFTWARE_TOKEN"],
        }));
        let admin = async |name: &str| {
            server.admin().call("AdminGetUserAuthFactors", json!({ "UserPoolId": pool, "Username": name })).await
        };
        assert_eq!(admin("alice").await.unwrap(), own);
        server.user(&pool, "bare", json!({ "email": "bare@example.com" })).await;
        let bare = json!({ "Username": "bare", "ConfiguredUserAuthFactors": ["PASSWORD"] });
        assert_eq!(admin("bare").await.unwrap(), bare);
        assert_eq!(admin("nobody").await.unwrap_err().code, "UserNotFoundException");
        // Who was made without a password has none until one is set (authentication §13.3, observed).
        let email = json!([{ "Name": "email", "Value": "c@example.com" }, { "Name": "email_verified", "Value": "true" }]);
        let without =
            json!({ "UserPoolId": pool, "Username": "codes", "MessageAction": "SUPPRESS", "UserAttributes": email });
        server.admin().ok("AdminCreateUser", without).await;
        let session = start(server, &client, "codes", prefers("EMAIL_OTP")).await["Session"].clone();
        let given = json!({ "USERNAME": "codes", "EMAIL_OTP_CODE": server.code("codes") });
        let output = respond(server, &client, "EMAIL_OTP", &session, given).await;
        let token = &output["AuthenticationResult"]["AccessToken"];
        let own = async || {
            let own = server.public().ok("GetUserAuthFactors", json!({ "AccessToken": token })).await;
            own["ConfiguredUserAuthFactors"].clone()
        };
        assert_eq!(own().await, json!(["EMAIL_OTP"]));
        let password = json!({ "AccessToken": token, "ProposedPassword": TestServer::PASSWORD });
        server.public().ok("ChangePassword", password).await;
        assert_eq!(own().await, json!(["PASSWORD", "EMAIL_OTP"]));
        let (code, _) = server.public().refused("GetUserAuthFactors", json!({ "AccessToken": "x.y.z" })).await;
        assert_eq!(code, "NotAuthorizedException");
    }
}
