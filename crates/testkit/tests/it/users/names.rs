//! Which names mean a user, and who may have them (users-and-groups §1.1, §6).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{attributes, attributes_of, get, new_user, of_user, refusal};

async fn update(server: &TestServer, pool: &str, name: &str, given: &Value) {
    server.admin().ok("AdminUpdateUserAttributes", change(pool, name, given)).await;
}

fn change(pool: &str, name: &str, given: &Value) -> Value {
    json!({ "UserPoolId": pool, "Username": name, "UserAttributes": attributes(given) })
}

async fn is_unknown(server: &TestServer, pool: &str, name: &str) {
    let missing = refusal("UserNotFound", "User does not exist.");
    assert_eq!(server.admin().refused("AdminGetUser", of_user(pool, name)).await, missing, "{name}");
}

on_both! {
    async fn an_alias_counts_once_it_is_verified(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "phone_number"] })).await;
        let given = json!({ "email": "a@example.com", "email_verified": "true", "phone_number": "+12065550100" });
        let sub = server.user(&pool, "alice", given).await;
        for name in ["alice", "a@example.com", sub.as_str()] {
            assert_eq!(get(server, &pool, name).await["Username"], "alice", "{name}");
        }
        is_unknown(server, &pool, "+12065550100").await;
        update(server, &pool, "alice", &json!({ "phone_number_verified": "True" })).await;
        assert_eq!(get(server, &pool, "+12065550100").await["Username"], "alice");
        update(server, &pool, "a@example.com", &json!({ "email": "new@example.com" })).await;
        is_unknown(server, &pool, "a@example.com").await;
        is_unknown(server, &pool, "new@example.com").await;
    }

    async fn an_attribute_that_is_no_alias_is_no_name(server) {
        let pool = server.pool(json!({})).await;
        let given = json!({ "email": "a@example.com", "email_verified": "true", "preferred_username": "ally" });
        server.user(&pool, "alice", given).await;
        is_unknown(server, &pool, "a@example.com").await;
        is_unknown(server, &pool, "ally").await;
    }

    async fn an_alias_belongs_to_one_user(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let verified = json!({ "email": "a@example.com", "email_verified": "true" });
        server.user(&pool, "alice", verified.clone()).await;
        // Unverified, any number of users may have it.
        server.user(&pool, "bob", json!({ "email": "a@example.com" })).await;
        let taken = refusal("AliasExists", "An account with the given email already exists.");
        let flag = change(&pool, "bob", &json!({ "email_verified": "true" }));
        assert_eq!(server.admin().refused("AdminUpdateUserAttributes", flag).await, taken);
        let given = attributes(&verified);
        let carol = new_user(&pool, "carol", json!({ "UserAttributes": given }));
        assert_eq!(server.admin().refused("AdminCreateUser", carol).await, taken);
        is_unknown(server, &pool, "carol").await;

        let carol = new_user(&pool, "carol", json!({ "UserAttributes": given, "ForceAliasCreation": true }));
        server.admin().ok("AdminCreateUser", carol).await;
        assert_eq!(get(server, &pool, "a@example.com").await["Username"], "carol");
        assert_eq!(attributes_of(server, &pool, "alice").await["email_verified"], "false");
    }

    async fn an_alias_is_free_after_its_user(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let verified = json!({ "email": "a@example.com", "email_verified": "true" });
        server.user(&pool, "alice", verified.clone()).await;
        server.admin().ok("AdminDeleteUser", of_user(&pool, "a@example.com")).await;
        server.user(&pool, "bob", verified).await;
        assert_eq!(get(server, &pool, "a@example.com").await["Username"], "bob");
    }

    async fn names_in_the_form_of_an_alias_are_refused(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email", "phone_number", "preferred_username"] })).await;
        let email = "Username cannot be of email format, since user pool is configured for email alias.";
        let phone = "Username cannot be of phone number format, since user pool is configured for phone number alias.";
        server.user(&pool, "bob", json!({})).await;
        for (name, text) in [("a@example.com", email), ("+12065550100", phone)] {
            let refused = refusal("InvalidParameter", text);
            assert_eq!(server.admin().refused("AdminCreateUser", new_user(&pool, name, json!({}))).await, refused);
            let preferred = json!({ "preferred_username": name });
            let input = change(&pool, "bob", &preferred);
            assert_eq!(server.admin().refused("AdminUpdateUserAttributes", input).await, refused);
            let input = new_user(&pool, "carol", json!({ "UserAttributes": attributes(&preferred) }));
            assert_eq!(server.admin().refused("AdminCreateUser", input).await, refused);
        }
        assert_eq!(attributes_of(server, &pool, "bob").await, json!({}));
    }

    async fn a_preferred_name_is_nobody_elses_name(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        server.user(&pool, "alice", json!({ "preferred_username": "ally" })).await;
        server.user(&pool, "bob", json!({})).await;
        assert_eq!(get(server, &pool, "ally").await["Username"], "alice");
        let taken = refusal("AliasExists", "User account already exists for the alias.");
        for name in ["alice", "ally"] {
            let input = change(&pool, "bob", &json!({ "preferred_username": name }));
            assert_eq!(server.admin().refused("AdminUpdateUserAttributes", input).await, taken, "{name}");
        }
        assert_eq!(attributes_of(server, &pool, "bob").await, json!({}));
        let input = new_user(&pool, "ally", json!({}));
        assert_eq!(server.admin().refused("AdminCreateUser", input).await.0, "UsernameExistsException");
    }

    async fn case_matters_where_the_pool_says_so(server) {
        let alias = json!({ "email": "Alice@Example.com", "email_verified": "true" });
        let ignoring = json!({ "CaseSensitive": false });
        let pool = server.pool(json!({ "AliasAttributes": ["email"], "UsernameConfiguration": ignoring })).await;
        server.user(&pool, "Alice", alias.clone()).await;
        for name in ["ALICE", "alice", "aLICE@eXAMPLE.COM"] {
            assert_eq!(get(server, &pool, name).await["Username"], "Alice", "{name}");
        }
        let taken = refusal("UsernameExists", "User account already exists");
        assert_eq!(server.admin().refused("AdminCreateUser", new_user(&pool, "alice", json!({}))).await, taken);

        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        server.user(&pool, "Alice", alias).await;
        server.user(&pool, "alice", json!({})).await;
        assert_eq!(get(server, &pool, "alice").await["Username"], "alice");
        is_unknown(server, &pool, "alice@example.com").await;
    }

    async fn an_address_as_name_is_copied_to_its_attribute(server) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email", "phone_number"] })).await;
        let sub = server.user(&pool, "a@example.com", json!({ "name": "Alice" })).await;
        for name in ["a@example.com", sub.as_str()] {
            assert_eq!(get(server, &pool, name).await["Username"], sub, "{name}");
        }
        let expected = json!({ "email": "a@example.com", "name": "Alice" });
        assert_eq!(attributes_of(server, &pool, &sub).await, expected);
        let other = server.user(&pool, "+12065550100", json!({})).await;
        assert_eq!(attributes_of(server, &pool, &other).await, json!({ "phone_number": "+12065550100" }));

        let taken = refusal("UsernameExists", "User account already exists");
        let again = new_user(&pool, "a@example.com", json!({ "ForceAliasCreation": true }));
        assert_eq!(server.admin().refused("AdminCreateUser", again).await, taken);
        let input = change(&pool, &other, &json!({ "email": "a@example.com" }));
        let taken = refusal("AliasExists", "An account with the given email already exists.");
        assert_eq!(server.admin().refused("AdminUpdateUserAttributes", input).await, taken);
        // A new address is a name at once, verified or not (observed).
        update(server, &pool, &other, &json!({ "email": "b@example.com" })).await;
        assert_eq!(get(server, &pool, "b@example.com").await["Username"], other);
    }

    async fn where_an_address_is_the_name_it_must_be_one(server) {
        let cases = [
            (json!(["email"]), "+12065550100", "Username should be an email."),
            (json!(["phone_number"]), "a@example.com", "Username should be a phone number."),
            (json!(["email", "phone_number"]), "alice", "Username should be either an email or a phone number."),
        ];
        for (addresses, name, text) in cases {
            let pool = server.pool(json!({ "UsernameAttributes": addresses })).await;
            let refused = server.admin().refused("AdminCreateUser", new_user(&pool, name, json!({}))).await;
            assert_eq!(refused, refusal("InvalidParameter", text));
        }
    }

    async fn users_of_two_pools_have_nothing_to_do_with_each_other(server) {
        let settings = json!({ "AliasAttributes": ["email"] });
        let (one, other) = (server.pool(settings.clone()).await, server.pool(settings).await);
        let alias = json!({ "email": "a@example.com", "email_verified": "true" });
        let sub = server.user(&one, "alice", alias.clone()).await;
        is_unknown(server, &other, "alice").await;
        is_unknown(server, &other, "a@example.com").await;
        is_unknown(server, &other, &sub).await;
        server.user(&other, "alice", alias).await;
        server.admin().ok("AdminDeleteUser", of_user(&one, "alice")).await;
        assert_eq!(get(server, &other, "a@example.com").await["Username"], "alice");
    }

    // Whoever takes another's sub as a name would be meant by administrators who name that one.
    async fn nobody_is_named_by_the_sub_of_another(server) {
        for folds in [true, false] {
            let directory = server.function("directory", |event| {
                event["response"]["finalUserStatus"] = json!("CONFIRMED");
                event["response"]["messageAction"] = json!("SUPPRESS");
                event["response"]["userAttributes"] = json!({ "name": "Eve" });
            });
            let pool = server.pool(json!({
                "AliasAttributes": ["preferred_username"],
                "UsernameConfiguration": { "CaseSensitive": !folds },
                "LambdaConfig": { "UserMigration": directory },
            })).await;
            let client = server.client(&pool, json!({})).await;
            let victim = server.user(&pool, "victim", json!({})).await;
            let mallory = server.user(&pool, "mallory", json!({})).await;
            let token = server.sign_in(&client, "mallory").await["AccessToken"].clone();
            for taken in [victim.clone(), victim.to_uppercase()] {
                let sign_up = json!({ "ClientId": client, "Username": taken, "Password": TestServer::PASSWORD });
                let (code, _) = server.public().refused("SignUp", sign_up).await;
                assert_eq!(code, "UsernameExistsException");
                let invite = json!({ "UserPoolId": pool, "Username": taken, "MessageAction": "SUPPRESS" });
                let (code, _) = server.admin().refused("AdminCreateUser", invite).await;
                assert_eq!(code, "UsernameExistsException");
                let preferred = json!({ "preferred_username": taken });
                let sign_up = json!({
                    "ClientId": client, "Username": "eve", "Password": TestServer::PASSWORD,
                    "UserAttributes": attributes(&preferred),
                });
                let (code, _) = server.public().refused("SignUp", sign_up).await;
                assert_eq!(code, "UsernameExistsException");
                let exists = refusal("AliasExists", "User account already exists for the alias.");
                let own = json!({ "AccessToken": token, "UserAttributes": attributes(&preferred) });
                assert_eq!(server.public().refused("UpdateUserAttributes", own).await, exists);
                let by_admin = change(&pool, "mallory", &preferred);
                assert_eq!(server.admin().refused("AdminUpdateUserAttributes", by_admin).await, exists);
                // At the end of a sign-in, too.
                let invited = json!({
                    "UserPoolId": pool, "Username": "mole", "MessageAction": "SUPPRESS",
                    "TemporaryPassword": "Temp0rary!Pass",
                });
                server.admin().call("AdminCreateUser", invited).await.ok();
                let begun = server.public().ok("InitiateAuth", json!({
                    "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
                    "AuthParameters": { "USERNAME": "mole", "PASSWORD": "Temp0rary!Pass" },
                })).await;
                let answer = json!({
                    "ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": begun["Session"],
                    "ChallengeResponses": {
                        "USERNAME": "mole", "NEW_PASSWORD": TestServer::PASSWORD,
                        "userAttributes.preferred_username": taken,
                    },
                });
                assert_eq!(server.public().refused("RespondToAuthChallenge", answer).await, exists);
                // A directory that knows the name brings in nobody.
                let migrated = json!({
                    "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
                    "AuthParameters": { "USERNAME": taken, "PASSWORD": TestServer::PASSWORD },
                });
                let (code, _) = server.public().refused("InitiateAuth", migrated).await;
                assert_eq!(code, "UserNotFoundException");
                assert_eq!(get(server, &pool, &taken).await["Username"], "victim");
            }
            // One's own sub is nobody else's.
            update(server, &pool, "mallory", &json!({ "preferred_username": mallory })).await;
        }
    }

    async fn a_uuid_that_is_nobodys_sub_is_a_name_like_any(server) {
        let pool = server.pool(json!({})).await;
        let name = "00000000-0000-4000-8000-000000000000";
        server.user(&pool, name, json!({})).await;
        assert_eq!(get(server, &pool, name).await["Username"], name);
        is_unknown(server, &pool, "11111111-0000-4000-8000-000000000000").await;
    }

    // RFC 5321 §4.1.2: what a mail's header could take for two addresses is none, wherever it is given
    async fn an_address_is_one_address(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let by_email = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let (client, email_client) = (server.client(&pool, json!({})).await, server.client(&by_email, json!({})).await);
        server.user(&pool, "alice", json!({ "email": "alice@example.com" })).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        for bad in ["a,b@x.yz", "<a@x.yz>", "a@x.yz>,<b", "a@x_y.yz", "\"a\"@x.yz", "a@[10.0.0.1]"] {
            let given = json!({ "email": bad });
            let malformed = refusal("InvalidParameter", "Invalid email address format.");
            let own = json!({ "AccessToken": token, "UserAttributes": attributes(&given) });
            assert_eq!(server.public().refused("UpdateUserAttributes", own).await, malformed, "{bad}");
            let by_admin = change(&pool, "alice", &given);
            assert_eq!(server.admin().refused("AdminUpdateUserAttributes", by_admin).await, malformed, "{bad}");
            let mut sign_up = json!({ "ClientId": client, "Username": "bob", "Password": TestServer::PASSWORD });
            sign_up["UserAttributes"] = attributes(&given);
            assert_eq!(server.public().refused("SignUp", sign_up).await, malformed, "{bad}");
            let sign_up = json!({ "ClientId": email_client, "Username": bad, "Password": TestServer::PASSWORD });
            let no_email = refusal("InvalidParameter", "Username should be an email.");
            assert_eq!(server.public().refused("SignUp", sign_up).await, no_email, "{bad}");
        }
    }
}
