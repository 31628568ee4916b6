//! ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword
//! (docs/cognito/users-and-groups.md §11.4, §15, §16).

use poolhouse_ports::Courier;
use poolhouse_store::tables::users;
use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use serde_json::{Value, json};

const NEW: &str = "Another-Horse-8";
const MISMATCH: &str = "Invalid verification code provided, please try again.";
const EXPIRED: &str = "Invalid code provided, please request a code again.";
const EXCEEDED: &str = "Attempt limit exceeded, please try after some time.";
const NO_ADDRESS: &str =
    "Cannot reset password for the user as there is no registered/verified email or phone_number";
const WRONG_STATE: &str = "User password cannot be reset in the current state.";

fn named(client: &str, username: &str) -> Value {
    json!({ "ClientId": client, "Username": username })
}

fn confirm(client: &str, username: &str, code: &str, password: &str) -> Value {
    json!({ "ClientId": client, "Username": username, "ConfirmationCode": code, "Password": password })
}

fn sign_in(client: &str, username: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": username, "PASSWORD": password },
    })
}

/// A code of six digits that is not `code`.
fn other_than(code: &str) -> String {
    let last = code.bytes().last().unwrap();
    format!("{}{}", &code[..5], (last - b'0' + 1) % 10)
}

fn verified_email() -> Value {
    json!({ "email": "alice@example.com", "email_verified": "true" })
}

/// A pool, a client, and alice with a verified e-mail address.
async fn alice(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", verified_email()).await;
    (pool, client)
}

async fn status(server: &TestServer, pool: &str, username: &str) -> Value {
    let input = json!({ "UserPoolId": pool, "Username": username });
    server.admin().ok("AdminGetUser", input).await["UserStatus"].clone()
}

