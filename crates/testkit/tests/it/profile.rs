//! What signed-in users do with their own record (docs/cognito/users-and-groups.md §13).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Map, Value, json};

const NEW: &str = "Another-Horse-8";
const MISMATCH: &str = "Invalid verification code provided, please try again.";
const EXPIRED: &str = "Invalid code provided, please request a code again.";
const EXCEEDED: &str = "Attempt limit exceeded, please try after some time.";

/// Names and values of attributes.
type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Alice, signed in.
struct Alice<'a> {
    server: &'a TestServer,
    pool: String,
    client: String,
    token: Value,
}

impl<'a> Alice<'a> {
    async fn new(server: &'a TestServer, pool: Value, client: Value, attributes: Value) -> Alice<'a> {
        let pool = server.pool(pool).await;
        let client = server.client(&pool, client).await;
        server.user(&pool, "alice", attributes).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        Self { server, pool, client, token }
    }

    fn input(&self, input: Value) -> Value {
        let mut input = input;
        input["AccessToken"] = self.token.clone();
        input
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        self.server.public().ok(operation, self.input(input)).await
    }

    async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        self.server.public().refused(operation, self.input(input)).await
    }

    /// Her attributes as GetUser shows them, `sub` left out.
    async fn attributes(&self) -> Value {
        let user = self.ok("GetUser", json!({})).await;
        let list = user["UserAttributes"].as_array().unwrap().iter();
        let pairs = list.filter(|a| a["Name"] != "sub");
        Value::Object(
            pairs
                .map(|a| (a["Name"].as_str().unwrap().to_owned(), a["Value"].clone()))
                .collect::<Map<_, _>>(),
        )
    }

    async fn verify(&self, attribute: &str, code: &str) -> Result<Value, (String, String)> {
        let input = self.input(json!({ "AttributeName": attribute, "Code": code }));
        let answer = self.server.public().call("VerifyUserAttribute", input).await;
        answer.map_err(|e| (e.code, e.message))
    }

    fn code(&self) -> String {
        self.server.code("alice")
    }
}

fn set(pairs: &[(&str, &str)]) -> Value {
    let list: Value = pairs.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    json!({ "UserAttributes": list })
}

fn change(previous: &str, proposed: &str) -> Value {
    json!({ "PreviousPassword": previous, "ProposedPassword": proposed })
}

fn other_than(code: &str) -> String {
    let last = code.bytes().last().unwrap();
    format!("{}{}", &code[..5], (last - b'0' + 1) % 10)
}

fn auto_verified() -> Value {
    json!({ "AutoVerifiedAttributes": ["email"] })
}

fn verified(email: &str) -> Value {
    json!({ "email": email, "email_verified": "true" })
}

