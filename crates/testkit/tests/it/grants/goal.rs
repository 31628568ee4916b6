//! What a sign-in ends in: docs/decisions/0043-a-sign-in-has-a-goal.md.

use poolhouse_core::profile::{self, Proof};
use poolhouse_core::sign_up::{self, Confirmation, Named, Registration};
use poolhouse_core::signin::{self, Answer, Start, Step};
use poolhouse_crypto::totp;
use poolhouse_kernel::sign_ins::Flow;
use poolhouse_testkit::{TestServer, on_both};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{AuthFlowType, ChallengeNameType};
use serde_json::json;

use poolhouse_core::grants::authorize::Asked;

use super::{App, claims, text};

fn answer(
    app: &App<'_>,
    challenge: ChallengeNameType,
    session: Sensitive,
    responses: &[(&str, &str)],
) -> Answer {
    Answer {
        pool_id: Some(app.pool.clone()),
        client_id: app.client.clone(),
        challenge,
        session: Some(session),
        responses: responses.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
    }
}

/// The challenge that a step gives.
#[track_caller]
fn challenge(step: Step, expected: &ChallengeNameType) -> Sensitive {
    let Step::Challenge { name, session, .. } = step else { panic!("{step:?}") };
    assert_eq!(name, *expected);
    session.unwrap()
}

#[track_caller]
fn logged_in(step: &Step) {
    assert!(matches!(step, Step::LoggedIn { .. }), "{step:?}");
}

