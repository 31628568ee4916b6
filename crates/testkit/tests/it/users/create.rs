//! AdminCreateUser (users-and-groups §12.1).

use poolhouse_testkit::{START, TestServer, on_both};
use serde_json::json;

use super::{attributes, get, members, new_user, object, of_user, refusal};

on_both! {
    async fn a_new_user_is_shown_as_recorded(server) {
        let pool = server.pool(json!({})).await;
        let wanted = json!({ "email": "alice@example.com", "given_name": "Alice" });
        let input = new_user(&pool, "alice", json!({ "UserAttributes": attributes(&wanted) }));
        let user = server.admin().ok("AdminCreateUser", input).await["User"].clone();
        // recorded: the flag of an address is absent unless the administrator gives it
        assert_eq!(object(&user["Attributes"]), wanted);
        let last = user["Attributes"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["Name"], "sub");
        assert_eq!(last["Value"].as_str().unwrap().len(), 36);
        assert_eq!(members(&user), ["Attributes", "Enabled", "UserCreateDate", "UserLastModifiedDate", "UserStatus", "Username"]);
        assert_eq!(user["Enabled"], true);
        assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
        assert_eq!(user["Username"], "alice");
        let seconds = user["UserCreateDate"].as_f64().unwrap();
        assert!((seconds - START.seconds() as f64).abs() < 0.001);
        assert_eq!(user["UserLastModifiedDate"], user["UserCreateDate"]);

        let shown = get(server, &pool, "alice").await;
        assert_eq!(members(&shown), ["Enabled", "UserAttributes", "UserCreateDate", "UserLastModifiedDate", "UserStatus", "Username"]);
        assert_eq!(shown["UserAttributes"], user["Attributes"]);
    }

    async fn a_name_is_given_once_and_again_after_deletion(server) {
        let pool = server.pool(json!({})).await;
        let first = server.user(&pool, "alice", json!({})).await;
        let taken = refusal("UsernameExists", "User account already exists");
        assert_eq!(server.admin().refused("AdminCreateUser", new_user(&pool, "alice", json!({}))).await, taken);
        assert_eq!(get(server, &pool, "alice").await["UserStatus"], "CONFIRMED");

        let (status, _, body) = server.admin().raw("AdminDeleteUser", of_user(&pool, "alice").to_string().as_bytes()).await;
        assert_eq!((status, body.len()), (200, 0));
        let missing = refusal("UserNotFound", "User does not exist.");
        assert_eq!(server.admin().refused("AdminDeleteUser", of_user(&pool, "alice")).await, missing);
        assert_eq!(server.admin().refused("AdminGetUser", of_user(&pool, "alice")).await, missing);
        assert_ne!(server.user(&pool, "alice", json!({})).await, first);
    }

    async fn of_two_at_once_one_is_created(server) {
        let pool = server.pool(json!({})).await;
        for name in ["a", "b", "c"] {
            let input = new_user(&pool, name, json!({}));
            let admin = server.admin();
            let (one, other) = tokio::join!(
                admin.call("AdminCreateUser", input.clone()),
                admin.call("AdminCreateUser", input.clone())
            );
            let refused = match (one, other) {
                (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
                both => panic!("{name}: {both:?}"),
            };
            assert_eq!(refused.code, "UsernameExistsException");
        }
    }

    async fn of_two_with_one_alias_at_once_one_is_created(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let given = attributes(&json!({ "email": "a@example.com", "email_verified": "true" }));
        let input = |name| new_user(&pool, name, json!({ "UserAttributes": given }));
        let admin = server.admin();
        let (one, other) = tokio::join!(
            admin.call("AdminCreateUser", input("one")),
            admin.call("AdminCreateUser", input("other"))
        );
        let refused = match (one, other) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("{both:?}"),
        };
        assert_eq!(refused.message, "An account with the given email already exists.");
    }

    async fn attributes_are_checked_as_an_administrators(server) {
        let pool = server.pool(json!({ "Schema": [
            { "Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MaxValue": "5" } },
            { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
            { "Name": "family_name", "AttributeDataType": "String", "Required": true, "Mutable": true },
        ] })).await;
        let refused = [
            (json!({ "custom:x": "1" }), "Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined"),
            (json!({ "sub": "me" }), "Cannot modify the non-mutable attribute sub"),
            (json!({ "birthdate": "short" }), "user.birthdate: String must be no shorter than 10 characters\n"),
            (json!({ "custom:level": "six", "birthdate": "2001-01-011" }), "user.birthdate: String must be no longer than 10 characters\nuser.custom:level: Value must be a number\n"),
            (json!({ "nickname": "a\u{0}b" }), "user.nickname: String must not contain a NUL character\n"),
            (json!({ "email": "nobody" }), "Invalid email address format."),
            (json!({ "phone_number": "12345" }), "Invalid phone number format."),
            (json!({ "email_verified": "true" }), "Email is required to verify/un-verify an email"),
            (json!({ "phone_number_verified": "false" }), "Phone Number is required to verify/un-verify a phone number"),
        ];
        for (given, text) in refused {
            let input = new_user(&pool, "bob", json!({ "UserAttributes": attributes(&given) }));
            assert_eq!(server.admin().refused("AdminCreateUser", input).await, refusal("InvalidParameter", text), "{given}");
        }
        // Required ones may be missing, immutable ones set, of duplicates the last counts, empty ones are none.
        let list = json!([
            { "Name": "custom:level", "Value": "none" }, { "Name": "custom:level", "Value": "5" },
            { "Name": "custom:tenant", "Value": "a" }, { "Name": "nickname", "Value": "" }, { "Name": "locale" },
        ]);
        server.admin().ok("AdminCreateUser", new_user(&pool, "bob", json!({ "UserAttributes": list }))).await;
        let shown = get(server, &pool, "bob").await;
        assert_eq!(object(&shown["UserAttributes"]), json!({ "custom:level": "5", "custom:tenant": "a" }));
    }

    async fn long_values_and_foreign_letters_are_kept(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let long = "ü".repeat(2048);
        let given = json!({ "name": long, "preferred_username": long });
        let input = new_user(&pool, "Ünal🙂", json!({ "UserAttributes": attributes(&given) }));
        server.admin().ok("AdminCreateUser", input).await;
        assert_eq!(object(&get(server, &pool, "Ünal🙂").await["UserAttributes"]), given);
    }

    async fn the_temporary_password_follows_the_policy(server) {
        let pool = server.pool(json!({})).await;
        let reasons = [
            ("Fi1!x", "Password not long enough"),
            ("fidel1ty!first", "Password must have uppercase characters"),
            ("FIDEL1TY!FIRST", "Password must have lowercase characters"),
            ("Fidelity!First", "Password must have numeric characters"),
            ("Fidel1tyFirst", "Password must have symbol characters"),
        ];
        for (password, reason) in reasons {
            let input = new_user(&pool, "alice", json!({ "TemporaryPassword": password }));
            let text = format!("Password did not conform with password policy: {reason}");
            assert_eq!(server.admin().refused("AdminCreateUser", input).await, refusal("InvalidPassword", &text));
        }
        // An empty one is an absent one (protocol §4.1, open).
        server.admin().ok("AdminCreateUser", new_user(&pool, "alice", json!({ "TemporaryPassword": "" }))).await;
    }

    async fn where_codes_suffice_no_password_means_none(server) {
        let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
        let pool = server.pool(json!({ "Policies": policies })).await;
        server.admin().ok("AdminCreateUser", new_user(&pool, "without", json!({}))).await;
        assert_eq!(get(server, &pool, "without").await["UserStatus"], "CONFIRMED");
        let with = new_user(&pool, "with", json!({ "TemporaryPassword": TestServer::PASSWORD }));
        server.admin().ok("AdminCreateUser", with).await;
        assert_eq!(get(server, &pool, "with").await["UserStatus"], "FORCE_CHANGE_PASSWORD");
    }

    async fn the_pool_is_looked_for_first(server) {
        let gone = refusal("ResourceNotFound", "User pool us-east-1_Unknown00 does not exist.");
        let user = of_user("us-east-1_Unknown00", "alice");
        for operation in [
            "AdminCreateUser", "AdminGetUser", "AdminDeleteUser", "AdminEnableUser", "AdminDisableUser",
            "AdminConfirmSignUp", "AdminUserGlobalSignOut",
        ] {
            assert_eq!(server.admin().refused(operation, user.clone()).await, gone, "{operation}");
        }
        let list = json!({ "UserPoolId": "us-east-1_Unknown00" });
        assert_eq!(server.admin().refused("ListUsers", list).await, gone);
    }
}
