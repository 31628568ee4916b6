//! SignUp, ConfirmSignUp, ResendConfirmationCode (docs/cognito/users-and-groups.md §11).

use poolhouse_core::sign_up::{Confirmation, Named, Registration};
use poolhouse_core::users::create::Invitation;
use poolhouse_ports::Courier;
use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use poolhouse_wire::user_pools::AttributeType;
use serde_json::{Value, json};

const MISMATCH: &str = "Invalid verification code provided, please try again.";
const EXPIRED: &str = "Invalid code provided, please request a code again.";
const EXCEEDED: &str = "Attempt limit exceeded, please try after some time.";

/// Names and values of attributes.
type Pairs<'a> = &'a [(&'a str, &'a str)];

fn attributes(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

fn sign_up(client: &str, username: &str, pairs: &[(&str, &str)]) -> Value {
    json!({
        "ClientId": client,
        "Username": username,
        "Password": TestServer::PASSWORD,
        "UserAttributes": attributes(pairs),
    })
}

fn confirm(client: &str, username: &str, code: &str) -> Value {
    json!({ "ClientId": client, "Username": username, "ConfirmationCode": code })
}

/// A code of six digits that is not `code`.
fn other_than(code: &str) -> String {
    let last = code.bytes().last().unwrap();
    format!("{}{}", &code[..5], (last - b'0' + 1) % 10)
}

/// A pool that verifies e-mail addresses, and a client of it.
async fn verifying(server: &TestServer, settings: Value) -> (String, String) {
    let mut all = json!({ "AutoVerifiedAttributes": ["email"] });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let pool = server.pool(all).await;
    let client = server.client(&pool, json!({})).await;
    (pool, client)
}

/// Status and attributes of a user, `sub` left out.
async fn user(server: &TestServer, pool: &str, username: &str) -> (String, Value) {
    let user = server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": username })).await;
    let attributes: serde_json::Map<_, _> = user["UserAttributes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["Name"] != "sub")
        .map(|a| (a["Name"].as_str().unwrap().to_owned(), a["Value"].clone()))
        .collect();
    (user["UserStatus"].as_str().unwrap().to_owned(), attributes.into())
}

on_both! {
    // recorded: sign-up.happy
    async fn a_sign_up_sends_a_code_that_confirms(server) {
        let (pool, client) = verifying(server, json!({})).await;
        let answer = server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "alice@example.com")])).await;
        let sub = answer["UserSub"].as_str().unwrap();
        assert_eq!(answer, json!({
            "UserConfirmed": false,
            "UserSub": sub,
            "CodeDeliveryDetails":
                { "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" },
        }));
        let unverified = json!({ "email": "alice@example.com", "email_verified": "false" });
        assert_eq!(user(server, &pool, "alice").await, ("UNCONFIRMED".to_owned(), unverified));

        let message = server.messages("alice").remove(0);
        assert_eq!(message.destination, "alice@example.com");
        assert_eq!(message.kind, "CustomMessage_SignUp");
        assert_eq!(message.subject, "Your verification code");
        assert_eq!(message.body, format!("Your verification code is {}. ", message.code));
        assert_eq!(message.code.len(), 6);

        assert_eq!(server.public().ok("ConfirmSignUp", confirm(&client, "alice", &message.code)).await, json!({}));
        let verified = json!({ "email": "alice@example.com", "email_verified": "true" });
        assert_eq!(user(server, &pool, "alice").await, ("CONFIRMED".to_owned(), verified));
        assert_eq!(
            server.public().refused("ConfirmSignUp", confirm(&client, "alice", &message.code)).await,
            refusal("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"),
        );
    }

    // recorded: sign-up-email-not-auto-verified
    async fn nothing_is_sent_where_nothing_is_to_be_verified(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let answer = server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "a@example.com")])).await;
        assert_eq!(answer["CodeDeliveryDetails"], Value::Null);
        assert!(server.messages("alice").is_empty());
        let named = json!({ "ClientId": client, "Username": "alice" });
        assert_eq!(
            server.public().refused("ResendConfirmationCode", named).await,
            refusal("NotAuthorizedException", "Cannot resend codes. Auto verification not turned on."),
        );
        assert_eq!(
            server.public().refused("ConfirmSignUp", confirm(&client, "alice", "123456")).await,
            refusal("ExpiredCodeException", EXPIRED),
        );
    }

    // users-and-groups §11.1, documented
    async fn the_telephone_comes_before_the_mail(server) {
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let settings =
            json!({ "AutoVerifiedAttributes": ["email", "phone_number"], "SmsConfiguration": sms });
        let (pool, client) = verifying(server, settings).await;
        let both = [("email", "alice@example.com"), ("phone_number", "+12065550100")];
        let answer = server.public().ok("SignUp", sign_up(&client, "alice", &both)).await;
        assert_eq!(answer["CodeDeliveryDetails"], json!({
            "Destination": "+*******0100", "DeliveryMedium": "SMS", "AttributeName": "phone_number",
        }));
        let code = server.code("alice");
        server.public().ok("ConfirmSignUp", confirm(&client, "alice", &code)).await;
        assert_eq!(user(server, &pool, "alice").await.1, json!({
            "email": "alice@example.com", "email_verified": "false",
            "phone_number": "+12065550100", "phone_number_verified": "true",
        }));
    }

    async fn the_pools_own_texts_are_sent(server) {
        let template = json!({ "EmailSubject": "Welcome", "EmailMessage": "<b>{####}</b> is it, {username}" });
        let (_, client) = verifying(server, json!({ "VerificationMessageTemplate": template })).await;
        server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "a@example.com")])).await;
        let message = server.messages("alice").remove(0);
        assert_eq!(message.subject, "Welcome");
        assert_eq!(message.body, format!("<b>{}</b> is it, {{username}}", message.code));
    }

    // users-and-groups §11.1, §7.4: recorded and observed texts
    async fn sign_ups_that_are_refused(server) {
        let schema = json!([{ "Name": "family_name", "AttributeDataType": "String", "Required": true }]);
        let (pool, client) = verifying(server, json!({ "Schema": schema })).await;
        let restricted = server
            .client(&pool, json!({ "WriteAttributes": ["family_name"] }))
            .await;
        let named = ("family_name", "Example");
        let invalid = "InvalidParameterException";
        let cases: [(&str, Pairs<'_>, &str, &str); 7] = [
            (&client, &[], invalid,
                "Attributes did not conform to the schema: name.familyName: The attribute name.familyName is required"),
            (&client, &[("family_name", "")], invalid,
                "Attributes did not conform to the schema: name.familyName: The attribute name.familyName is required"),
            (&client, &[named, ("email_verified", "true")], invalid,
                "Cannot modify the non-mutable attribute email_verified"),
            (&client, &[named, ("email", "not-an-email")], invalid, "Invalid email address format."),
            (&client, &[named, ("phone_number", "12345")], invalid, "Invalid phone number format."),
            (&client, &[named, ("custom:none", "x")], invalid,
                "Attributes did not conform to the schema: Type for attribute {custom:none} could not be determined"),
            (&restricted, &[named, ("email", "a@example.com")], "NotAuthorizedException",
                "A client attempted to write unauthorized attribute"),
        ];
        for (client, pairs, code, message) in cases {
            let refused = server.public().refused("SignUp", sign_up(client, "alice", pairs)).await;
            assert_eq!(refused, refusal(code, message), "{pairs:?}");
        }
        let mut weak = sign_up(&client, "alice", &[named]);
        weak["Password"] = json!("fidel1ty!first");
        assert_eq!(
            server.public().refused("SignUp", weak).await,
            refusal("InvalidPasswordException",
                "Password did not conform with policy: Password must have uppercase characters"),
        );
        let mut none = sign_up(&client, "alice", &[named]);
        none.as_object_mut().unwrap().remove("Password");
        assert_eq!(server.public().refused("SignUp", none).await, refusal(invalid, "Password is required"));
    }

    // observed: sign-up-switched-off; recorded: an unknown client
    async fn administrators_may_keep_sign_up_to_themselves(server) {
        let config = json!({ "AllowAdminCreateUserOnly": true });
        let (_, client) = verifying(server, json!({ "AdminCreateUserConfig": config })).await;
        assert_eq!(
            server.public().refused("SignUp", sign_up(&client, "alice", &[])).await,
            refusal("NotAuthorizedException", "SignUp is not permitted for this user pool"),
        );
        let unknown = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
        assert_eq!(
            server.public().refused("SignUp", sign_up(unknown, "alice", &[])).await,
            refusal("ResourceNotFoundException",
                "User pool client aaaaaaaaaaaaaaaaaaaaaaaaaa does not exist."),
        );
    }

    // users-and-groups §6: observed, with PreventUserExistenceErrors too (§15)
    async fn a_name_is_given_once(server) {
        let (pool, _) = verifying(server, json!({ "UsernameConfiguration": { "CaseSensitive": false } })).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        server.public().ok("SignUp", sign_up(&client, "alice", &[])).await;
        for taken in ["alice", "Alice"] {
            assert_eq!(
                server.public().refused("SignUp", sign_up(&client, taken, &[])).await,
                refusal("UsernameExistsException", "User already exists"),
            );
        }
    }

    // users-and-groups §6: observed
    async fn an_address_can_be_the_name(server) {
        let settings = json!({ "UsernameAttributes": ["email", "phone_number"] });
        let (pool, client) = verifying(server, settings).await;
        let answer = server.public().ok("SignUp", sign_up(&client, "alice@example.com", &[])).await;
        let named = json!({ "UserPoolId": pool, "Username": "alice@example.com" });
        let record = server.admin().ok("AdminGetUser", named).await;
        assert_eq!(record["Username"], answer["UserSub"]);
        let (_, attributes) = user(server, &pool, "alice@example.com").await;
        assert_eq!(attributes, json!({ "email": "alice@example.com", "email_verified": "false" }));
        assert_eq!(
            server.public().refused("SignUp", sign_up(&client, "alice@example.com", &[])).await,
            refusal("UsernameExistsException", "An account with the given email already exists."),
        );
        server.public().ok("SignUp", sign_up(&client, "+12065550100", &[])).await;
        assert_eq!(
            server.public().refused("SignUp", sign_up(&client, "+12065550100", &[])).await,
            refusal("UsernameExistsException", "An account with the given phone_number already exists."),
        );
        assert_eq!(
            server.public().refused("SignUp", sign_up(&client, "alice", &[])).await,
            refusal("InvalidParameterException", "Username should be either an email or a phone number."),
        );
        let code = server.code(answer["UserSub"].as_str().unwrap());
        server.public().ok("ConfirmSignUp", confirm(&client, "alice@example.com", &code)).await;
        assert_eq!(user(server, &pool, "alice@example.com").await.0, "CONFIRMED");
    }

    // users-and-groups §11.2, §13: observed
    async fn a_new_code_takes_the_place_of_the_old_one(server) {
        let (_, client) = verifying(server, json!({})).await;
        server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "a@example.com")])).await;
        let first = server.code("alice");
        let named = json!({ "ClientId": client, "Username": "alice" });
        let answer = server.public().ok("ResendConfirmationCode", named.clone()).await;
        assert_eq!(answer, json!({ "CodeDeliveryDetails":
            { "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" } }));
        let message = server.messages("alice").remove(0);
        assert_eq!(message.kind, "CustomMessage_ResendCode");
        assert_ne!(message.code, first);

        let refused = server.public().refused("ConfirmSignUp", confirm(&client, "alice", &first)).await;
        assert_eq!(refused, refusal("ExpiredCodeException", EXPIRED));
        let wrong = confirm(&client, "alice", &other_than(&message.code));
        let refused = server.public().refused("ConfirmSignUp", wrong).await;
        assert_eq!(refused, refusal("CodeMismatchException", MISMATCH));
        server.public().ok("ConfirmSignUp", confirm(&client, "alice", &message.code)).await;
        assert_eq!(
            server.public().refused("ResendConfirmationCode", named).await,
            refusal("InvalidParameterException", "User is already confirmed."),
        );
    }

    // triggers-and-messages §10, documented: 24 hours
    async fn a_code_lives_a_day(server) {
        let (_, client) = verifying(server, json!({})).await;
        for (name, email) in [("alice", "a@example.com"), ("bob", "b@example.com")] {
            server.public().ok("SignUp", sign_up(&client, name, &[("email", email)])).await;
        }
        server.clock().advance_seconds(24 * 60 * 60 - 1);
        server.public().ok("ConfirmSignUp", confirm(&client, "alice", &server.code("alice"))).await;
        server.clock().advance_seconds(1);
        assert_eq!(
            server.public().refused("ConfirmSignUp", confirm(&client, "bob", &server.code("bob"))).await,
            refusal("ExpiredCodeException", EXPIRED),
        );
    }

    // protocol §9, documented: 15 within an hour
    async fn guesses_are_counted_by_the_hour(server) {
        let (_, client) = verifying(server, json!({})).await;
        server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "a@example.com")])).await;
        let code = server.code("alice");
        for _ in 0..15 {
            let wrong = confirm(&client, "alice", &other_than(&code));
            assert_eq!(server.public().refused("ConfirmSignUp", wrong).await.0, "CodeMismatchException");
        }
        assert_eq!(
            server.public().refused("ConfirmSignUp", confirm(&client, "alice", &code)).await,
            refusal("LimitExceededException", EXCEEDED),
        );
        server.clock().advance_seconds(60 * 60);
        server.public().ok("ConfirmSignUp", confirm(&client, "alice", &code)).await;
    }

    // protocol §9, documented: 5 within an hour
    async fn codes_are_sent_again_five_times_an_hour(server) {
        let (_, client) = verifying(server, json!({})).await;
        server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "a@example.com")])).await;
        let named = json!({ "ClientId": client, "Username": "alice" });
        for _ in 0..5 {
            server.public().ok("ResendConfirmationCode", named.clone()).await;
        }
        let refused = server.public().refused("ResendConfirmationCode", named.clone()).await;
        assert_eq!(refused, refusal("LimitExceededException", EXCEEDED));
        assert_eq!(server.messages("alice").len(), 6);
        server.clock().advance_seconds(60 * 60);
        server.public().ok("ResendConfirmationCode", named).await;
    }

    // users-and-groups §11.2: observed; that the code stays good is inferred
    async fn an_alias_in_use_is_moved_only_by_force(server) {
        let (pool, client) = verifying(server, json!({ "AliasAttributes": ["email"] })).await;
        server.user(&pool, "holder", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        server.public().ok("SignUp", sign_up(&client, "alice", &[("email", "a@example.com")])).await;
        let code = server.code("alice");
        assert_eq!(
            server.public().refused("ConfirmSignUp", confirm(&client, "alice", &code)).await,
            refusal("AliasExistsException", "An account with the given email already exists."),
        );
        assert_eq!(user(server, &pool, "alice").await.0, "UNCONFIRMED");

        let mut by_force = confirm(&client, "alice", &code);
        by_force["ForceAliasCreation"] = json!(true);
        server.public().ok("ConfirmSignUp", by_force).await;
        let email = |verified: &str| json!({ "email": "a@example.com", "email_verified": verified });
        assert_eq!(user(server, &pool, "holder").await, ("CONFIRMED".to_owned(), email("false")));
        assert_eq!(user(server, &pool, "alice").await, ("CONFIRMED".to_owned(), email("true")));
        let by_alias = json!({ "UserPoolId": pool, "Username": "a@example.com" });
        assert_eq!(server.admin().ok("AdminGetUser", by_alias).await["Username"], "alice");
    }

    // users-and-groups §11: observed; recorded for ForgotPassword
    async fn an_unknown_user_is_told_so(server) {
        let (_, client) = verifying(server, json!({})).await;
        let unknown = refusal("UserNotFoundException", "Username/client id combination not found.");
        let confirmed = server.public().refused("ConfirmSignUp", confirm(&client, "nobody", "123456")).await;
        assert_eq!(confirmed, unknown);
        let named = json!({ "ClientId": client, "Username": "nobody" });
        assert_eq!(server.public().refused("ResendConfirmationCode", named).await, unknown);
    }

    // users-and-groups §15, documented
    async fn an_unknown_user_can_be_hidden(server) {
        let (pool, _) = verifying(server, json!({})).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        assert_eq!(
            server.public().refused("ConfirmSignUp", confirm(&client, "nobody", "123456")).await,
            refusal("CodeMismatchException", MISMATCH),
        );
        let named = json!({ "ClientId": client, "Username": "nobody" });
        let answer = server.public().ok("ResendConfirmationCode", named.clone()).await;
        let details = &answer["CodeDeliveryDetails"];
        assert_eq!((&details["DeliveryMedium"], &details["AttributeName"]), (&json!("EMAIL"), &json!("email")));
        let destination = details["Destination"].as_str().unwrap();
        assert_eq!(destination.len(), "x***@y***".len(), "{destination}");
        for _ in 0..4 {
            assert_eq!(server.public().ok("ResendConfirmationCode", named.clone()).await, answer);
        }
        let refused = server.public().refused("ResendConfirmationCode", named).await;
        assert_eq!(refused, refusal("LimitExceededException", EXCEEDED));
        // Guesses at a code are counted as anybody's.
        for _ in 0..14 {
            let wrong = server.public().refused("ConfirmSignUp", confirm(&client, "nobody", "123456")).await;
            assert_eq!(wrong, refusal("CodeMismatchException", MISMATCH));
        }
        let wrong = server.public().refused("ConfirmSignUp", confirm(&client, "nobody", "123456")).await;
        assert_eq!(wrong, refusal("LimitExceededException", EXCEEDED));
        // A name that is an address shows as itself: so it would if its owner had signed up.
        let named = json!({ "ClientId": client, "Username": "zoe@mail.example" });
        let answer = server.public().ok("ResendConfirmationCode", named).await;
        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "z***@m***");
        assert!(server.messages("nobody").is_empty());
    }

    // Authentication §4: observed and recorded
    async fn a_client_with_a_secret_proves_itself(server) {
        let (pool, _) = verifying(server, json!({})).await;
        let record = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let client = record["ClientId"].as_str().unwrap();
        let named = json!({ "ClientId": client, "Username": "alice" });
        let without = [
            ("SignUp", sign_up(client, "alice", &[])),
            ("ConfirmSignUp", confirm(client, "alice", "123456")),
            ("ResendConfirmationCode", named),
        ];
        for (operation, mut input) in without {
            assert_eq!(
                server.public().refused(operation, input.clone()).await,
                refusal("NotAuthorizedException",
                    &format!("Client {client} is configured for secret but secret was not received")),
            );
            input["SecretHash"] = json!("bm90IGl0");
            assert_eq!(
                server.public().refused(operation, input).await,
                refusal("NotAuthorizedException", &format!("Unable to verify secret hash for client {client}")),
            );
        }
        let secret = record["ClientSecret"].as_str().unwrap();
        let mut right = sign_up(client, "alice", &[]);
        right["SecretHash"] = json!(poolhouse_crypto::secret_hash::compute(secret, "alice", client));
        server.public().ok("SignUp", right).await;
    }

    async fn of_two_at_once_one_gets_the_name(server) {
        let (pool, client) = verifying(server, json!({})).await;
        let input = sign_up(&client, "alice", &[("email", "a@example.com")]);
        let public = server.public();
        let (one, other) = tokio::join!(
            public.call("SignUp", input.clone()),
            public.call("SignUp", input),
        );
        let refused: Vec<_> = [&one, &other].into_iter().filter_map(|r| r.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "{one:?} {other:?}");
        assert_eq!(refused[0].code, "UsernameExistsException");
        assert_eq!(server.messages("alice").len(), 1);
        assert_eq!(user(server, &pool, "alice").await.0, "UNCONFIRMED");
    }
}

