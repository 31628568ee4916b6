//! CUSTOM_AUTH (authentication §14, triggers-and-messages §8.6 to §8.8).

use poolhouse_testkit::{SrpClient, TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{failed, refresh};

const INVALID: &str = "Invalid session for the user.";

/// The functions of a pool that asks twice for a word, and gives up at the second wrong answer.
pub(crate) fn functions(server: &TestServer) -> Value {
    let define = server.function("define", |event| {
        let session = event["request"]["session"].as_array().unwrap().clone();
        let right = session.iter().filter(|entry| entry["challengeResult"] == true);
        let names: Vec<_> = right.map(|entry| entry["challengeName"].as_str().unwrap()).collect();
        let wrong = session.len() - names.len();
        let custom = names.iter().filter(|name| **name == "CUSTOM_CHALLENGE").count();
        let response = &mut event["response"];
        if wrong == 2 {
            response["failAuthentication"] = json!(true);
        } else if custom == 2 {
            response["issueTokens"] = json!(true);
        } else if names.as_slice() == ["SRP_A"] {
            response["challengeName"] = json!("PASSWORD_VERIFIER");
        } else {
            response["challengeName"] = json!("CUSTOM_CHALLENGE");
        }
    });
    let create = server.function("create", |event| {
        let number = event["request"]["session"].as_array().unwrap().len();
        event["response"] = json!({
            "publicChallengeParameters": { "question": format!("{number}?") },
            "privateChallengeParameters": { "answer": "tea" },
            "challengeMetadata": format!("QUESTION-{number}"),
        });
    });
    let verify = server.function("verify", |event| {
        let request = event["request"].clone();
        let right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"];
        event["response"]["answerCorrect"] = json!(right);
    });
    json!({
        "DefineAuthChallenge": define, "CreateAuthChallenge": create, "VerifyAuthChallengeResponse": verify,
    })
}

const FLOWS: [&str; 2] = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];

async fn pool(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({ "LambdaConfig": functions(server) })).await;
    let client = server.client(&pool, json!({ "ExplicitAuthFlows": FLOWS })).await;
    server.user(&pool, "alice", json!({})).await;
    (pool, client)
}

pub(crate) fn start(client: &str, username: &str) -> Value {
    json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client, "AuthParameters": { "USERNAME": username } })
}

/// With the password first.
pub(crate) fn start_by_srp(client: &str, username: &str, srp: &SrpClient) -> Value {
    let mut input = start(client, username);
    input["AuthParameters"]["CHALLENGE_NAME"] = json!("SRP_A");
    input["AuthParameters"]["SRP_A"] = json!(srp.srp_a());
    input
}

/// The right password in answer to [`start_by_srp`].
pub(crate) fn password(server: &TestServer, client: &str, first: &Value, srp: &SrpClient) -> Value {
    json!({
        "ChallengeName": "PASSWORD_VERIFIER", "ClientId": client, "Session": first["Session"],
        "ChallengeResponses": srp.answer(&first["ChallengeParameters"], TestServer::PASSWORD, server.now()),
    })
}

pub(crate) fn answer(client: &str, challenge: &Value, answer: &str) -> Value {
    json!({
        "ChallengeName": "CUSTOM_CHALLENGE", "ClientId": client, "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "ANSWER": answer },
    })
}

fn entry(name: &str, result: bool, metadata: &Value) -> Value {
    json!({ "challengeName": name, "challengeResult": result, "challengeMetadata": metadata })
}

