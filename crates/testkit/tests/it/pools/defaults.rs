//! What a pool looks like about which little was said (operations-and-protection §2).

use poolhouse_testkit::{START, TestServer, on_both};
use serde_json::{Value, json};

/// The standard attributes in the order of CreateUserPool's answer (users-and-groups §7.1).
fn standard_attributes() -> Vec<Value> {
    let attribute = |name: &str, kind: &str| {
        json!({
            "Name": name, "AttributeDataType": kind, "DeveloperOnlyAttribute": false,
            "Mutable": true, "Required": false,
        })
    };
    let names = [
        "sub",
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
    ];
    let make = |name| {
        let text = |min: &str, max: &str| {
            let mut made = attribute(name, "String");
            made["StringAttributeConstraints"] = json!({ "MinLength": min, "MaxLength": max });
            made
        };
        match name {
            "email_verified" | "phone_number_verified" => attribute(name, "Boolean"),
            "updated_at" => {
                let mut made = attribute(name, "Number");
                made["NumberAttributeConstraints"] = json!({ "MinValue": "0" });
                made
            }
            "birthdate" => text("10", "10"),
            "sub" => {
                let mut made = text("1", "2048");
                made["Mutable"] = json!(false);
                made["Required"] = json!(true);
                made
            }
            _ => text("0", "2048"),
        }
    };
    names.into_iter().map(make).collect()
}

/// CreateUserPool's whole answer in tier LITE, as recorded.
fn name_only(id: &str) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "exact for dates")]
    let now = START.millis() as f64 / 1000.0;
    json!({
        "Id": id,
        "Name": "first",
        "Arn": format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{id}"),
        "CreationDate": now,
        "LastModifiedDate": now,
        "AccountRecoverySetting": { "RecoveryMechanisms": [
            { "Priority": 1, "Name": "verified_email" },
            { "Priority": 2, "Name": "verified_phone_number" },
        ] },
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7 },
        "DeletionProtection": "INACTIVE",
        "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
        "EstimatedNumberOfUsers": 0,
        "IssuerConfiguration": { "Type": "ORIGINAL" },
        "KeyConfiguration": { "KeyType": "AWS_OWNED_KEY" },
        "LambdaConfig": {},
        "MfaConfiguration": "OFF",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
                "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
        },
        "SchemaAttributes": standard_attributes(),
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": [] },
        "UserPoolTier": "LITE",
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
    })
}

async fn create(server: &TestServer, input: Value) -> Value {
    server.admin().ok("CreateUserPool", input).await["UserPool"].clone()
}

on_both! {
    async fn a_name_only_pool_has_exactly_the_recorded_members(server) {
        let made = create(server, json!({ "PoolName": "first", "UserPoolTier": "LITE" })).await;
        let id = made["Id"].as_str().unwrap().to_owned();
        assert_eq!(made, name_only(&id));
        let (region, rest) = id.split_once('_').unwrap();
        assert_eq!((region, rest.len()), ("us-east-1", 9));

        // Describe appends `identities` and shows empty tags (recorded).
        let mut expected = name_only(&id);
        expected["UserPoolTags"] = json!({});
        expected["SchemaAttributes"].as_array_mut().unwrap().push(json!({
            "Name": "identities", "AttributeDataType": "String", "DeveloperOnlyAttribute": false,
            "Mutable": true, "Required": false, "StringAttributeConstraints": {},
        }));
        let described = server.admin().ok("DescribeUserPool", json!({ "UserPoolId": id })).await;
        assert_eq!(described["UserPool"], expected);
    }

    async fn the_tier_is_essentials_and_shows_the_names_of_all_levels(server) {
        // recorded; new-operations §9
        let made = create(server, json!({ "PoolName": "first" })).await;
        assert_eq!(made["UserPoolTier"], "ESSENTIALS");
        assert_eq!(made["AcrConfiguration"], json!({
            "Level1": { "AcrValue": "urn:cognito:loa:1" }, "Level2": { "AcrValue": "urn:cognito:loa:2" },
            "Level3": { "AcrValue": "urn:cognito:loa:3" }, "Level4": { "AcrValue": "urn:cognito:loa:4" },
        }));
        assert_eq!(made.get("DcrConfiguration"), None);
    }

    async fn a_password_policy_given_in_part_is_false_elsewhere(server) {
        // recorded
        let given = json!({ "PasswordPolicy": { "RequireNumbers": true, "RequireSymbols": true } });
        let made = create(server, json!({ "PoolName": "first", "Policies": given })).await;
        assert_eq!(made["Policies"]["PasswordPolicy"], json!({
            "MinimumLength": 8, "RequireUppercase": false, "RequireLowercase": false,
            "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
        }));
    }

    async fn days_of_temporary_passwords_have_two_names(server) {
        let cases = [
            (json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 3 } }), 3),
            (json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 5 } } }), 5),
            // users-and-groups §9: 0 is stored as 7, observed
            (json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 0 } } }), 7),
        ];
        for (settings, days) in cases {
            let pool = server.pool(settings).await;
            let read = server.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
            let read = &read["UserPool"];
            assert_eq!(read["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"], days);
            assert_eq!(read["AdminCreateUserConfig"]["UnusedAccountValidityDays"], days);
        }
    }
}