/// The schema of the recorded cases.
fn recorded_schema() -> Value {
    json!({ "Schema": [
        { "Name": "team", "AttributeDataType": "String", "Mutable": true },
        { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
        { "Name": "family_name", "AttributeDataType": "String", "Mutable": true, "Required": true },
    ] })
}

fn recorded_attributes() -> Value {
    json!({
        "family_name": "Example", "given_name": "Alice", "email": "alice@example.com",
        "email_verified": "false", "custom:team": "initial", "custom:tenant": "owned",
    })
}

on_both! {
    // recorded: default-client-reads-everything; pycognito U19
    async fn a_user_reads_its_own_record(server) {
        let alice = Alice::new(server, recorded_schema(), json!({}), recorded_attributes()).await;
        let user = alice.ok("GetUser", json!({})).await;
        assert_eq!(user["Username"], "alice");
        assert_eq!(user.as_object().unwrap().len(), 2, "{user}");
        assert_eq!(alice.attributes().await, recorded_attributes());
    }

    // users-and-groups §8, observed: what the client may read, and sub
    async fn a_client_shows_what_it_may_read(server) {
        let reads = json!({ "ReadAttributes": ["email", "custom:team"] });
        let alice = Alice::new(server, recorded_schema(), reads, recorded_attributes()).await;
        let expected = json!({ "email": "alice@example.com", "custom:team": "initial" });
        assert_eq!(alice.attributes().await, expected);
        let user = alice.ok("GetUser", json!({})).await;
        assert!(user["UserAttributes"].as_array().unwrap().iter().any(|a| a["Name"] == "sub"));
    }

    // recorded: update-attributes, update-birthdate-and-duplicates, empty-value-removes
    async fn a_change_without_codes_has_an_empty_answer(server) {
        let alice = Alice::new(server, recorded_schema(), json!({}), recorded_attributes()).await;
        let changes: [Pairs<'_>; 4] = [
            &[("custom:team", "updated"), ("birthdate", "not-a-date")],
            &[("given_name", "first"), ("given_name", "second")],
            &[("birthdate", "short"), ("birthdate", "not-a-date")],
            &[("nickname", "x"), ("nickname", "")],
        ];
        for pairs in changes {
            assert_eq!(alice.ok("UpdateUserAttributes", set(pairs)).await, json!({}), "{pairs:?}");
        }
        let mut expected = recorded_attributes();
        expected["custom:team"] = json!("updated");
        expected["birthdate"] = json!("not-a-date");
        expected["given_name"] = json!("second");
        assert_eq!(alice.attributes().await, expected);
        alice.ok("UpdateUserAttributes", set(&[("given_name", "")])).await;
        expected.as_object_mut().unwrap().remove("given_name");
        assert_eq!(alice.attributes().await, expected);
    }

    // users-and-groups §7.4, recorded and observed
    async fn changes_that_are_refused_change_nothing(server) {
        let writes = json!({ "WriteAttributes": ["family_name", "given_name", "email", "custom:team", "custom:tenant"] });
        let alice = Alice::new(server, recorded_schema(), writes, recorded_attributes()).await;
        let invalid = "InvalidParameterException";
        let cases: [(Pairs<'_>, &str, &str); 6] = [
            (&[("custom:team", "x"), ("custom:none", "x")], "NotAuthorizedException",
                "A client attempted to write unauthorized attribute"),
            (&[("custom:team", "x"), ("nickname", "x")], "NotAuthorizedException",
                "A client attempted to write unauthorized attribute"),
            (&[("custom:team", "x"), ("custom:tenant", "owned")], invalid,
                "user.custom:tenant: Attribute cannot be updated.\n"),
            (&[("custom:team", "x"), ("email_verified", "true")], invalid,
                "Cannot modify the non-mutable attribute email_verified"),
            (&[("custom:team", "x"), ("email", "not-an-email")], invalid, "Invalid email address format."),
            (&[("custom:team", "x"), ("family_name", "")], invalid,
                "Invalid user attributes: name.familyName: The attribute name.familyName is required"),
        ];
        for (pairs, code, message) in cases {
            assert_eq!(alice.refused("UpdateUserAttributes", set(pairs)).await, refusal(code, message), "{pairs:?}");
        }
        assert_eq!(alice.attributes().await, recorded_attributes());
    }

    // recorded: delete-attributes
    async fn deleting_attributes(server) {
        let alice = Alice::new(server, recorded_schema(), json!({}), recorded_attributes()).await;
        let names = |name: &str| json!({ "UserAttributeNames": [name] });
        for _ in 0..2 {
            assert_eq!(alice.ok("DeleteUserAttributes", names("custom:team")).await, json!({}));
        }
        let cases = [
            ("email_verified", "Cannot modify the non-mutable attribute email_verified"),
            ("family_name", "Invalid user attributes: name.familyName: The attribute name.familyName is required"),
            ("custom:tenant", "Invalid user attributes: Custom.User.tenant: This attribute does not satisfy the mutability validation defined in the schema."),
            ("custom:unknown", "Invalid user attributes: Type for attribute {custom:unknown} could not be determined"),
        ];
        for (name, message) in cases {
            let refused = alice.refused("DeleteUserAttributes", names(name)).await;
            assert_eq!(refused, refusal("InvalidParameterException", message));
        }
        alice.ok("DeleteUserAttributes", names("email")).await;
        let left = json!({ "family_name": "Example", "given_name": "Alice", "custom:tenant": "owned" });
        assert_eq!(alice.attributes().await, left);
    }

    // users-and-groups §13, observed: at once, unverified, with a code to the new address
    async fn a_new_address_is_unverified_until_its_code_comes_back(server) {
        let alice = Alice::new(server, auto_verified(), json!({}), verified("a@example.com")).await;
        let answer = alice.ok("UpdateUserAttributes", set(&[("email", "new@mail.example")])).await;
        assert_eq!(answer, json!({ "CodeDeliveryDetailsList":
            [{ "Destination": "n***@m***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }] }));
        let message = server.messages("alice").remove(0);
        assert_eq!((message.destination.as_str(), message.kind),
            ("new@mail.example", "CustomMessage_UpdateUserAttribute"));
        let unverified = json!({ "email": "new@mail.example", "email_verified": "false" });
        assert_eq!(alice.attributes().await, unverified);

        let wrong = alice.verify("email", &other_than(&message.code)).await;
        assert_eq!(wrong, Err(refusal("CodeMismatchException", MISMATCH)));
        assert_eq!(alice.verify("email", &message.code).await, Ok(json!({})));
        assert_eq!(alice.attributes().await, verified("new@mail.example"));
        let again = alice.verify("email", &message.code).await;
        assert_eq!(again, Err(refusal("ExpiredCodeException", EXPIRED)));
    }

    // pycognito U15: clients save whole profiles
    async fn an_equal_address_stays_verified(server) {
        let alice = Alice::new(server, auto_verified(), json!({}), verified("a@example.com")).await;
        let same = set(&[("email", "a@example.com"), ("given_name", "Alice")]);
        assert_eq!(alice.ok("UpdateUserAttributes", same).await, json!({}));
        let mut expected = verified("a@example.com");
        expected["given_name"] = json!("Alice");
        assert_eq!(alice.attributes().await, expected);
        assert!(server.messages("alice").is_empty());
    }

    // users-and-groups §13, documented and observed
    async fn an_address_can_wait_for_its_code(server) {
        let mut settings = auto_verified();
        settings["UserAttributeUpdateSettings"] = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
        let alice = Alice::new(server, settings, json!({}), verified("old@example.com")).await;
        for email in ["first@example.com", "second@example.com"] {
            alice.ok("UpdateUserAttributes", set(&[("email", email)])).await;
            assert_eq!(server.messages("alice")[0].destination, email);
            assert_eq!(alice.attributes().await, verified("old@example.com"));
        }
        let (second, first) = (server.messages("alice").remove(0), server.messages("alice").remove(1));
        assert_eq!(alice.verify("email", &first.code).await, Err(refusal("ExpiredCodeException", EXPIRED)));

        // A code asked for again goes to the address that waits.
        let name = json!({ "AttributeName": "email" });
        let answer = alice.ok("GetUserAttributeVerificationCode", name).await;
        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "s***@e***");
        assert_eq!(alice.verify("email", &second.code).await, Err(refusal("ExpiredCodeException", EXPIRED)));
        alice.verify("email", &alice.code()).await.unwrap();
        assert_eq!(alice.attributes().await, verified("second@example.com"));
    }

    async fn a_code_verifies_no_other_address_than_its_own(server) {
        let alice = Alice::new(server, auto_verified(), json!({}), json!({})).await;
        alice.ok("UpdateUserAttributes", set(&[("email", "mine@example.com")])).await;
        let code = alice.code();
        let admin = json!({
            "UserPoolId": alice.pool, "Username": "alice",
            "UserAttributes": [{ "Name": "email", "Value": "other@example.com" },
                { "Name": "email_verified", "Value": "true" }],
        });
        server.admin().ok("AdminUpdateUserAttributes", admin).await;
        assert_eq!(alice.verify("email", &code).await, Err(refusal("ExpiredCodeException", EXPIRED)));
        assert_eq!(alice.attributes().await, verified("other@example.com"));
    }

    // A code that is asked for while the address changes must not take the place of the new address's code.
    async fn a_code_asked_for_during_a_change_is_for_the_new_address(server) {
        let alice = Alice::new(server, auto_verified(), json!({}), verified("old@example.com")).await;
        let new = set(&[("email", "new@example.com")]);
        tokio::join!(
            alice.ok("GetUserAttributeVerificationCode", json!({ "AttributeName": "email" })),
            alice.ok("UpdateUserAttributes", new),
        );
        let messages = server.messages("alice");
        let newest = messages.iter().find(|m| m.destination == "new@example.com").unwrap();
        alice.verify("email", &newest.code).await.unwrap();
        assert_eq!(alice.attributes().await, verified("new@example.com"));
    }

    // users-and-groups §13, observed; protocol §9
    async fn a_code_can_be_asked_for(server) {
        let alice = Alice::new(server, json!({}), json!({}), verified("a@example.com")).await;
        let name = |name: &str| json!({ "AttributeName": name });
        let invalid = "InvalidParameterException";
        assert_eq!(
            alice.refused("GetUserAttributeVerificationCode", name("nickname")).await,
            refusal(invalid, "Invalid attribute name. Only phone_number and email can be verified."),
        );
        assert_eq!(
            alice.refused("GetUserAttributeVerificationCode", name("phone_number")).await,
            refusal(invalid, "User does not have a valid registered phone number"),
        );
        for _ in 0..5 {
            let answer = alice.ok("GetUserAttributeVerificationCode", name("email")).await;
            assert_eq!(answer, json!({ "CodeDeliveryDetails":
                { "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" } }));
        }
        assert_eq!(server.messages("alice")[0].kind, "CustomMessage_VerifyUserAttribute");
        assert_eq!(
            alice.refused("GetUserAttributeVerificationCode", name("email")).await,
            refusal("LimitExceededException", EXCEEDED),
        );
        alice.verify("email", &alice.code()).await.unwrap();
        alice.ok("DeleteUserAttributes", json!({ "UserAttributeNames": ["email"] })).await;
        assert_eq!(
            alice.refused("GetUserAttributeVerificationCode", name("email")).await,
            refusal(invalid, "User does not have a valid registered email address"),
        );
    }

    // protocol §9, documented: 15 within an hour
    async fn guesses_are_counted_by_the_hour(server) {
        let alice = Alice::new(server, auto_verified(), json!({}), json!({})).await;
        alice.ok("UpdateUserAttributes", set(&[("email", "a@example.com")])).await;
        let code = alice.code();
        for _ in 0..15 {
            assert_eq!(
                alice.verify("email", &other_than(&code)).await,
                Err(refusal("CodeMismatchException", MISMATCH)),
            );
        }
        assert_eq!(alice.verify("email", &code).await, Err(refusal("LimitExceededException", EXCEEDED)));
    }

    // users-and-groups §6, observed
    async fn an_alias_in_use_cannot_be_verified(server) {
        let mut settings = auto_verified();
        settings["AliasAttributes"] = json!(["email", "preferred_username"]);
        let alice = Alice::new(server, settings, json!({}), json!({})).await;
        let mut holder = verified("a@example.com");
        holder["preferred_username"] = json!("boss");
        server.user(&alice.pool, "holder", holder).await;
        alice.ok("UpdateUserAttributes", set(&[("email", "a@example.com")])).await;
        assert_eq!(
            alice.verify("email", &alice.code()).await,
            Err(refusal("AliasExistsException", "An account with the given email already exists.")),
        );
        let unverified = json!({ "email": "a@example.com", "email_verified": "false" });
        assert_eq!(alice.attributes().await, unverified);
        for taken in ["boss", "holder"] {
            assert_eq!(
                alice.refused("UpdateUserAttributes", set(&[("preferred_username", taken)])).await,
                refusal("AliasExistsException", "User account already exists for the alias."),
            );
        }
        let like_an_address = set(&[("preferred_username", "x@example.com")]);
        assert_eq!(
            alice.refused("UpdateUserAttributes", like_an_address).await,
            refusal("InvalidParameterException",
                "Username cannot be of email format, since user pool is configured for email alias."),
        );
    }

    // users-and-groups §7, documented: developer-only attributes are for administrators
    async fn developer_only_attributes_are_not_the_users_to_write(server) {
        let schema = json!([
            { "Name": "plan", "AttributeDataType": "String", "Mutable": true, "DeveloperOnlyAttribute": true },
        ]);
        let alice = Alice::new(server, json!({ "Schema": schema }), json!({}), json!({})).await;
        let free = json!([{ "Name": "dev:custom:plan", "Value": "free" }]);
        let by_admin = json!({ "UserPoolId": alice.pool, "Username": "alice", "UserAttributes": free.clone() });
        server.admin().ok("AdminUpdateUserAttributes", by_admin).await;
        let refused = refusal("NotAuthorizedException", "A client attempted to write unauthorized attribute");
        assert_eq!(alice.refused("UpdateUserAttributes", set(&[("dev:custom:plan", "gold")])).await, refused);
        let names = json!({ "UserAttributeNames": ["dev:custom:plan"] });
        assert_eq!(alice.refused("DeleteUserAttributes", names).await, refused);
        let user = json!({ "UserPoolId": alice.pool, "Username": "alice" });
        let attributes = server.admin().ok("AdminGetUser", user).await["UserAttributes"].clone();
        assert!(attributes.as_array().unwrap().contains(&free[0]), "{attributes}");
    }

    // recorded: change-password-keeps-tokens; observed: change-password-errors
    async fn a_password_is_changed_with_the_old_one(server) {
        let alice = Alice::new(server, json!({}), json!({}), json!({})).await;
        let wrong = alice.refused("ChangePassword", change("Wrong-Horse-9", NEW)).await;
        assert_eq!(wrong, refusal("NotAuthorizedException", "Incorrect username or password."));
        let absent = alice.refused("ChangePassword", json!({ "ProposedPassword": NEW })).await;
        assert_eq!(absent, refusal("NotAuthorizedException", "Incorrect username or password."));
        assert_eq!(
            alice.refused("ChangePassword", change(TestServer::PASSWORD, "fidel1ty!first")).await,
            refusal("InvalidPasswordException",
                "Password does not conform to policy: Password must have uppercase characters"),
        );
        assert_eq!(alice.ok("ChangePassword", change(TestServer::PASSWORD, NEW)).await, json!({}));
        alice.ok("GetUser", json!({})).await;
        let sign_in = |password: &str| json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": alice.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
        });
        server.public().ok("InitiateAuth", sign_in(NEW)).await;
        let old = server.public().refused("InitiateAuth", sign_in(TestServer::PASSWORD)).await;
        assert_eq!(old, refusal("NotAuthorizedException", "Incorrect username or password."));
    }

    // protocol §9, documented: 5 within an hour; authentication §15.2: counts for lock-out
    async fn wrong_passwords_are_counted(server) {
        let alice = Alice::new(server, json!({}), json!({}), json!({})).await;
        for _ in 0..5 {
            alice.refused("ChangePassword", change("Wrong-Horse-9", NEW)).await;
        }
        let locked = refusal("NotAuthorizedException", "Password attempts exceeded");
        assert_eq!(alice.refused("ChangePassword", change(TestServer::PASSWORD, NEW)).await, locked);
        server.clock().advance_seconds(1);
        assert_eq!(
            alice.refused("ChangePassword", change(TestServer::PASSWORD, NEW)).await,
            refusal("LimitExceededException", EXCEEDED),
        );
        server.clock().advance_seconds(60 * 60 - 2);
        assert_eq!(alice.refused("ChangePassword", change(TestServer::PASSWORD, NEW)).await.0, "LimitExceededException");
        server.clock().advance_seconds(1);
        let token = server.sign_in(&alice.client, "alice").await["AccessToken"].clone();
        let alice = Alice { token, ..alice };
        alice.ok("ChangePassword", change(TestServer::PASSWORD, NEW)).await;
    }

    // A transaction that the database has repeated is still one try.
    async fn changes_at_once_count_once_each(server) {
        let alice = Alice::new(server, json!({}), json!({}), json!({})).await;
        let first = alice.input(change(TestServer::PASSWORD, NEW));
        let public = server.public();
        let (one, other) = tokio::join!(
            public.call("ChangePassword", first.clone()),
            public.call("ChangePassword", first),
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        for _ in 0..3 {
            let weak = alice.refused("ChangePassword", change(NEW, "weak")).await;
            assert_eq!(weak.0, "InvalidPasswordException");
        }
        let sixth = alice.refused("ChangePassword", change(NEW, "weak")).await;
        assert_eq!(sixth, refusal("LimitExceededException", EXCEEDED));
    }

    // recorded: self-deletion
    async fn a_user_deletes_itself(server) {
        let alice = Alice::new(server, json!({}), json!({}), verified("a@example.com")).await;
        assert_eq!(alice.ok("DeleteUser", json!({})).await, Value::Null);
        let gone = refusal("UserNotFoundException", "User does not exist.");
        assert_eq!(alice.refused("GetUser", json!({})).await, gone);
        assert_eq!(alice.refused("DeleteUser", json!({})).await, gone);
        let named = json!({ "UserPoolId": alice.pool, "Username": "alice" });
        assert_eq!(server.admin().refused("AdminGetUser", named).await, gone);
    }

    // users-and-groups §13, documented
    async fn the_old_way_to_an_sms_factor(server) {
        let phone = json!({ "phone_number": "+12065550100" });
        let alice = Alice::new(server, json!({}), json!({}), phone).await;
        let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
        assert_eq!(alice.ok("SetUserSettings", json!({ "MFAOptions": sms })).await, json!({}));
        assert_eq!(alice.ok("GetUser", json!({})).await["MFAOptions"], sms);
        alice.ok("SetUserSettings", json!({ "MFAOptions": [] })).await;
        assert_eq!(alice.ok("GetUser", json!({})).await["MFAOptions"], Value::Null);
    }

    // observed: change-password-errors; recorded texts of the token itself are tested with sign-in
    async fn every_operation_asks_for_the_token(server) {
        let token = json!("not.a.token");
        let operations = [
            ("GetUser", json!({})),
            ("UpdateUserAttributes", set(&[("nickname", "x")])),
            ("DeleteUserAttributes", json!({ "UserAttributeNames": ["nickname"] })),
            ("DeleteUser", json!({})),
            ("ChangePassword", change(TestServer::PASSWORD, NEW)),
            ("GetUserAttributeVerificationCode", json!({ "AttributeName": "email" })),
            ("VerifyUserAttribute", json!({ "AttributeName": "email", "Code": "123456" })),
            ("SetUserSettings", json!({ "MFAOptions": [] })),
        ];
        for (operation, mut input) in operations {
            input["AccessToken"] = token.clone();
            let refused = server.public().refused(operation, input).await;
            assert_eq!(refused, refusal("NotAuthorizedException", "Invalid Access Token"), "{operation}");
        }
    }
}