on_both! {
    // documented; what the events are filled with in advance: observed (triggers-and-messages §4)
    async fn the_functions_lead_to_the_tokens(server) {
        let (pool, client) = pool(server).await;
        let mut input = start(&client, "alice");
        input["ClientMetadata"] = json!({ "first": "1" });
        let first = server.public().ok("InitiateAuth", input).await;
        assert_eq!(first["ChallengeName"], "CUSTOM_CHALLENGE");
        assert_eq!(first["ChallengeParameters"], json!({ "question": "0?", "USERNAME": "alice" }));
        let events = server.take_events();
        assert_eq!(events[0]["triggerSource"], "DefineAuthChallenge_Authentication");
        assert_eq!(events[0]["userPoolId"], json!(pool));
        assert_eq!(events[0]["request"]["session"], json!([]));
        assert!(events[0]["request"].get("clientMetadata").is_none());
        assert_eq!(events[0]["response"],
            json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null }));
        assert_eq!(events[1]["triggerSource"], "CreateAuthChallenge_Authentication");
        assert_eq!(events[1]["request"]["challengeName"], "CUSTOM_CHALLENGE");
        assert_eq!(events[1]["response"], json!({
            "publicChallengeParameters": null, "privateChallengeParameters": null, "challengeMetadata": null,
        }));

        let mut second = answer(&client, &first, "coffee");
        second["ClientMetadata"] = json!({ "second": "2" });
        let second = server.public().ok("RespondToAuthChallenge", second).await;
        assert_eq!(second["ChallengeParameters"]["question"], "1?");
        assert_ne!(second["Session"], first["Session"]);
        let events = server.take_events();
        assert_eq!(events[0]["triggerSource"], "VerifyAuthChallengeResponse_Authentication");
        assert_eq!(events[0]["request"]["privateChallengeParameters"], json!({ "answer": "tea" }));
        assert_eq!(events[0]["request"]["challengeAnswer"], "coffee");
        assert_eq!(events[0]["response"], json!({ "answerCorrect": null }));
        let wrong = entry("CUSTOM_CHALLENGE", false, &json!("QUESTION-0"));
        assert_eq!(events[1]["request"]["session"], json!([wrong]));
        assert!(events.iter().all(|event| event["request"]["clientMetadata"] == json!({ "second": "2" })));

        let third = server.public().ok("RespondToAuthChallenge", answer(&client, &second, "tea")).await;
        let done = server.public().ok("RespondToAuthChallenge", answer(&client, &third, "tea")).await;
        let token = &done["AuthenticationResult"]["AccessToken"];
        let user = server.public().ok("GetUser", json!({ "AccessToken": token })).await;
        assert_eq!(user["Username"], "alice");
    }

    // observed: what is left null is no decision and no right answer
    async fn an_event_given_back_as_it_came_decides_nothing(server) {
        let (_, client) = pool(server).await;
        let first = server.public().ok("InitiateAuth", start(&client, "alice")).await;
        server.function("verify", |_| {});
        server.take_events();
        server.public().ok("RespondToAuthChallenge", answer(&client, &first, "tea")).await;
        let session = server.take_events()[1]["request"]["session"].clone();
        assert_eq!(session, json!([entry("CUSTOM_CHALLENGE", false, &json!("QUESTION-0"))]));
        server.function("define", |_| {});
        let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(refused, refusal("InvalidLambdaResponseException", "Unrecognizable lambda output"));
    }

    // observed: devices belong to SRP (authentication §12.3)
    async fn without_the_password_no_device_is_made(server) {
        let (pool, client) = pool(server).await;
        let after = server.function("after", |_| {});
        let mut config = functions(server);
        config["PostAuthentication"] = json!(after);
        let settings = json!({ "UserPoolId": pool, "LambdaConfig": config, "DeviceConfiguration": {
            "DeviceOnlyRememberedOnUserPrompt": false,
        } });
        server.admin().ok("UpdateUserPool", settings).await;
        let finish = async |challenge: Value| {
            let next = server.public().ok("RespondToAuthChallenge", answer(&client, &challenge, "tea")).await;
            server.take_events();
            let done = server.public().ok("RespondToAuthChallenge", answer(&client, &next, "tea")).await;
            let told = server.take_events().pop().unwrap();
            (done["AuthenticationResult"].clone(), told["request"]["newDeviceUsed"].clone())
        };
        let (tokens, new) = finish(server.public().ok("InitiateAuth", start(&client, "alice")).await).await;
        assert_eq!(tokens.get("NewDeviceMetadata"), None);
        assert_eq!(claims(&tokens["AccessToken"]).get("device_key"), None);
        assert_eq!(new, json!(false));
        // Such tokens are renewed without a device.
        server.public().ok("InitiateAuth", refresh(&client, &tokens)).await;

        let srp = SrpClient::new(&pool);
        let first = server.public().ok("InitiateAuth", start_by_srp(&client, "alice", &srp)).await;
        let proof = password(server, &client, &first, &srp);
        let (tokens, new) = finish(server.public().ok("RespondToAuthChallenge", proof).await).await;
        let key = &tokens["NewDeviceMetadata"]["DeviceKey"];
        assert_eq!(&claims(&tokens["AccessToken"])["device_key"], key);
        assert_eq!(new, json!(true));
    }

    // observed
    async fn a_failure_ends_the_sign_in(server) {
        let (_, client) = pool(server).await;
        let first = server.public().ok("InitiateAuth", start(&client, "alice")).await;
        let second = server.public().ok("RespondToAuthChallenge", answer(&client, &first, "x")).await;
        let refused = server.public().refused("RespondToAuthChallenge", answer(&client, &second, "x")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
        let refused = server.public().refused("RespondToAuthChallenge", answer(&client, &second, "tea")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", INVALID));
    }

    // One guess for each session, however many are sent at once; a spent session: authentication §5
    async fn a_session_is_good_for_one_answer(server) {
        let (_, client) = pool(server).await;
        let first = server.public().ok("InitiateAuth", start(&client, "alice")).await;
        server.take_events();
        let public = server.public();
        let (one, other) = tokio::join!(
            public.call("RespondToAuthChallenge", answer(&client, &first, "x")),
            public.call("RespondToAuthChallenge", answer(&client, &first, "tea")),
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
        let sources = server.take_sources();
        let judged = sources.iter().filter(|source| source.starts_with("Verify")).count();
        assert_eq!(judged, 1);
        let refused = server.public().refused("RespondToAuthChallenge", answer(&client, &first, "tea")).await;
        let text = "Invalid session for the user, session can only be used once.";
        assert_eq!(refused, refusal("NotAuthorizedException", text));
    }

    async fn a_failing_function_ends_the_sign_in(server) {
        let (_, client) = pool(server).await;
        for (name, text) in [
            ("verify", "VerifyAuthChallengeResponse"), ("define", "DefineAuthChallenge"),
            ("create", "CreateAuthChallenge"),
        ] {
            functions(server);
            let first = server.public().ok("InitiateAuth", start(&client, "alice")).await;
            server.failing_function(name, "broken");
            let input = answer(&client, &first, "tea");
            let refused = server.public().refused("RespondToAuthChallenge", input.clone()).await;
            assert_eq!(refused, failed(&format!("{text} failed with error broken.")));
            functions(server);
            let refused = server.public().refused("RespondToAuthChallenge", input).await;
            assert_eq!(refused, refusal("NotAuthorizedException", INVALID));
        }
    }

    // triggers-and-messages §8.6, open: the code
    async fn a_function_must_decide(server) {
        let (_, client) = pool(server).await;
        let undecided = [json!({}), json!({ "challengeName": "SMS_MFA" }), json!({ "challengeName": "PASSWORD_VERIFIER" })];
        for response in undecided {
            server.function("define", move |event| event["response"] = response.clone());
            let refused = server.public().refused("InitiateAuth", start(&client, "alice")).await;
            assert_eq!(refused, refusal("InvalidLambdaResponseException", "Unrecognizable lambda output"));
        }
        server.function("define", |event| {
            event["response"] = json!({ "failAuthentication": true, "issueTokens": true, "challengeName": "x" });
        });
        let (code, _) = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(code, "NotAuthorizedException", "failure goes before tokens");
    }

    async fn a_challenge_must_fit_into_a_session(server) {
        let (_, client) = pool(server).await;
        server.function("create", |event| {
            event["response"] = json!({ "privateChallengeParameters": { "answer": "x".repeat(2000) } });
        });
        let (code, _) = server.public().refused("InitiateAuth", start(&client, "alice")).await;
        assert_eq!(code, "InvalidLambdaResponseException");
    }

    // documented
    async fn the_password_may_come_first(server) {
        let (pool, client) = pool(server).await;
        let srp = SrpClient::new(&pool);
        let input = start_by_srp(&client, "alice", &srp);
        let mut without = input.clone();
        without["AuthParameters"].as_object_mut().unwrap().remove("SRP_A");
        let (_, text) = server.public().refused("InitiateAuth", without).await;
        assert_eq!(text, "Missing required parameter SRP_A");
        let first = server.public().ok("InitiateAuth", input.clone()).await;
        assert_eq!(first["ChallengeName"], "PASSWORD_VERIFIER");
        assert!(first["Session"].is_string());
        let srp_a = entry("SRP_A", true, &Value::Null);
        assert_eq!(server.take_events()[0]["request"]["session"], json!([srp_a]));
        let proof = |challenge: &Value, password: &str| json!({
            "ChallengeName": "PASSWORD_VERIFIER", "ClientId": client, "Session": challenge["Session"],
            "ChallengeResponses": srp.answer(&challenge["ChallengeParameters"], password, server.now()),
        });
        let refused = server.public().refused("RespondToAuthChallenge", proof(&first, "Wrong-Horse-7")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
        assert_eq!(server.take_sources(), [""; 0], "a wrong password is not for the functions");
        // The session of another sign-in does not go with this one.
        let other = server.public().ok("InitiateAuth", input).await;
        let mut mixed = proof(&first, TestServer::PASSWORD);
        mixed["Session"] = other["Session"].clone();
        let refused = server.public().refused("RespondToAuthChallenge", mixed).await;
        assert_eq!(refused, refusal("NotAuthorizedException", INVALID));
        server.take_events();
        let second = server.public().ok("RespondToAuthChallenge", proof(&first, TestServer::PASSWORD)).await;
        assert_eq!(second["ChallengeName"], "CUSTOM_CHALLENGE");
        let verifier = entry("PASSWORD_VERIFIER", true, &Value::Null);
        assert_eq!(server.take_events()[0]["request"]["session"], json!([srp_a, verifier]));
        let third = server.public().ok("RespondToAuthChallenge", answer(&client, &second, "tea")).await;
        let done = server.public().ok("RespondToAuthChallenge", answer(&client, &third, "tea")).await;
        assert!(done["AuthenticationResult"]["IdToken"].is_string());
    }

    // documented: the second factor comes after the password, as an entry of its own
    async fn the_second_factor_comes_before_the_functions(server) {
        let (pool, client) = pool(server).await;
        let attributes = json!({ "email": "bo@example.com", "phone_number": "+12065550100" });
        server.user(&pool, "bo", attributes).await;
        let mfa = json!({
            "UserPoolId": pool, "MfaConfiguration": "ON",
            "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sns" } },
        });
        server.admin().ok("SetUserPoolMfaConfig", mfa).await;
        let srp = SrpClient::new(&pool);
        let first = server.public().ok("InitiateAuth", start_by_srp(&client, "bo", &srp)).await;
        let proof = password(server, &client, &first, &srp);
        let second = server.public().ok("RespondToAuthChallenge", proof).await;
        assert_eq!(second["ChallengeName"], "SMS_MFA");
        server.take_events();
        let code = json!({
            "ChallengeName": "SMS_MFA", "ClientId": client, "Session": second["Session"],
            "ChallengeResponses": { "USERNAME": "bo", "SMS_MFA_CODE": server.code("bo") },
        });
        let third = server.public().ok("RespondToAuthChallenge", code).await;
        assert_eq!(third["ChallengeName"], "CUSTOM_CHALLENGE");
        let names: Vec<_> = server.take_events()[0]["request"]["session"].as_array().unwrap().iter()
            .map(|entry| entry["challengeName"].clone()).collect();
        assert_eq!(json!(names), json!(["SRP_A", "PASSWORD_VERIFIER", "SMS_MFA"]));
    }

    // decision 19: what the functions ask for is asked of the record as it was
    async fn a_new_password_and_its_attributes_wait_for_the_functions(server) {
        let (pool, client) = pool(server).await;
        let attributes = json!({ "phone_number": "+12065550100", "phone_number_verified": "true" });
        server.user(&pool, "bo", attributes).await;
        let named = json!({ "UserPoolId": pool, "Username": "bo" });
        let mut temporary = named.clone();
        temporary["Password"] = json!("Temp0rary!Pass");
        server.admin().ok("AdminSetUserPassword", temporary).await;
        let before = server.admin().ok("AdminGetUser", named.clone()).await;
        let srp = SrpClient::new(&pool);
        let first = server.public().ok("InitiateAuth", start_by_srp(&client, "bo", &srp)).await;
        let proof = json!({
            "ChallengeName": "PASSWORD_VERIFIER", "ClientId": client,
            "ChallengeResponses": srp.answer(&first["ChallengeParameters"], "Temp0rary!Pass", server.now()),
        });
        let second = server.public().ok("RespondToAuthChallenge", proof).await;
        assert_eq!(second["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        server.take_events();
        let new = json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED", "ClientId": client, "Session": second["Session"],
            "ChallengeResponses": {
                "USERNAME": "bo", "NEW_PASSWORD": TestServer::PASSWORD, "userAttributes.phone_number": "+19995550199",
            },
        });
        let mut challenge = server.public().ok("RespondToAuthChallenge", new).await;
        for _ in 0..2 {
            assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
            assert_eq!(server.admin().ok("AdminGetUser", named.clone()).await, before);
            let mut word = answer(&client, &challenge, "tea");
            word["ChallengeResponses"]["USERNAME"] = json!("bo");
            challenge = server.public().ok("RespondToAuthChallenge", word).await;
        }
        assert!(challenge["AuthenticationResult"]["IdToken"].is_string());
        let seen: Vec<_> = server.take_events().iter()
            .map(|event| event["request"]["userAttributes"]["phone_number"].clone()).collect();
        assert!(seen.iter().all(|number| number == "+12065550100"), "{seen:?}");
        let after = server.admin().ok("AdminGetUser", named).await;
        assert_eq!(after["UserStatus"], "CONFIRMED");
        let moved = json!({ "Name": "phone_number", "Value": "+19995550199" });
        assert!(after["UserAttributes"].as_array().unwrap().contains(&moved), "{after}");
    }

    // documented: the functions see that there is nobody; ours: they cannot let nobody in
    async fn nobody_is_led_along_and_not_let_in(server) {
        let (pool, telling) = pool(server).await;
        let refused = server.public().refused("InitiateAuth", start(&telling, "nobody")).await;
        assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
        let hiding = json!({ "ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED" });
        let hiding = server.client(&pool, hiding).await;
        server.take_events();
        let reply = |mut input: Value| {
            input["ChallengeResponses"]["USERNAME"] = json!("nobody");
            input
        };
        let first = server.public().ok("InitiateAuth", start(&hiding, "nobody")).await;
        assert_eq!(first["ChallengeParameters"], json!({ "question": "0?", "USERNAME": "nobody" }));
        let second =
            server.public().ok("RespondToAuthChallenge", reply(answer(&hiding, &first, "tea"))).await;
        let events = server.take_events();
        assert!(events.iter().all(|event| {
            event["request"]["userNotFound"] == true && event["request"]["userAttributes"] == json!({})
        }));
        let refused =
            server.public().refused("RespondToAuthChallenge", reply(answer(&hiding, &second, "tea"))).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Incorrect username or password."));
    }

    async fn answers_that_do_not_belong_here_are_refused(server) {
        let (pool, client) = pool(server).await;
        let other = server.client(&pool, json!({ "ExplicitAuthFlows": FLOWS })).await;
        server.user(&pool, "bo", json!({})).await;
        let first = server.public().ok("InitiateAuth", start(&client, "alice")).await;
        server.take_events();
        let mut nothing = answer(&client, &first, "x");
        nothing["ChallengeResponses"].as_object_mut().unwrap().remove("ANSWER");
        let refused = server.public().refused("RespondToAuthChallenge", nothing).await;
        assert_eq!(refused, refusal("InvalidParameterException", "Missing required parameter ANSWER"));
        let mut foreign = answer(&client, &first, "tea");
        foreign["ChallengeResponses"]["USERNAME"] = json!("bo");
        let mut mfa = answer(&client, &first, "tea");
        mfa["ChallengeName"] = json!("SMS_MFA");
        for input in [foreign, answer(&other, &first, "tea"), mfa] {
            let refused = server.public().refused("RespondToAuthChallenge", input).await;
            assert_eq!(refused, refusal("NotAuthorizedException", INVALID));
        }
        assert_eq!(server.take_sources(), [""; 0]);
        server.clock().advance_seconds(181);
        let (_, text) = server.public().refused("RespondToAuthChallenge", answer(&client, &first, "tea")).await;
        assert_eq!(text, "Invalid session for the user, session is expired.");
    }

    async fn who_was_disabled_meanwhile_gets_no_further(server) {
        let (pool, client) = pool(server).await;
        let first = server.public().ok("InitiateAuth", start(&client, "alice")).await;
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        let refused = server.public().refused("RespondToAuthChallenge", answer(&client, &first, "tea")).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "User is disabled."));
    }
}