// users-and-groups §11.1: the user stays; triggers-and-messages §13
#[tokio::test]
async fn a_message_that_cannot_be_delivered_leaves_the_user() {
    let server =
        TestServer::start_with(Database::Sqlite, |parts| parts.kernel.courier = Courier::unconfigured())
            .await;
    let (pool, client) = verifying(&server, json!({})).await;
    let input = sign_up(&client, "alice", &[("email", "a@example.com")]);
    let (code, message) = server.public().refused("SignUp", input).await;
    assert_eq!(code, "CodeDeliveryFailureException");
    assert!(message.contains("configure how messages are delivered"), "{message}");
    assert_eq!(user(&server, &pool, "alice").await.0, "UNCONFIRMED");
    server.finish().await;
}

#[test]
fn debug_shows_no_secret() {
    let named = Named { client_id: &"client".into(), secret_hash: Some("hash!"), username: "name!" };
    let attribute = AttributeType { name: "email".to_owned(), value: Some("value!".to_owned().into()) };
    let registration =
        Registration { named, password: Some("password!"), attributes: vec![attribute.clone()] };
    let confirmation = Confirmation { named, code: "code!", force_alias: false, session: None };
    let invitation = Invitation {
        username: "name!",
        attributes: vec![attribute],
        temporary_password: Some("password!"),
        ..Invitation::default()
    };
    let shown = format!("{registration:?} {confirmation:?} {invitation:?}");
    assert!(shown.contains("client") && !shown.contains('!'), "{shown}");
}
