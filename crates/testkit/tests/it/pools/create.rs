//! What CreateUserPool refuses, and what it makes of settings that are given
//! (operations-and-protection §2, users-and-groups §6, §16).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{describe, invalid, merged, own_sender, sms};

async fn refused(server: &TestServer, settings: Value) -> String {
    invalid(server, "CreateUserPool", merged(json!({ "PoolName": "p" }), settings)).await
}

fn first_factors(factors: &[&str]) -> Value {
    json!({ "SignInPolicy": { "AllowedFirstAuthFactors": factors } })
}

fn recovery(mechanisms: &[(&str, u8)]) -> Value {
    let list: Vec<Value> = mechanisms.iter().map(|(n, p)| json!({ "Name": n, "Priority": p })).collect();
    json!({ "AccountRecoverySetting": { "RecoveryMechanisms": list } })
}

on_both! {
    async fn mfa_and_sms_belong_together(server) {
        // observed
        let sms_required =
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";
        for mode in ["ON", "OPTIONAL"] {
            assert_eq!(refused(server, json!({ "MfaConfiguration": mode })).await, sms_required);
            // With the SMS configuration alone it succeeds (recorded).
            let pool = server.pool(json!({ "MfaConfiguration": mode, "SmsConfiguration": sms() })).await;
            assert_eq!(describe(server, &pool).await["MfaConfiguration"], mode);
            let config = server.admin().ok("GetUserPoolMfaConfig", json!({ "UserPoolId": pool })).await;
            assert_eq!(config, json!({
                "MfaConfiguration": mode, "SmsMfaConfiguration": { "SmsConfiguration": sms() },
                "WebAuthnConfiguration": { "FactorConfiguration": "SINGLE_FACTOR" },
            }));
        }
        assert_eq!(
            refused(server, json!({ "AutoVerifiedAttributes": ["phone_number"] })).await,
            "SMS configuration is required when phone_number is selected for auto verification"
        );
        assert_eq!(
            refused(server, json!({ "Policies": first_factors(&["PASSWORD", "SMS_OTP"]) })).await,
            "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration"
        );
    }

    async fn first_factors_are_held_against_one_another_and_mfa(server) {
        assert_eq!(
            refused(server, json!({ "Policies": first_factors(&["PASSWORD", "SOFTWARE_TOKEN"]) })).await,
            "SOFTWARE_TOKEN is not supported as a first auth factor."
        );
        assert_eq!(
            refused(server, json!({ "Policies": first_factors(&["EMAIL_OTP"]) })).await,
            "Password should be configured as one of the allowed first auth factors."
        );
        let on = json!({
            "MfaConfiguration": "ON", "SmsConfiguration": sms(),
            "Policies": first_factors(&["PASSWORD", "EMAIL_OTP"]),
        });
        assert_eq!(
            refused(server, on).await,
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"
        );
    }

    async fn ways_to_send_are_complete(server) {
        let eums = json!({ "CallerArn": "arn:aws:iam::000000000000:role/eums" });
        let one = "Exactly one of SnsCallerArn and EumsSms is required in SmsConfiguration.";
        for sms in [
            json!({}),
            json!({ "SnsCallerArn": "" }),
            json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "EumsSms": eums }),
        ] {
            assert_eq!(refused(server, json!({ "SmsConfiguration": sms })).await, one);
        }
        let elsewhere = json!({ "EumsSms": merged(eums.clone(), json!({ "Region": "eu-west-1" })) });
        assert_eq!(
            refused(server, json!({ "SmsConfiguration": elsewhere })).await,
            "The Region of EumsSms must be the region of the user pool."
        );
        // new-operations §13: read back verbatim
        let here = json!({ "EumsSms": merged(eums, json!({ "Region": "us-east-1" })) });
        let pool = server.pool(json!({ "SmsConfiguration": here })).await;
        assert_eq!(describe(server, &pool).await["SmsConfiguration"], here);

        assert_eq!(
            refused(server, json!({ "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER" } })).await,
            "Source ARN is required to use DEVELOPER email sending owner"
        );
        let pool = server.pool(json!({ "EmailConfiguration": own_sender() })).await;
        assert_eq!(describe(server, &pool).await["EmailConfiguration"], own_sender());
    }

    async fn sign_in_names_exclude_one_another(server) {
        let both = json!({ "AliasAttributes": ["email"], "UsernameAttributes": ["email"] });
        assert_eq!(
            refused(server, both).await,
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool."
        );
        let schema = json!([{ "Name": "preferred_username", "AttributeDataType": "String", "Required": true }]);
        let both = json!({ "AliasAttributes": ["preferred_username"], "Schema": schema });
        assert_eq!(refused(server, both).await, "preferred_username cannot be both required and an alias.");

        let settings = json!({ "UsernameAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false } });
        let read = describe(server, &server.pool(settings).await).await;
        assert_eq!(read["UsernameAttributes"], json!(["email"]));
        assert_eq!(read["UsernameConfiguration"], json!({ "CaseSensitive": false }));
        assert_eq!(read.get("AliasAttributes"), None);
    }

    async fn recovery_by_administrators_stands_alone(server) {
        let alone = "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.";
        assert_eq!(refused(server, recovery(&[("admin_only", 1), ("verified_email", 2)])).await, alone);
        let different = "Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.";
        assert_eq!(refused(server, recovery(&[("verified_email", 1), ("verified_email", 2)])).await, different);
        let both = [("verified_email", 1), ("verified_phone_number", 1)];
        assert_eq!(refused(server, recovery(&both)).await, different);
        let pool = server.pool(recovery(&[("admin_only", 1)])).await;
        assert_eq!(
            describe(server, &pool).await["AccountRecoverySetting"]["RecoveryMechanisms"],
            json!([{ "Priority": 1, "Name": "admin_only" }])
        );
    }

    async fn verification_before_update_needs_auto_verification(server) {
        let before = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
        assert_eq!(
            refused(server, json!({ "UserAttributeUpdateSettings": before })).await,
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
        );
        let settings = json!({ "UserAttributeUpdateSettings": before, "AutoVerifiedAttributes": ["email"] });
        let read = describe(server, &server.pool(settings).await).await;
        assert_eq!(read["UserAttributeUpdateSettings"], before);
    }

    async fn days_have_one_name_in_a_request(server) {
        // With equal values: deployed.rs.
        let settings = json!({
            "AdminCreateUserConfig": { "UnusedAccountValidityDays": 3 },
            "Policies": { "PasswordPolicy": { "MinimumLength": 8, "TemporaryPasswordValidityDays": 5 } },
        });
        assert_eq!(
            refused(server, settings).await,
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        );
    }

    async fn functions_are_stored_and_a_lone_token_trigger_shows_twice(server) {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:hook";
        let pool = server.pool(json!({ "LambdaConfig": { "PreTokenGeneration": arn } })).await;
        assert_eq!(describe(server, &pool).await["LambdaConfig"], json!({
            "PreTokenGeneration": arn,
            "PreTokenGenerationConfig": { "LambdaVersion": "V1_0", "LambdaArn": arn },
        }));
        let other = json!({ "LambdaVersion": "V2_0", "LambdaArn": format!("{arn}:2") });
        let differing = json!({ "PreTokenGeneration": arn, "PreTokenGenerationConfig": other });
        assert_eq!(
            refused(server, json!({ "LambdaConfig": differing })).await,
            "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's"
        );
        let sender = json!({ "CustomEmailSender": { "LambdaVersion": "V1_0", "LambdaArn": arn } });
        assert_eq!(
            refused(server, json!({ "LambdaConfig": sender })).await,
            "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used."
        );
    }

    async fn texts_of_messages_show_under_both_of_their_names(server) {
        // triggers-and-messages §9
        let old = json!({
            "SmsVerificationMessage": "Code {####}", "EmailVerificationMessage": "Your code is {####}",
            "EmailVerificationSubject": "Code",
        });
        let template = json!({
            "SmsMessage": "Code {####}", "EmailMessage": "Your code is {####}", "EmailSubject": "Code",
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
        });
        for given in [old.clone(), json!({ "VerificationMessageTemplate": template })] {
            let read = describe(server, &server.pool(given).await).await;
            assert_eq!(read["VerificationMessageTemplate"], template);
            for (name, text) in old.as_object().unwrap() {
                assert_eq!(read[name], *text);
            }
        }
    }

    async fn the_newest_settings(server) {
        // new-operations §8-§10
        let names = json!({ "Level2": { "AcrValue": "gold" } });
        let read = describe(server, &server.pool(json!({ "AcrConfiguration": names })).await).await;
        assert_eq!(read["AcrConfiguration"]["Level2"]["AcrValue"], "gold");
        assert_eq!(read["AcrConfiguration"]["Level1"]["AcrValue"], "urn:cognito:loa:1");
        let twice = json!({ "Level2": { "AcrValue": "urn:cognito:loa:1" } });
        assert_eq!(refused(server, json!({ "AcrConfiguration": twice })).await, "ACR values must be unique.");

        let read = describe(server, &server.pool(json!({ "DcrConfiguration": {} })).await).await;
        assert_eq!(read["DcrConfiguration"], json!({
            "EnableStatus": "Enabled", "OpenDcrEnabled": false,
            "AuthenticatedGrantTypes": ["code", "client_credentials"], "OpenDcrGrantTypes": ["code"],
        }));

        let arn = "arn:aws:kms:us-east-1:000000000000:key/1";
        let customers = json!({ "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": arn });
        let settings = json!({ "KeyConfiguration": customers, "IssuerConfiguration": { "Type": "UPDATED" } });
        let read = describe(server, &server.pool(settings).await).await;
        assert_eq!(read["KeyConfiguration"], customers);
        assert_eq!(read["IssuerConfiguration"], json!({ "Type": "UPDATED" }));
        assert_eq!(
            refused(server, json!({ "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY" } })).await,
            "KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY."
        );
        assert_eq!(
            refused(server, json!({ "KeyConfiguration": { "KmsKeyArn": arn } })).await,
            "KmsKeyArn is allowed only when KeyType is CUSTOMER_MANAGED_KEY."
        );
    }

    async fn bounds_of_the_service_model_are_named_in_one_message(server) {
        // recorded
        let text = refused(server, json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 5 } } })).await;
        assert_eq!(
            text,
            "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6"
        );
        let text = refused(server, json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 366 } })).await;
        assert!(text.ends_with("Member must have value less than or equal to 365"), "{text}");
    }
}