on_both! {
    // recorded: forgot-password-delivery; users-and-groups §10: the old password works until the confirmation
    async fn a_forgotten_password_is_set_anew(server) {
        let (pool, client) = alice(server).await;
        let answer = server.public().ok("ForgotPassword", named(&client, "alice")).await;
        assert_eq!(answer, json!({ "CodeDeliveryDetails":
            { "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" } }));
        let message = server.messages("alice").remove(0);
        assert_eq!(message.kind, "CustomMessage_ForgotPassword");
        assert_eq!(message.body, format!("Your verification code is {}. ", message.code));
        server.sign_in(&client, "alice").await;

        let set = confirm(&client, "alice", &message.code, NEW);
        assert_eq!(server.public().ok("ConfirmForgotPassword", set.clone()).await, json!({}));
        assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
        server.public().ok("InitiateAuth", sign_in(&client, "alice", NEW)).await;
        let old = sign_in(&client, "alice", TestServer::PASSWORD);
        assert_eq!(server.public().refused("InitiateAuth", old).await.0, "NotAuthorizedException");
        let again = server.public().refused("ConfirmForgotPassword", set).await;
        assert_eq!(again, refusal("ExpiredCodeException", EXPIRED));
    }

    // users-and-groups §11.4: observed; a refused password leaves the code good (inferred)
    async fn codes_and_passwords_that_are_refused(server) {
        let (_, client) = alice(server).await;
        let never_asked = confirm(&client, "alice", "123456", NEW);
        assert_eq!(
            server.public().refused("ConfirmForgotPassword", never_asked).await,
            refusal("ExpiredCodeException", EXPIRED),
        );
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let replaced = server.code("alice");
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let code = server.code("alice");
        let cases = [
            (replaced, NEW, "ExpiredCodeException", EXPIRED),
            (other_than(&code), NEW, "CodeMismatchException", MISMATCH),
            (code.clone(), "fidel1ty!first", "InvalidPasswordException",
                "Password does not conform to policy: Password must have uppercase characters"),
        ];
        for (code, password, kind, message) in cases {
            let input = confirm(&client, "alice", &code, password);
            let refused = server.public().refused("ConfirmForgotPassword", input).await;
            assert_eq!(refused, refusal(kind, message));
        }
        server.public().ok("ConfirmForgotPassword", confirm(&client, "alice", &code, NEW)).await;
    }

    // triggers-and-messages §10, documented: one hour
    async fn a_code_lives_an_hour(server) {
        let (_, client) = alice(server).await;
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        server.clock().advance_seconds(60 * 60);
        let late = confirm(&client, "alice", &server.code("alice"), NEW);
        let refused = server.public().refused("ConfirmForgotPassword", late).await;
        assert_eq!(refused, refusal("ExpiredCodeException", EXPIRED));
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        server.clock().advance_seconds(60 * 60 - 1);
        let in_time = confirm(&client, "alice", &server.code("alice"), NEW);
        server.public().ok("ConfirmForgotPassword", in_time).await;
    }

    // Protocol §9, authentication §15: 15 answers and 5 requests within an hour
    async fn guesses_and_requests_are_counted_by_the_hour(server) {
        let (_, client) = alice(server).await;
        for _ in 0..5 {
            server.public().ok("ForgotPassword", named(&client, "alice")).await;
        }
        let exceeded = refusal("LimitExceededException", EXCEEDED);
        assert_eq!(server.public().refused("ForgotPassword", named(&client, "alice")).await, exceeded);
        let code = server.code("alice");
        for _ in 0..15 {
            let wrong = confirm(&client, "alice", &other_than(&code), NEW);
            assert_eq!(server.public().refused("ConfirmForgotPassword", wrong).await.0, "CodeMismatchException");
        }
        let right = confirm(&client, "alice", &code, NEW);
        assert_eq!(server.public().refused("ConfirmForgotPassword", right).await, exceeded);
        server.clock().advance_seconds(60 * 60);
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
    }

    // Authentication §15.2: ends a lock-out (inferred)
    async fn a_new_password_ends_a_lock_out(server) {
        let (_, client) = alice(server).await;
        for _ in 0..5 {
            server.public().refused("InitiateAuth", sign_in(&client, "alice", "Wrong-Horse-9")).await;
        }
        let locked = refusal("NotAuthorizedException", "Password attempts exceeded");
        let right = sign_in(&client, "alice", TestServer::PASSWORD);
        assert_eq!(server.public().refused("InitiateAuth", right).await, locked);
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let set = confirm(&client, "alice", &server.code("alice"), NEW);
        server.public().ok("ConfirmForgotPassword", set).await;
        server.public().ok("InitiateAuth", sign_in(&client, "alice", NEW)).await;
    }

    // tokens §10.2, recorded: tokens stay; a tag of the pool ends them
    async fn a_reset_ends_tokens_where_the_pool_wants_it(server) {
        for (tag, stays) in [(None, true), (Some("false"), true), (Some("true"), false)] {
            let tags = tag.map_or(json!({}), |tag| json!({ "poolhouse:sign-out-on-reset": tag }));
            let pool = server.pool(json!({ "UserPoolTags": tags })).await;
            let client = server.client(&pool, json!({})).await;
            server.user(&pool, "alice", verified_email()).await;
            let is_good = async |tokens: &Value| {
                let refresh = json!({
                    "ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
                    "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
                });
                let access = json!({ "AccessToken": tokens["AccessToken"] });
                let good = server.public().call("GetUser", access).await.is_ok();
                assert_eq!(server.public().call("InitiateAuth", refresh).await.is_ok(), good);
                good
            };
            let tokens = server.sign_in(&client, "alice").await;
            server.public().ok("ForgotPassword", named(&client, "alice")).await;
            assert!(is_good(&tokens).await);
            let set = confirm(&client, "alice", &server.code("alice"), TestServer::PASSWORD);
            server.public().ok("ConfirmForgotPassword", set).await;
            assert_eq!(is_good(&tokens).await, stays, "by a code, {tag:?}");
            let tokens = server.sign_in(&client, "alice").await;
            let set = json!({ "UserPoolId": pool, "Username": "alice", "Password": NEW, "Permanent": true });
            server.admin().ok("AdminSetUserPassword", set).await;
            assert_eq!(is_good(&tokens).await, stays, "by an administrator, {tag:?}");
            // Who knows the old one keeps the tokens.
            let tokens = server.public().ok("InitiateAuth", sign_in(&client, "alice", NEW)).await["AuthenticationResult"].clone();
            let change = json!({
                "AccessToken": tokens["AccessToken"], "PreviousPassword": NEW, "ProposedPassword": TestServer::PASSWORD,
            });
            server.public().ok("ChangePassword", change).await;
            assert!(is_good(&tokens).await);
        }
    }

    // PreSignUp may verify an address of somebody who is not confirmed: then this is how its owner comes in.
    async fn a_reset_of_an_unconfirmed_user_ends_what_an_unknown_maker_set(server) {
        let verify = server.function("verify", |event| event["response"]["autoVerifyEmail"] = json!(true));
        let pool = server.pool(json!({ "LambdaConfig": { "PreSignUp": verify } })).await;
        let client = server.client(&pool, json!({})).await;
        let sign_up = json!({
            "ClientId": client, "Username": "alice", "Password": TestServer::PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "alice@example.com" }],
        });
        server.public().ok("SignUp", sign_up).await;
        // Tokens from before are what a maker must not keep; there can be none today but by our own hand.
        let mut tx = server.engine().store().write().await.unwrap().at(server.now());
        let mut row = users::find_by_username_key(&mut tx, &pool.as_str().into(), "alice").await.unwrap().unwrap();
        "CONFIRMED".clone_into(&mut row.status);
        users::update(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        let tokens = server.sign_in(&client, "alice").await;
        let mut tx = server.engine().store().write().await.unwrap().at(server.now());
        "UNCONFIRMED".clone_into(&mut row.status);
        users::update(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let set = confirm(&client, "alice", &server.code("alice"), NEW);
        server.public().ok("ConfirmForgotPassword", set).await;
        assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
        let old = json!({ "AccessToken": tokens["AccessToken"] });
        let revoked = refusal("NotAuthorizedException", "Access Token has been revoked");
        assert_eq!(server.public().refused("GetUser", old).await, revoked);
        server.public().ok("InitiateAuth", sign_in(&client, "alice", NEW)).await;
    }

    // One after the other, and in the transaction that counts: the fifteen of an hour, however many come at once.
    async fn codes_guessed_at_once_are_worth_no_more(server) {
        let (_, client) = alice(server).await;
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let wrong = confirm(&client, "alice", &other_than(&server.code("alice")), NEW);
        let public = server.public();
        let guess = async || {
            let refusal = public.call("ConfirmForgotPassword", wrong.clone()).await.unwrap_err();
            usize::from(refusal.code == "CodeMismatchException")
        };
        let mut told = 0;
        for _ in 0..10 {
            let (a, b, c, d) = tokio::join!(guess(), guess(), guess(), guess());
            told += a + b + c + d;
        }
        assert_eq!(told, 15);
    }

    // users-and-groups §9: the current password counts as one of the history (text ours)
    async fn the_history_is_asked_only_with_the_right_code(server) {
        let policy = json!({ "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 2 } });
        let pool = server.pool(json!({ "Policies": policy, "UserPoolTier": "ESSENTIALS" })).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", verified_email()).await;
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let code = server.code("alice");
        let guess = confirm(&client, "alice", &other_than(&code), TestServer::PASSWORD);
        assert_eq!(server.public().refused("ConfirmForgotPassword", guess).await.0, "CodeMismatchException");
        let used = confirm(&client, "alice", &code, TestServer::PASSWORD);
        assert_eq!(
            server.public().refused("ConfirmForgotPassword", used).await,
            refusal("PasswordHistoryPolicyViolationException", "Password has previously been used"),
        );
        server.public().ok("ConfirmForgotPassword", confirm(&client, "alice", &code, NEW)).await;
    }

    // observed: forgot-password-states; users-and-groups §11.4
    async fn users_whose_password_cannot_be_reset(server) {
        let (pool, client) = alice(server).await;
        server.user(&pool, "bare", json!({})).await;
        server.user(&pool, "unverified", json!({ "email": "u@example.com" })).await;
        server.user(&pool, "disabled", verified_email()).await;
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "disabled" })).await;
        let fresh = json!({
            "UserPoolId": pool, "Username": "fresh", "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "email", "Value": "f@example.com" },
                { "Name": "email_verified", "Value": "true" }],
        });
        server.admin().ok("AdminCreateUser", fresh).await;
        let cases = [
            ("bare", "InvalidParameterException", NO_ADDRESS),
            ("unverified", "InvalidParameterException", NO_ADDRESS),
            ("disabled", "NotAuthorizedException", "User is disabled."),
            ("fresh", "NotAuthorizedException", WRONG_STATE),
            ("nobody", "UserNotFoundException", "Username/client id combination not found."),
        ];
        for (username, code, message) in cases {
            let refused = server.public().refused("ForgotPassword", named(&client, username)).await;
            assert_eq!(refused, refusal(code, message), "{username}");
        }
        for (username, code, message) in cases.iter().skip(2) {
            let input = confirm(&client, username, "123456", NEW);
            let refused = server.public().refused("ConfirmForgotPassword", input).await;
            assert_eq!(refused, refusal(code, message), "{username}");
        }
        // users-and-groups §12.2, observed: without the full stop
        let by_admin = [
            ("disabled", "NotAuthorizedException", "User is disabled"),
            ("fresh", "NotAuthorizedException", WRONG_STATE),
            ("bare", "InvalidParameterException", NO_ADDRESS),
            ("nobody", "UserNotFoundException", "User does not exist."),
        ];
        for (username, code, message) in by_admin {
            let input = json!({ "UserPoolId": pool, "Username": username });
            let refused = server.admin().refused("AdminResetUserPassword", input).await;
            assert_eq!(refused, refusal(code, message), "{username}");
        }
    }

    // observed: forgot-password-admin-only
    async fn administrators_may_keep_recovery_to_themselves(server) {
        let setting = json!({ "RecoveryMechanisms": [{ "Name": "admin_only", "Priority": 1 }] });
        let pool = server.pool(json!({ "AccountRecoverySetting": setting })).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", verified_email()).await;
        assert_eq!(
            server.public().refused("ForgotPassword", named(&client, "alice")).await,
            refusal("NotAuthorizedException", "Contact administrator to reset password."),
        );
    }

    // users-and-groups §16: documented
    async fn the_way_of_recovery_is_chosen_by_priority(server) {
        let mechanism = |name: &str, priority: i32| json!({ "Name": name, "Priority": priority });
        let (email, phone) = ("verified_email", "verified_phone_number");
        let both = json!({
            "email": "a@example.com", "email_verified": "true",
            "phone_number": "+12065550100", "phone_number_verified": "true",
        });
        let only_email = json!({
            "email": "a@example.com", "email_verified": "true", "phone_number": "+12065550100",
        });
        let cases = [
            (vec![mechanism(email, 1), mechanism(phone, 2)], &both, "EMAIL"),
            (vec![mechanism(email, 2), mechanism(phone, 1)], &both, "SMS"),
            (vec![mechanism(email, 2), mechanism(phone, 1)], &only_email, "EMAIL"),
        ];
        for (mechanisms, attributes, medium) in cases {
            let pool = server.pool(json!({ "AccountRecoverySetting": { "RecoveryMechanisms": mechanisms } })).await;
            let client = server.client(&pool, json!({})).await;
            server.user(&pool, "alice", attributes.clone()).await;
            let answer = server.public().ok("ForgotPassword", named(&client, "alice")).await;
            assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], medium, "{mechanisms:?}");
        }
    }

    // users-and-groups §16, documented: a second factor is no way of recovery
    async fn the_second_factor_does_not_recover_the_first(server) {
        let mechanisms = json!([
            { "Name": "verified_phone_number", "Priority": 1 }, { "Name": "verified_email", "Priority": 2 },
        ]);
        let pool = server.pool(json!({ "AccountRecoverySetting": { "RecoveryMechanisms": mechanisms } })).await;
        let client = server.client(&pool, json!({})).await;
        let mut attributes = verified_email();
        attributes["phone_number"] = json!("+12065550100");
        attributes["phone_number_verified"] = json!("true");
        server.user(&pool, "alice", attributes).await;
        let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
        let settings = json!({ "UserPoolId": pool, "Username": "alice", "MFAOptions": sms });
        server.admin().ok("AdminSetUserSettings", settings).await;
        let answer = server.public().ok("ForgotPassword", named(&client, "alice")).await;
        assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    }

    // authentication §15.2, documented
    async fn the_preferred_factor_is_the_one_that_does_not_recover(server) {
        let mechanisms = json!([
            { "Name": "verified_phone_number", "Priority": 1 }, { "Name": "verified_email", "Priority": 2 },
        ]);
        let pool = server.pool(json!({
            "AccountRecoverySetting": { "RecoveryMechanisms": mechanisms },
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
            "EmailConfiguration": {
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            },
        })).await;
        let factors = json!({
            "UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {}, "EmailMfaConfiguration": {},
        });
        server.admin().ok("SetUserPoolMfaConfig", factors).await;
        let client = server.client(&pool, json!({})).await;
        let mut attributes = verified_email();
        attributes["phone_number"] = json!("+12065550100");
        attributes["phone_number_verified"] = json!("true");
        server.user(&pool, "alice", attributes).await;
        for (sms, email, medium) in [(true, false, "EMAIL"), (false, true, "SMS")] {
            let settings = json!({
                "UserPoolId": pool,
                "Username": "alice",
                "SMSMfaSettings": { "Enabled": true, "PreferredMfa": sms },
                "EmailMfaSettings": { "Enabled": true, "PreferredMfa": email },
            });
            server.admin().ok("AdminSetUserMFAPreference", settings).await;
            let answer = server.public().ok("ForgotPassword", named(&client, "alice")).await;
            assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], medium);
        }
        // without a preference both are asked for, and neither is left
        let settings = json!({
            "UserPoolId": pool, "Username": "alice", "EmailMfaSettings": { "PreferredMfa": false },
        });
        server.admin().ok("AdminSetUserMFAPreference", settings).await;
        let (code, _) = server.public().refused("ForgotPassword", named(&client, "alice")).await;
        assert_eq!(code, "InvalidParameterException");
    }

    // users-and-groups §15, documented
    async fn who_cannot_recover_can_be_hidden(server) {
        let (pool, _) = alice(server).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        server.user(&pool, "bare", json!({})).await;
        server.user(&pool, "disabled", verified_email()).await;
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "disabled" })).await;
        for username in ["nobody", "bare", "disabled"] {
            let guess = confirm(&client, username, "123456", NEW);
            assert_eq!(
                server.public().refused("ConfirmForgotPassword", guess.clone()).await,
                refusal("CodeMismatchException", MISMATCH), "{username}",
            );
            let answer = server.public().ok("ForgotPassword", named(&client, username)).await;
            let details = &answer["CodeDeliveryDetails"];
            assert_eq!((&details["DeliveryMedium"], &details["AttributeName"]), (&json!("EMAIL"), &json!("email")));
            assert_eq!(server.public().ok("ForgotPassword", named(&client, username)).await, answer);
            assert_eq!(
                server.public().refused("ConfirmForgotPassword", guess).await,
                refusal("CodeMismatchException", MISMATCH), "{username}",
            );
            assert!(server.messages(username).is_empty());
            for _ in 0..3 {
                server.public().ok("ForgotPassword", named(&client, username)).await;
            }
            let refused = server.public().refused("ForgotPassword", named(&client, username)).await;
            assert_eq!(refused, refusal("LimitExceededException", EXCEEDED), "{username}");
        }
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let set = confirm(&client, "alice", &server.code("alice"), NEW);
        server.public().ok("ConfirmForgotPassword", set).await;
    }

    // Authentication §7, documented: the medium follows the form of the name, as far as the pool has it
    async fn a_hidden_user_is_reached_as_the_name_says(server) {
        let mechanism = |name: &str, priority: i32| json!({ "Name": name, "Priority": priority });
        let (email, phone) = (mechanism("verified_email", 1), mechanism("verified_phone_number", 2));
        let cases = [
            (json!([email, phone]), "+12065550100", "SMS", "+*******0100"),
            (json!([email, phone]), "zoe@mail.example", "EMAIL", "z***@m***"),
            (json!([phone]), "+12065550100", "SMS", "+*******0100"),
        ];
        for (mechanisms, username, medium, destination) in cases {
            let setting = json!({ "AccountRecoverySetting": { "RecoveryMechanisms": mechanisms } });
            let pool = server.pool(setting).await;
            let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
            let answer = server.public().ok("ForgotPassword", named(&client, username)).await;
            let details = &answer["CodeDeliveryDetails"];
            assert_eq!((&details["DeliveryMedium"], &details["Destination"]), (&json!(medium), &json!(destination)));
        }
        let only_email = json!({ "RecoveryMechanisms": [email] });
        let pool = server.pool(json!({ "AccountRecoverySetting": only_email })).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let answer = server.public().ok("ForgotPassword", named(&client, "+12065550100")).await;
        assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    }

    // users-and-groups §12.2, authentication §15.2
    async fn an_administrator_ends_a_password(server) {
        let (pool, client) = alice(server).await;
        let tokens = server.sign_in(&client, "alice").await;
        let user = json!({ "UserPoolId": pool, "Username": "alice" });
        assert_eq!(server.admin().ok("AdminResetUserPassword", user.clone()).await, json!({}));
        assert_eq!(status(server, &pool, "alice").await, "RESET_REQUIRED");
        let old = sign_in(&client, "alice", TestServer::PASSWORD);
        let required = refusal("PasswordResetRequiredException", "Password reset required for the user");
        assert_eq!(server.public().refused("InitiateAuth", old).await, required);
        let get = json!({ "AccessToken": tokens["AccessToken"] });
        assert_eq!(server.public().refused("GetUser", get).await, required);

        let first = server.code("alice");
        assert_eq!(server.admin().ok("AdminResetUserPassword", user).await, json!({}));
        let replaced = confirm(&client, "alice", &first, NEW);
        let refused = server.public().refused("ConfirmForgotPassword", replaced).await;
        assert_eq!(refused, refusal("ExpiredCodeException", EXPIRED));
        let set = confirm(&client, "alice", &server.code("alice"), NEW);
        server.public().ok("ConfirmForgotPassword", set).await;
        assert_eq!(status(server, &pool, "alice").await, "CONFIRMED");
        server.public().ok("InitiateAuth", sign_in(&client, "alice", NEW)).await;
    }

    async fn a_code_is_spent_once(server) {
        let (_, client) = alice(server).await;
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let code = server.code("alice");
        let public = server.public();
        let (one, other) = tokio::join!(
            public.call("ConfirmForgotPassword", confirm(&client, "alice", &code, NEW)),
            public.call("ConfirmForgotPassword", confirm(&client, "alice", &code, "Third-Horse-99")),
        );
        let refused: Vec<_> = [&one, &other].into_iter().filter_map(|r| r.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "{one:?} {other:?}");
        assert_eq!(refused[0].code, "ExpiredCodeException");
        // Each of them was one try of fifteen, also where the database had it repeated.
        for _ in 0..13 {
            let late = server.public().refused("ConfirmForgotPassword", confirm(&client, "alice", &code, NEW)).await;
            assert_eq!(late, refusal("ExpiredCodeException", EXPIRED));
        }
        let late = server.public().refused("ConfirmForgotPassword", confirm(&client, "alice", &code, NEW)).await;
        assert_eq!(late, refusal("LimitExceededException", EXCEEDED));
    }

    // A code proves the address that it was sent to; whoever held it before has no business here.
    async fn a_code_does_not_outlive_its_address(server) {
        let (pool, client) = alice(server).await;
        server.public().ok("ForgotPassword", named(&client, "alice")).await;
        let set = confirm(&client, "alice", &server.code("alice"), NEW);
        let change = |email: &str| json!({
            "UserPoolId": pool, "Username": "alice",
            "UserAttributes": [{ "Name": "email", "Value": email }, { "Name": "email_verified", "Value": "true" }],
        });
        server.admin().ok("AdminUpdateUserAttributes", change("new@example.com")).await;
        let refused = server.public().refused("ConfirmForgotPassword", set).await;
        assert_eq!(refused, refusal("ExpiredCodeException", EXPIRED));
        server.sign_in(&client, "alice").await;
    }

    async fn a_code_does_not_outlive_the_password(server) {
        let (pool, client) = alice(server).await;
        let tokens = server.sign_in(&client, "alice").await;
        let by_admin = json!({
            "UserPoolId": pool, "Username": "alice", "Password": TestServer::PASSWORD, "Permanent": true,
        });
        let by_herself = json!({
            "AccessToken": tokens["AccessToken"],
            "PreviousPassword": TestServer::PASSWORD, "ProposedPassword": TestServer::PASSWORD,
        });
        for (operation, input) in [("AdminSetUserPassword", by_admin), ("ChangePassword", by_herself)] {
            server.public().ok("ForgotPassword", named(&client, "alice")).await;
            let set = confirm(&client, "alice", &server.code("alice"), NEW);
            server.admin().ok(operation, input).await;
            let refused = server.public().refused("ConfirmForgotPassword", set).await;
            assert_eq!(refused, refusal("ExpiredCodeException", EXPIRED), "{operation}");
        }
        server.sign_in(&client, "alice").await;
    }
}

// users-and-groups §15: a failure that only users who exist meet would tell that they do
#[tokio::test]
async fn a_failed_delivery_tells_of_no_user() {
    let server =
        TestServer::start_with(Database::Sqlite, |parts| parts.kernel.courier = Courier::unconfigured())
            .await;
    let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
    server.user(&pool, "alice", verified_email()).await;
    let input = json!({
        "ClientId": client, "Username": "bob", "Password": NEW,
        "UserAttributes": [{ "Name": "email", "Value": "bob@example.com" }],
    });
    server.public().refused("SignUp", input).await;
    for (operation, real) in [("ForgotPassword", "alice"), ("ResendConfirmationCode", "bob")] {
        let told = server.public().refused(operation, named(&client, real)).await;
        assert_eq!(told.0, "CodeDeliveryFailureException", "{operation}");
        for hidden in ["nobody", "+12065550100"] {
            assert_eq!(server.public().refused(operation, named(&client, hidden)).await, told, "{operation}");
        }
    }
    server.finish().await;
}
