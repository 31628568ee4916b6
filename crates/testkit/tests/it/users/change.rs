//! AdminUpdateUserAttributes and AdminDeleteUserAttributes (users-and-groups §7.4, §12.2).

use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::{attributes, attributes_of, get, object, refusal};

fn update(pool: &str, given: &Value) -> Value {
    json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": attributes(given) })
}

fn delete(pool: &str, names: &[&str]) -> Value {
    json!({ "UserPoolId": pool, "Username": "alice", "UserAttributeNames": names })
}

/// A pool with an immutable, a required and a free attribute.
fn settings() -> Value {
    json!({ "Schema": [
        { "Name": "team", "AttributeDataType": "String", "Mutable": true },
        { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
        { "Name": "family_name", "AttributeDataType": "String", "Mutable": true, "Required": true },
    ] })
}

on_both! {
    async fn a_change_is_kept_whole_or_not_at_all(server) {
        let pool = server.pool(settings()).await;
        let before = json!({ "given_name": "Alice", "family_name": "Example", "custom:tenant": "owned" });
        server.user(&pool, "alice", before.clone()).await;
        let date = get(server, &pool, "alice").await["UserLastModifiedDate"].clone();
        server.clock().advance_seconds(5);
        let refused = [
            (json!({ "birthdate": "also-not-a-date", "given_name": "x" }), "user.birthdate: String must be no longer than 10 characters\n"),
            (json!({ "custom:tenant": "owned" }), "user.custom:tenant: Attribute cannot be updated.\n"),
            (json!({ "custom:x": "1", "given_name": "x" }), "user.custom:x: Attribute does not exist in the schema.\n"),
            (json!({ "sub": "1" }), "Cannot modify the non-mutable attribute sub"),
            (json!({ "family_name": "" }), "Invalid user attributes: name.familyName: The attribute name.familyName is required"),
            (json!({ "email": "x" }), "Invalid email address format."),
            (json!({ "phone_number": "1" }), "Invalid phone number format."),
            (json!({ "email_verified": "true" }), "Email is required to verify/un-verify an email"),
        ];
        for (given, text) in refused {
            let refused = server.admin().refused("AdminUpdateUserAttributes", update(&pool, &given)).await;
            assert_eq!(refused, refusal("InvalidParameter", text), "{given}");
        }
        let user = get(server, &pool, "alice").await;
        assert_eq!(object(&user["UserAttributes"]), before);
        assert_eq!(user["UserLastModifiedDate"], date);

        let (_, _, body) = server.admin().raw("AdminUpdateUserAttributes", update(&pool, &json!({ "custom:team": "a" })).to_string().as_bytes()).await;
        assert_eq!(body, b"{}");
        let user = get(server, &pool, "alice").await;
        assert!(user["UserLastModifiedDate"].as_f64() > date.as_f64());
        assert!(user["UserLastModifiedDate"].as_f64() > user["UserCreateDate"].as_f64());
    }

    async fn of_duplicates_only_the_last_counts(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let list = json!([
            { "Name": "birthdate", "Value": "short" }, { "Name": "birthdate", "Value": "not-a-date" },
            { "Name": "given_name", "Value": "first" }, { "Name": "given_name", "Value": "second" },
        ]);
        let input = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": list });
        server.admin().ok("AdminUpdateUserAttributes", input).await;
        let expected = json!({ "birthdate": "not-a-date", "given_name": "second" });
        assert_eq!(attributes_of(server, &pool, "alice").await, expected);
    }

    async fn a_new_address_is_unverified_unless_said_otherwise(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        let steps = [
            // The same address again is no new one.
            (json!({ "email": "a@example.com" }), json!({ "email": "a@example.com", "email_verified": "true" })),
            (json!({ "email": "b@example.com" }), json!({ "email": "b@example.com", "email_verified": "false" })),
            (
                json!({ "email": "c@example.com", "email_verified": "true" }),
                json!({ "email": "c@example.com", "email_verified": "true" }),
            ),
            (json!({ "email_verified": "false" }), json!({ "email": "c@example.com", "email_verified": "false" })),
            (json!({ "email_verified": "" }), json!({ "email": "c@example.com" })),
            (
                json!({ "phone_number": "+12065550100" }),
                json!({ "email": "c@example.com", "phone_number": "+12065550100", "phone_number_verified": "false" }),
            ),
            // An empty value removes an attribute, and an address its flag.
            (json!({ "phone_number": "" }), json!({ "email": "c@example.com" })),
        ];
        for (given, expected) in steps {
            server.admin().ok("AdminUpdateUserAttributes", update(&pool, &given)).await;
            assert_eq!(attributes_of(server, &pool, "alice").await, expected, "{given}");
        }
        assert!(server.messages("alice").is_empty());
    }

    async fn a_new_address_gets_a_code_where_the_pool_verifies_it(server) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        server.user(&pool, "alice", json!({})).await;
        let silent = [
            json!({ "email": "a@example.com", "email_verified": "true" }),
            json!({ "phone_number": "+12065550100" }),
            json!({ "email": "a@example.com" }),
        ];
        for given in silent {
            server.admin().ok("AdminUpdateUserAttributes", update(&pool, &given)).await;
            assert!(server.messages("alice").is_empty(), "{given}");
        }
        server.admin().ok("AdminUpdateUserAttributes", update(&pool, &json!({ "email": "b@example.com" }))).await;
        let messages = server.messages("alice");
        assert_eq!(messages.len(), 1);
        assert_eq!((messages[0].destination.as_str(), messages[0].code.len()), ("b@example.com", 6));
        assert_eq!(attributes_of(server, &pool, "alice").await["email"], "b@example.com");
    }

    async fn a_new_address_waits_where_the_pool_wants_it_verified_first(server) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        })).await;
        let before = json!({ "email": "a@example.com", "email_verified": "true" });
        server.user(&pool, "alice", before.clone()).await;
        let given = json!({ "email": "b@example.com", "name": "Alice" });
        server.admin().ok("AdminUpdateUserAttributes", update(&pool, &given)).await;
        let expected = json!({ "email": "a@example.com", "email_verified": "true", "name": "Alice" });
        assert_eq!(attributes_of(server, &pool, "alice").await, expected);
        assert_eq!(server.messages("alice")[0].destination, "b@example.com");
        // An administrator who vouches for it needs no code.
        let given = json!({ "email": "c@example.com", "email_verified": "true" });
        server.admin().ok("AdminUpdateUserAttributes", update(&pool, &given)).await;
        assert_eq!(attributes_of(server, &pool, "alice").await["email"], "c@example.com");
        assert_eq!(server.messages("alice").len(), 1);
    }

    async fn attributes_are_deleted_all_or_none(server) {
        let pool = server.pool(settings()).await;
        let before = json!({
            "email": "a@example.com", "email_verified": "true", "family_name": "Example",
            "custom:team": "a", "custom:tenant": "owned",
        });
        server.user(&pool, "alice", before.clone()).await;
        let refused: [(&[&str], &str); 4] = [
            (&["email", "family_name"], "Invalid user attributes: name.familyName: The attribute name.familyName is required"),
            (&["email", "custom:tenant"], "Invalid user attributes: Custom.User.tenant: This attribute does not satisfy the mutability validation defined in the schema."),
            (&["custom:foo", "email", "custom:bar"], "Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\nuser.custom:bar: Attribute does not exist in the schema.\n"),
            (&["sub"], "Cannot modify the non-mutable attribute sub"),
        ];
        for (names, text) in refused {
            let refused = server.admin().refused("AdminDeleteUserAttributes", delete(&pool, names)).await;
            assert_eq!(refused, refusal("InvalidParameter", text));
        }
        assert_eq!(attributes_of(server, &pool, "alice").await, before);

        // An address takes its flag along; what is absent is passed over.
        for names in [&["email", "custom:team"], &["custom:team", "nickname"]] {
            let (_, _, body) = server.admin().raw("AdminDeleteUserAttributes", delete(&pool, names).to_string().as_bytes()).await;
            assert_eq!(body, b"{}");
        }
        let expected = json!({ "family_name": "Example", "custom:tenant": "owned" });
        assert_eq!(attributes_of(server, &pool, "alice").await, expected);
    }

    async fn an_unknown_user_cannot_be_changed(server) {
        let pool = server.pool(json!({})).await;
        let missing = refusal("UserNotFound", "User does not exist.");
        let bad = update(&pool, &json!({ "custom:x": "1" }));
        assert_eq!(server.admin().refused("AdminUpdateUserAttributes", bad).await, missing);
        assert_eq!(server.admin().refused("AdminDeleteUserAttributes", delete(&pool, &["custom:x"])).await, missing);
    }

    async fn changes_at_once_are_all_kept(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let admin = server.admin();
        tokio::join!(
            admin.ok("AdminUpdateUserAttributes", update(&pool, &json!({ "name": "a" }))),
            admin.ok("AdminUpdateUserAttributes", update(&pool, &json!({ "nickname": "b" }))),
            admin.ok("AdminUpdateUserAttributes", update(&pool, &json!({ "locale": "c" }))),
        );
        let expected = json!({ "name": "a", "nickname": "b", "locale": "c" });
        assert_eq!(attributes_of(server, &pool, "alice").await, expected);
    }
}
