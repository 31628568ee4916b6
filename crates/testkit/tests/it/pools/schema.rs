//! The attribute schema: Schema of CreateUserPool, and AddCustomAttributes (users-and-groups §7).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{describe, invalid, merged};

async fn create_refused(server: &TestServer, schema: Value) -> String {
    invalid(server, "CreateUserPool", json!({ "PoolName": "p", "Schema": schema })).await
}

fn level(settings: Value) -> Value {
    merged(json!({ "Name": "level", "Mutable": true }), settings)
}

fn text(shortest: &str, longest: &str) -> Value {
    let bounds = json!({ "MinLength": shortest, "MaxLength": longest });
    level(json!({ "AttributeDataType": "String", "StringAttributeConstraints": bounds }))
}

fn number(lowest: &str, highest: &str) -> Value {
    let bounds = json!({ "MinValue": lowest, "MaxValue": highest });
    level(json!({ "AttributeDataType": "Number", "NumberAttributeConstraints": bounds }))
}

fn named(schema: &Value, name: &str) -> Option<Value> {
    schema.as_array().unwrap().iter().find(|a| a["Name"] == name).cloned()
}

on_both! {
    async fn creation_refuses_schemas_in_these_words(server) {
        let plain = level(json!({ "AttributeDataType": "String" }));
        let cases = [
            // recorded
            (json!([text("6", "5")]), "Attribute custom:level cannot have a max length shorter than it's min length"),
            (json!([number("6", "5")]), "Attribute custom:level cannot have a max value smaller than it's min value"),
            (
                json!([plain, plain]),
                "Duplicate custom attribute names custom:level are not allowed in a user pool schema.",
            ),
            (
                json!([{ "Name": "email", "AttributeDataType": "Number", "Mutable": true }]),
                "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
            ),
            (
                json!([level(json!({ "AttributeDataType": "String", "Required": true }))]),
                "Required custom attributes are not supported currently.",
            ),
            (
                json!([{ "Name": "a".repeat(21), "AttributeDataType": "String" }]),
                "1 validation error detected: Value 'aaaaaaaaaaaaaaaaaaaaa' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20",
            ),
            // inferred
            (
                json!([level(json!({}))]),
                "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
            ),
            (json!([text("x", "5")]), "Invalid StringAttributeConstraints for schema attribute custom:level"),
            (json!([text("-1", "5")]), "Invalid StringAttributeConstraints for schema attribute custom:level"),
            (json!([number("1.5", "5")]), "Invalid NumberAttributeConstraints for schema attribute custom:level"),
            (
                json!([text("0", "2049")]),
                "user.custom:level: String attributes cannot have a length of more than 2048",
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(create_refused(server, schema.clone()).await, expected, "{schema}");
        }
    }

    async fn custom_attributes_get_their_prefix_and_constraints(server) {
        // recorded
        let schema = json!([
            { "Name": "team", "AttributeDataType": "String", "Mutable": true },
            { "Name": "tenant", "AttributeDataType": "String", "Mutable": false },
            { "Name": "flag", "AttributeDataType": "Boolean" },
            { "Name": "secret", "AttributeDataType": "Number", "DeveloperOnlyAttribute": true },
            { "Name": "family_name", "AttributeDataType": "String", "Mutable": true, "Required": true },
            text("1", "1"),
        ]);
        let made = server.admin().ok("CreateUserPool", json!({ "PoolName": "p", "Schema": schema })).await;
        let attributes = &made["UserPool"]["SchemaAttributes"];
        let custom = |name: &str, kind: &str| {
            json!({
                "Name": name, "AttributeDataType": kind, "DeveloperOnlyAttribute": false,
                "Mutable": true, "Required": false,
            })
        };
        let with = |name, kind, more| Some(merged(custom(name, kind), more));
        let none = json!({ "StringAttributeConstraints": {} });
        assert_eq!(named(attributes, "custom:team"), with("custom:team", "String", none.clone()));
        assert_eq!(
            named(attributes, "custom:tenant"),
            with("custom:tenant", "String", merged(none, json!({ "Mutable": false })))
        );
        assert_eq!(named(attributes, "custom:flag"), Some(custom("custom:flag", "Boolean")));
        let secret = json!({ "DeveloperOnlyAttribute": true, "NumberAttributeConstraints": {} });
        assert_eq!(named(attributes, "dev:custom:secret"), with("dev:custom:secret", "Number", secret));
        let bounds = json!({ "StringAttributeConstraints": { "MinLength": "1", "MaxLength": "1" } });
        assert_eq!(named(attributes, "custom:level"), with("custom:level", "String", bounds));
        let required = json!({
            "Required": true, "StringAttributeConstraints": { "MinLength": "0", "MaxLength": "2048" },
        });
        assert_eq!(named(attributes, "family_name"), with("family_name", "String", required));
        assert_eq!(attributes.as_array().unwrap().len(), 25);

        // Describe lists `identities` too.
        let pool = made["UserPool"]["Id"].as_str().unwrap();
        let read = describe(server, pool).await;
        assert_eq!(read["SchemaAttributes"].as_array().unwrap().len(), 26);
    }

    async fn attributes_are_added_later_but_never_twice(server) {
        let pool = server.pool(json!({})).await;
        let add = |attribute: Value| json!({ "UserPoolId": pool, "CustomAttributes": [attribute] });
        let plain = level(json!({ "AttributeDataType": "String" }));
        server.clock().advance_seconds(5);
        let answer = server.admin().raw("AddCustomAttributes", add(plain.clone()).to_string().as_bytes()).await;
        assert_eq!((answer.0, answer.2.as_slice()), (200, b"{}".as_slice()));
        let read = describe(server, &pool).await;
        assert!(named(&read["SchemaAttributes"], "custom:level").is_some());
        assert_eq!(read["LastModifiedDate"], 1_893_456_005.0);

        let cases = [
            (plain, "custom:level: Existing attribute already has name custom:level."),
            (merged(text("6", "5"), json!({ "Name": "a" })), "user.custom:a: Max length cannot be less than min length."),
            (merged(number("6", "5"), json!({ "Name": "a" })), "user.custom:a: Max value cannot be less than min value."),
        ];
        for (attribute, expected) in cases {
            assert_eq!(invalid(server, "AddCustomAttributes", add(attribute)).await, expected);
        }
    }

    async fn a_pool_has_fifty_custom_attributes_at_most(server) {
        let pool = server.pool(json!({})).await;
        let add = |from: u32, to: u32| {
            let list: Vec<Value> =
                (from..to).map(|n| json!({ "Name": format!("a{n}"), "AttributeDataType": "String" })).collect();
            json!({ "UserPoolId": pool, "CustomAttributes": list })
        };
        server.admin().ok("AddCustomAttributes", add(0, 25)).await;
        server.admin().ok("AddCustomAttributes", add(25, 50)).await;
        assert_eq!(
            invalid(server, "AddCustomAttributes", add(50, 51)).await,
            "A user pool can have at most 50 custom attributes."
        );
    }
}