on_both! {
    async fn a_page_needs_neither_flow_nor_hash(server) {
        let app = App::with(server, json!({ "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"] })).await;
        let (login, _) = app.log_in().await;
        assert_eq!((&login.pool_id, &login.client_id), (&app.pool, &app.client));
        assert_eq!((&*login.username, login.auth_time), ("alice", server.now()));
        let wrong = signin::start(&app.page(), app.start("alice", "Wrong-Password-1")).await.unwrap_err();
        assert_eq!(text(&wrong), "Incorrect username or password.");
        for flow in [AuthFlowType::UserSrpAuth, AuthFlowType::RefreshTokenAuth, AuthFlowType::AdminUserPasswordAuth] {
            let start = Start { flow, ..app.start("alice", TestServer::PASSWORD) };
            let refused = signin::start(&app.page(), start).await.unwrap_err();
            assert_eq!(text(&refused), "Initiate Auth method not supported.");
        }
        // The client is none of another pool's.
        let other = server.pool(json!({})).await;
        let start = Start { pool_id: Some(other.as_str().into()), ..app.start("alice", TestServer::PASSWORD) };
        assert!(signin::start(&app.page(), start).await.is_err());
    }

    async fn guesses_at_a_page_count_as_any(server) {
        let app = App::new(server).await;
        for _ in 0..5 {
            signin::start(&app.page(), app.start("alice", "Wrong-Password-1")).await.unwrap_err();
        }
        let page = app.page();
        let locked = signin::start(&page, app.start("alice", TestServer::PASSWORD)).await.unwrap_err();
        assert_eq!(text(&locked), "Password attempts exceeded");
        assert!(page.sign_in().is_locked_out() && !app.page().sign_in().is_locked_out());
        let counted = server.engine().sign_ins().figures();
        assert_eq!(counted[&(Flow::PagePassword, "NotAuthorizedException")], 6);
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": app.client.as_str(),
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        let (_, locked) = server.public().refused("InitiateAuth", input).await;
        assert_eq!(locked, "Password attempts exceeded");
    }

    async fn a_challenge_belongs_to_its_door(server) {
        let app = App::new(server).await;
        let temporary = json!({
            "UserPoolId": app.pool, "Username": "alice", "Password": "Temp0rary!Pass", "Permanent": false,
        });
        server.admin().ok("AdminSetUserPassword", temporary).await;
        let name = ChallengeNameType::NewPasswordRequired;
        let step = signin::start(&app.page(), app.start("alice", "Temp0rary!Pass")).await.unwrap();
        let of_page = challenge(step, &name);
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": app.client.as_str(),
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Temp0rary!Pass" },
        });
        let of_api = server.public().ok("InitiateAuth", input).await["Session"].as_str().unwrap().to_owned();

        let responses = [("USERNAME", "alice"), ("NEW_PASSWORD", TestServer::PASSWORD)];
        let input = json!({
            "ClientId": app.client.as_str(), "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": of_page.as_str(),
            "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": TestServer::PASSWORD },
        });
        let (code, refused) = server.public().refused("RespondToAuthChallenge", input).await;
        assert_eq!((&*code, &*refused), ("NotAuthorizedException", "Invalid session for the user."));
        let crossed = answer(&app, name.clone(), of_api.as_str().into(), &responses);
        let refused = signin::respond(&app.page(), crossed).await.unwrap_err();
        assert_eq!(text(&refused), "Invalid session for the user.");

        let right = answer(&app, name.clone(), of_page.clone(), &responses);
        logged_in(&signin::respond(&app.page(), right).await.unwrap());
        let again = answer(&app, name, of_page, &responses);
        assert!(signin::respond(&app.page(), again).await.is_err(), "a session is good once");
    }

    async fn blocks_of_srp_are_no_answers_at_a_page(server) {
        let app = App::new(server).await;
        let responses = [("USERNAME", "alice"), ("PASSWORD_CLAIM_SECRET_BLOCK", "x")];
        for challenge in [
            ChallengeNameType::PasswordVerifier,
            ChallengeNameType::DeviceSrpAuth,
            ChallengeNameType::DevicePasswordVerifier,
        ] {
            let refused = signin::respond(&app.page(), answer(&app, challenge, "x".into(), &responses)).await;
            assert_eq!(text(&refused.unwrap_err()), "Invalid session for the user.");
        }
    }

    async fn second_factors_stand_before_a_login(server) {
        let app = App::new(server).await;
        let mfa = json!({
            "UserPoolId": app.pool, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        server.admin().ok("SetUserPoolMfaConfig", mfa).await;
        let setup = signin::start(&app.page(), app.start("alice", TestServer::PASSWORD)).await.unwrap();
        let session = challenge(setup, &ChallengeNameType::MfaSetup);
        let given = profile::associate_software_token(&app.page(), Proof::Session(&session)).await.unwrap();
        let (secret, session) = (given.0, given.1.unwrap());
        let secret = totp::secret_from_text(&secret).unwrap();
        let code = totp::code(&secret, totp::step_at(server.clock().outside().seconds()));
        let proof = Proof::Session(&session);
        let verified = profile::verify_software_token(&app.page(), proof, &code, None).await.unwrap();
        let session = verified.unwrap();
        let set_up = answer(&app, ChallengeNameType::MfaSetup, session, &[("USERNAME", "alice")]);
        let Step::LoggedIn { login, .. } = signin::respond(&app.page(), set_up).await.unwrap() else { panic!() };
        // What was proven is told where levels are asked for.
        let asked = Asked { acr_values: Some("urn:cognito:loa:4".to_owned()), ..app.asked() };
        let tokens = app.redeem(&app.granted(&asked, &login, "code").await).await.unwrap();
        let told = claims(&tokens.access_token);
        assert_eq!((&told["acr"], &told["amr"]), (&json!("urn:cognito:loa:4"), &json!(["pwd", "otp", "mfa"])));
    }

    async fn a_sign_up_goes_on_to_a_login(server) {
        let app = App::with(server, json!({ "GenerateSecret": true })).await;
        let settings = json!({
            "UserPoolId": app.pool, "AutoVerifiedAttributes": ["email"],
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } },
        });
        server.admin().ok("UpdateUserPool", settings).await;
        let named = Named { client_id: &app.client, secret_hash: None, username: "bob" };
        let email = json!({ "Name": "email", "Value": "bob@example.com" });
        let registration = Registration {
            named,
            password: Some(TestServer::PASSWORD),
            attributes: vec![serde_json::from_value(email).unwrap()],
        };
        let signed_up = sign_up::sign_up(&app.page(), registration).await.unwrap();
        let session = signed_up.session.unwrap();
        let code = server.code("bob");
        let confirmation = Confirmation { named, code: &code, force_alias: false, session: Some(&session) };
        let session = sign_up::confirm(&app.page(), confirmation).await.unwrap();
        let start = Start {
            flow: AuthFlowType::UserAuth,
            session,
            parameters: [("USERNAME".to_owned(), "bob".into())].into(),
            ..app.start("bob", "")
        };
        logged_in(&signin::start(&app.page(), start).await.unwrap());
    }

    async fn functions_lead_a_login_too(server) {
        let app = App::new(server).await;
        let define = server.function("define", |event| {
            let answered = event["request"]["session"].as_array().is_some_and(|session| !session.is_empty());
            event["response"] = if answered {
                json!({ "issueTokens": true, "failAuthentication": false })
            } else {
                json!({ "challengeName": "CUSTOM_CHALLENGE", "issueTokens": false, "failAuthentication": false })
            };
        });
        let create = server.function("create", |event| {
            event["response"] = json!({
                "publicChallengeParameters": { "question": "?" }, "privateChallengeParameters": { "answer": "tea" },
            });
        });
        let verify = server.function("verify", |event| {
            event["response"] = json!({ "answerCorrect": event["request"]["challengeAnswer"] == "tea" });
        });
        let lambda = json!({ "UserPoolId": app.pool, "LambdaConfig": {
            "DefineAuthChallenge": define, "CreateAuthChallenge": create, "VerifyAuthChallengeResponse": verify,
        } });
        server.admin().ok("UpdateUserPool", lambda).await;
        let start = Start { flow: AuthFlowType::CustomAuth, ..app.start("alice", "") };
        let step = signin::start(&app.page(), start).await.unwrap();
        let session = challenge(step, &ChallengeNameType::CustomChallenge);
        let right = [("USERNAME", "alice"), ("ANSWER", "tea")];
        let right = answer(&app, ChallengeNameType::CustomChallenge, session, &right);
        logged_in(&signin::respond(&app.page(), right).await.unwrap());
    }
}
