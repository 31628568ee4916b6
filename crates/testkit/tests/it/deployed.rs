//! Refusals of AWS, in its words: each was provoked by a template deployed on purpose in September 2026
//! (docs/cognito/operations-and-protection.md §16 lists them with where each rule lives).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const EMAIL: &str = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*";
const SMS: &str = r"(?s).*\{####\}(?s).*";

/// Calls with the members in which the templates fail, besides those that the call needs anyway.
struct Deployed<'a> {
    server: &'a TestServer,
    pool: String,
}

impl Deployed<'_> {
    async fn refuses(&self, operation: &str, needed: Value, failing: &Value, code: &str, text: &str) {
        let mut input = needed;
        input.as_object_mut().unwrap().extend(failing.as_object().unwrap().clone());
        let refusal = self.server.admin().refused(operation, input).await;
        assert_eq!(refusal, (code.to_owned(), text.to_owned()), "{operation} with {failing}");
    }

    /// At creation and at a change.
    async fn pool(&self, failing: Value, text: &str) {
        self.refuses("CreateUserPool", json!({ "PoolName": "p" }), &failing, INVALID, text).await;
        if failing.get("Schema").is_none() && failing.get("AliasAttributes").is_none() {
            self.refuses("UpdateUserPool", json!({ "UserPoolId": self.pool }), &failing, INVALID, text).await;
        }
    }

    async fn pool_member(&self, failing: Value, violation: &str) {
        self.pool(failing, &format!("1 validation error detected: Value {violation}")).await;
    }

    /// At creation and at a change of a client with the same secret or without one.
    async fn client(&self, failing: Value, code: &str, text: &str) {
        let needed = json!({ "UserPoolId": self.pool, "ClientName": "app" });
        self.refuses("CreateUserPoolClient", needed, &failing, code, text).await;
        let client = self.server.client(&self.pool, json!({})).await;
        let needed = json!({ "UserPoolId": self.pool, "ClientId": client });
        let text = text.replace("creating a client", "updating a client");
        self.refuses("UpdateUserPoolClient", needed, &failing, code, &text).await;
    }

    async fn provider(&self, name: &str, kind: &str, details: Value, text: &str) {
        let needed = json!({ "UserPoolId": self.pool, "ProviderName": name, "ProviderType": kind });
        let details = json!({ "ProviderDetails": details });
        self.refuses("CreateIdentityProvider", needed, &details, INVALID, text).await;
    }

    async fn risk(&self, failing: Value, text: &str) {
        let needed = json!({ "UserPoolId": self.pool });
        self.refuses("SetRiskConfiguration", needed, &failing, INVALID, text).await;
    }
}

async fn deployed(server: &TestServer) -> Deployed<'_> {
    let pool = server.pool(json!({})).await;
    Deployed { server, pool }
}

fn oauth(flows: &[&str], more: &Value) -> Value {
    let mut settings = json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": flows, "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://example.com/cb"],
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    settings
}

on_both! {
    async fn settings_of_pools(server) {
        let aws = deployed(server).await;
        let function = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
        let sender = json!({ "LambdaArn": function("mailer"), "LambdaVersion": "V1_0" });
        let identity = "arn:aws:ses:us-east-1:123456789012:identity/pf@example.com";
        let cases = [
            (
                json!({ "AliasAttributes": ["email"], "UsernameAttributes": ["email"] }),
                "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
            ),
            (
                json!({ "AutoVerifiedAttributes": ["phone_number"] }),
                "SMS configuration is required when phone_number is selected for auto verification",
            ),
            (
                json!({ "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] } }),
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
            ),
            (
                json!({ "LambdaConfig": { "CustomEmailSender": sender } }),
                "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
            ),
            (
                json!({ "LambdaConfig": { "CustomSMSSender": sender } }),
                "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
            ),
            (
                json!({ "LambdaConfig": {
                    "PreTokenGeneration": function("one"),
                    "PreTokenGenerationConfig": { "LambdaArn": function("two"), "LambdaVersion": "V1_0" },
                } }),
                "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
            ),
            (
                json!({ "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER" } }),
                "Source ARN is required to use DEVELOPER email sending owner",
            ),
            (
                json!({ "EmailConfiguration": {
                    "EmailSendingAccount": "DEVELOPER", "SourceArn": identity, "From": "not an address",
                } }),
                "Provided From email address is invalid",
            ),
            (
                json!({ "AccountRecoverySetting": { "RecoveryMechanisms": [
                    { "Name": "admin_only", "Priority": 1 }, { "Name": "verified_email", "Priority": 2 },
                ] } }),
                "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
            ),
            (
                json!({ "AccountRecoverySetting": { "RecoveryMechanisms": [
                    { "Name": "verified_email", "Priority": 1 }, { "Name": "verified_phone_number", "Priority": 1 },
                ] } }),
                "Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.",
            ),
            (
                json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["EMAIL_OTP"] } } }),
                "Password should be configured as one of the allowed first auth factors.",
            ),
            (
                json!({
                    "AdminCreateUserConfig": { "UnusedAccountValidityDays": 7 },
                    "Policies": { "PasswordPolicy": { "MinimumLength": 8, "TemporaryPasswordValidityDays": 7 } },
                }),
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
            ),
        ];
        for (failing, text) in cases {
            aws.pool(failing, text).await;
        }
        // MFA without a factor has another text at a change (recorded).
        aws.refuses(
            "CreateUserPool", json!({ "PoolName": "p" }), &json!({ "MfaConfiguration": "ON" }), INVALID,
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ).await;
    }

    async fn schemas_of_pools(server) {
        let aws = deployed(server).await;
        let text = |name: &str| json!({ "Name": name, "AttributeDataType": "String" });
        let limits = |kind: &str, limits: Value| {
            json!({ "Name": "level", "AttributeDataType": kind, format!("{kind}AttributeConstraints"): limits })
        };
        let required = json!({ "Name": "level", "AttributeDataType": "String", "Required": true });
        let cases = [
            (json!([required]), "Required custom attributes are not supported currently."),
            (
                json!([text("dept"), text("dept")]),
                "Duplicate custom attribute names custom:dept are not allowed in a user pool schema.",
            ),
            (
                json!([limits("String", json!({ "MinLength": "6", "MaxLength": "5" }))]),
                "Attribute custom:level cannot have a max length shorter than it's min length",
            ),
            (
                json!([limits("Number", json!({ "MinValue": "2", "MaxValue": "1" }))]),
                "Attribute custom:level cannot have a max value smaller than it's min value",
            ),
            (
                json!([{ "Name": "email", "AttributeDataType": "Number" }]),
                "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email",
            ),
        ];
        for (schema, refusal) in cases {
            aws.pool(json!({ "Schema": schema }), refusal).await;
        }
        let long = "a".repeat(21);
        let violation =
            format!("'{long}' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20");
        aws.pool_member(json!({ "Schema": [text(&long)] }), &violation).await;
        let many: Vec<Value> = (0..51).map(|i| text(&format!("c{i}"))).collect();
        let text = server.admin().refused("CreateUserPool", json!({ "PoolName": "p", "Schema": many })).await.1;
        let printed = "1 validation error detected: Value '[SchemaAttributeType(name=c0, attributeDataType=String, developerOnlyAttribute=null, mutable=null, required=null, numberAttributeConstraints=null, stringAttributeConstraints=null), ";
        assert!(text.starts_with(printed), "{text}");
    }

    async fn members_of_pools(server) {
        let aws = deployed(server).await;
        let long = "S".repeat(141);
        let pattern = |path: &str, value: &str, pattern: &str| {
            format!("'{value}' at '{path}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}")
        };
        let only_addresses =
            "failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]";
        let most = |path: &str, value: &str, noun: &str, most: u32| {
            format!("'{value}' at '{path}' failed to satisfy constraint: Member must have {noun} less than or equal to {most}")
        };
        let password = |policy: Value| json!({ "Policies": { "PasswordPolicy": policy } });
        let template = |texts: Value| json!({ "VerificationMessageTemplate": texts });
        let invite = |texts: Value| json!({ "AdminCreateUserConfig": { "InviteMessageTemplate": texts } });
        let policy = "policies.passwordPolicy";
        let cases = [
            (
                json!({ "AutoVerifiedAttributes": ["given_name"] }),
                format!("'[given_name]' at 'autoVerifiedAttributes' {only_addresses}"),
            ),
            (
                json!({ "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["given_name"] } }),
                format!("'[given_name]' at 'userAttributeUpdateSettings.attributesRequireVerificationBeforeUpdate' {only_addresses}"),
            ),
            (
                json!({ "EmailConfiguration": { "ReplyToEmailAddress": "not an address" } }),
                pattern(
                    "emailConfiguration.replyToEmailAddress", "not an address",
                    r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+",
                ),
            ),
            (
                json!({ "EmailVerificationMessage": "Your verification code." }),
                pattern("emailVerificationMessage", "Your verification code.", EMAIL),
            ),
            (
                json!({ "SmsVerificationMessage": "Your verification code." }),
                pattern("smsVerificationMessage", "Your verification code.", SMS),
            ),
            (
                json!({ "SmsAuthenticationMessage": "Your MFA code." }),
                pattern("smsAuthenticationMessage", "Your MFA code.", SMS),
            ),
            (
                template(json!({ "EmailMessage": "Your code." })),
                pattern("verificationMessageTemplate.emailMessage", "Your code.", EMAIL),
            ),
            (
                template(json!({ "SmsMessage": "Your code." })),
                pattern("verificationMessageTemplate.smsMessage", "Your code.", SMS),
            ),
            (
                template(json!({ "EmailMessageByLink": "Click to verify." })),
                pattern(
                    "verificationMessageTemplate.emailMessageByLink", "Click to verify.",
                    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
                ),
            ),
            (
                template(json!({ "EmailSubject": long })),
                most("verificationMessageTemplate.emailSubject", &long, "length", 140),
            ),
            (
                invite(json!({ "EmailMessage": "Welcome aboard." })),
                pattern("adminCreateUserConfig.inviteMessage.emailMessage", "Welcome aboard.", EMAIL),
            ),
            (
                invite(json!({ "SMSMessage": "Welcome aboard." })),
                pattern("adminCreateUserConfig.inviteMessage.smsMessage", "Welcome aboard.", SMS),
            ),
            (
                password(json!({ "PasswordHistorySize": 25 })),
                most(&format!("{policy}.passwordHistorySize"), "25", "value", 24),
            ),
            (
                password(json!({ "MinimumLength": 200 })),
                most(&format!("{policy}.minimumLength"), "200", "value", 99),
            ),
            (
                password(json!({ "TemporaryPasswordValidityDays": 366 })),
                most(&format!("{policy}.temporaryPasswordValidityDays"), "366", "value", 365),
            ),
            (
                json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 366 } }),
                most("adminCreateUserConfig.unusedAccountValidityDays", "366", "value", 365),
            ),
            (json!({ "PoolName": "a/b" }), pattern("poolName", "a/b", r"[\w\s+=,.@-]+")),
        ];
        for (failing, violation) in cases {
            aws.pool_member(failing, &violation).await;
        }
        aws.pool_member(
            password(json!({ "MinimumLength": 4 })),
            "'4' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6",
        ).await;
    }

    async fn mfa_configurations(server) {
        let aws = deployed(server).await;
        let cases = [
            (
                json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {} }),
                "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount.",
            ),
            (
                json!({ "MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
                "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
            ),
            (
                json!({ "WebAuthnConfiguration": { "RelyingPartyId": "https://example.com/path" } }),
                "RelyingPartyId contains invalid characters",
            ),
        ];
        for (failing, text) in cases {
            let needed = json!({ "UserPoolId": aws.pool });
            aws.refuses("SetUserPoolMfaConfig", needed, &failing, INVALID, text).await;
        }
    }

    async fn settings_of_clients(server) {
        let aws = deployed(server).await;
        let analytics = "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid";
        let application = "arn:aws:mobiletargeting:us-east-1:123456789012:apps/abc";
        let role = "arn:aws:iam::123456789012:role/analytics";
        let with_analytics = |given: Value| json!({ "AnalyticsConfiguration": given });
        let no_provider = format!("The provider Google does not exist for User Pool {}.", aws.pool);
        let flow = "InvalidOAuthFlowException";
        let validity = "Invalid range for token validity.";
        let cases = [
            (with_analytics(json!({})), INVALID, analytics),
            (with_analytics(json!({ "ApplicationId": "abc" })), INVALID, analytics),
            (with_analytics(json!({ "ApplicationId": "abc", "RoleArn": role })), INVALID, analytics),
            (
                with_analytics(json!({ "ApplicationArn": application, "ApplicationId": "abc", "RoleArn": role })),
                INVALID, analytics,
            ),
            (with_analytics(json!({ "ApplicationArn": application, "RoleArn": role })), INVALID, analytics),
            (
                oauth(&["code"], &json!({ "CallbackURLs": ["https://example.com/cb#frag"] })),
                INVALID, "https://example.com/cb#frag cannot use fragment",
            ),
            (
                oauth(&["code"], &json!({ "CallbackURLs": ["http://example.com/cb"] })),
                INVALID, "http://example.com/cb cannot use the HTTP protocol.",
            ),
            (
                oauth(&["code"], &json!({ "LogoutURLs": ["http://example.com/out"] })),
                INVALID, "http://example.com/out cannot use the HTTP protocol.",
            ),
            (
                oauth(&["code"], &json!({ "DefaultRedirectURI": "https://other.example.com/cb" })),
                INVALID, "The default redirect URI https://other.example.com/cb is not in the callback URIs list.",
            ),
            (
                oauth(&["code"], &json!({ "CallbackURLs": null })),
                flow, "CallbackUrls can not be empty when code flow or implicit flow is selected",
            ),
            (
                json!({ "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"] }),
                INVALID,
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
            ),
            (
                oauth(&["code"], &json!({ "AllowedOAuthScopes": ["api/read"] })),
                "ScopeDoesNotExistException", "Invalid scope requested: api/read",
            ),
            (
                oauth(&["client_credentials"], &json!({})),
                flow, "client_credentials flow can not be selected if client does not have a client secret.",
            ),
            (
                json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"] }),
                INVALID, "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
            ),
            (
                json!({ "EnablePropagateAdditionalUserContextData": true }),
                INVALID, "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
            ),
            (
                json!({ "ReadAttributes": ["custom:none"] }),
                INVALID, "Invalid read attributes specified while creating a client",
            ),
            (
                json!({ "WriteAttributes": ["email_verified"] }),
                INVALID, "Invalid write attributes specified while creating a client",
            ),
            (json!({ "SupportedIdentityProviders": ["Google"] }), INVALID, &no_provider),
            (
                json!({
                    "AccessTokenValidity": 12, "RefreshTokenValidity": 2,
                    "TokenValidityUnits": { "AccessToken": "hours", "RefreshToken": "hours" },
                }),
                INVALID,
                "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
            ),
            (json!({ "AccessTokenValidity": 25 }), INVALID, validity),
            (json!({ "IdTokenValidity": 25 }), INVALID, validity),
            (json!({ "RefreshTokenValidity": 4000 }), INVALID, validity),
            (
                json!({ "RefreshTokenValidity": 30, "TokenValidityUnits": { "RefreshToken": "minutes" } }),
                INVALID, validity,
            ),
            (
                json!({ "ClientName": "a/b" }), INVALID,
                r"1 validation error detected: Value 'a/b' at 'clientName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+",
            ),
        ];
        for (failing, code, text) in cases {
            aws.client(failing, code, text).await;
        }
        // Of a client with a secret.
        let needed = json!({ "UserPoolId": aws.pool, "ClientName": "app", "GenerateSecret": true });
        aws.refuses(
            "CreateUserPoolClient", needed, &oauth(&["client_credentials", "code"], &json!({})), flow,
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ).await;
        let urls: Vec<String> = (0..101).map(|i| format!("https://example.com/cb{i}")).collect();
        let many = json!({ "UserPoolId": aws.pool, "ClientName": "app", "CallbackURLs": urls });
        let text = server.admin().refused("CreateUserPoolClient", many).await.1;
        let printed = "1 validation error detected: Value '[https://example.com/cb0, https://example.com/cb1, ";
        assert!(text.starts_with(printed), "{text}");
    }

    async fn identity_providers(server) {
        let aws = deployed(server).await;
        let oidc = |change: Value| {
            let mut details = json!({
                "client_id": "id", "client_secret": "secret", "authorize_scopes": "openid",
                "oidc_issuer": "https://issuer.example.com", "attributes_request_method": "GET",
            });
            details.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            details.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            details
        };
        let social = json!({ "client_id": "id", "client_secret": "secret", "authorize_scopes": "email" });
        let (url, file) = ("https://idp.example.com/metadata", "<EntityDescriptor/>");
        let cases = [
            (
                "SignInWithApple", "SignInWithApple", json!({ "client_id": "id", "authorize_scopes": "email" }),
                "clientId, privateKey, teamId, and keyId are all required idp details.",
            ),
            (
                "Google", "Google", json!({ "client_id": "id" }),
                "clientId, clientSecret and authorizeScopes are all required idp details.",
            ),
            ("MyGoogle", "Google", social, "Provider MyGoogle cannot be of type Google."),
            (
                "Mine", "OIDC", oidc(json!({ "oidc_issuer": null })),
                "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
            ),
            (
                "Mine", "OIDC", oidc(json!({ "attributes_request_method": "PUT" })),
                "1 validation error detected: Value 'PUT' at 'providerConfiguration.oidcConfig.attributesRequestMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]",
            ),
            (
                "Mine", "OIDC", oidc(json!({ "oidc_issuer": "http://issuer.example.com" })),
                "OIDC endpoint must start with https://",
            ),
            (
                "Mine", "SAML", json!({ "MetadataURL": url, "MetadataFile": file }),
                "Only one of the MetadataURL or MetadataFile should be provided.",
            ),
            (
                "Mine", "SAML", json!({ "IDPSignout": "true" }),
                "At least one of the MetadataURL or MetadataFile should be provided.",
            ),
        ];
        for (name, kind, details, text) in cases {
            aws.provider(name, kind, details, text).await;
        }
        let long = "p".repeat(33);
        let text = format!("1 validation error detected: Value '{long}' at 'providerName' failed to satisfy constraint: Member must have length less than or equal to 32");
        aws.provider(&long, "OIDC", oidc(json!({})), &text).await;
        let identifiers: Vec<String> = (0..51).map(|i| format!("id{i}")).collect();
        let many = json!({
            "UserPoolId": aws.pool, "ProviderName": "Mine", "ProviderType": "OIDC",
            "ProviderDetails": oidc(json!({})), "IdpIdentifiers": identifiers,
        });
        let text = server.admin().refused("CreateIdentityProvider", many).await.1;
        assert!(text.starts_with("1 validation error detected: Value '[id0, id1, id2, "), "{text}");
    }

    async fn resource_servers(server) {
        let aws = deployed(server).await;
        let needed = |scopes: Value| {
            json!({ "UserPoolId": aws.pool, "Identifier": "api", "Name": "api", "Scopes": scopes })
        };
        let scope = |name: &str| json!({ "ScopeName": name, "ScopeDescription": "d" });
        aws.refuses(
            "CreateResourceServer", needed(json!([])), &json!({ "Identifier": "my api" }), INVALID,
            r"1 validation error detected: Value 'my api' at 'identifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\x21\x23-\x5B\x5D-\x7E]+",
        ).await;
        for operation in ["CreateResourceServer", "UpdateResourceServer"] {
            aws.refuses(
                operation, needed(json!([scope("read all")])), &json!({}), INVALID,
                r"1 validation error detected: Value 'read all' at 'scopes.1.member.scopeName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+",
            ).await;
            let many: Vec<Value> = (0..101).map(|i| scope(&format!("s{i}"))).collect();
            let text = server.admin().refused(operation, needed(json!(many))).await.1;
            let printed = "1 validation error detected: Value '[ResourceServerScopeType(scopeName=s0, scopeDescription=d), ";
            assert!(text.starts_with(printed), "{text}");
        }
    }

    async fn risk_configurations(server) {
        // Even where threat protection is off, as it was in the templates.
        let aws = deployed(server).await;
        for list in ["BlockedIPRangeList", "SkippedIPRangeList"] {
            let ranges = json!({ "RiskExceptionConfiguration": { list: ["203.0.113.1"] } });
            aws.risk(ranges, "Incorrect CIDR format").await;
        }
        let action = json!({ "LowAction": { "Notify": false, "EventAction": "ALLOW" } });
        aws.risk(
            json!({ "AccountTakeoverRiskConfiguration": { "Actions": action } }),
            "1 validation error detected: Value 'ALLOW' at 'accountTakeoverRiskConfiguration.actions.lowAction.eventAction' failed to satisfy constraint: Member must satisfy enum value set: [MFA_IF_CONFIGURED, BLOCK, NO_ACTION, MFA_REQUIRED]",
        ).await;
        let compromised = |filter: &str, action: &str| {
            json!({ "CompromisedCredentialsRiskConfiguration": {
                "EventFilter": [filter], "Actions": { "EventAction": action },
            } })
        };
        aws.risk(
            compromised("SIGN_IN", "MFA_REQUIRED"),
            "1 validation error detected: Value 'MFA_REQUIRED' at 'compromisedCredentialsRiskConfiguration.actions.eventAction' failed to satisfy constraint: Member must satisfy enum value set: [BLOCK, NO_ACTION]",
        ).await;
        aws.risk(
            compromised("DELETE_USER", "BLOCK"),
            "1 validation error detected: Value '[DELETE_USER]' at 'compromisedCredentialsRiskConfiguration.eventFilter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [SIGN_IN, PASSWORD_CHANGE, SIGN_UP]]",
        ).await;
        let ranges: Vec<String> = (0..201).map(|i| format!("10.0.{i}.0/24")).collect();
        let many = json!({ "UserPoolId": aws.pool, "RiskExceptionConfiguration": { "BlockedIPRangeList": ranges } });
        let text = server.admin().refused("SetRiskConfiguration", many).await.1;
        assert!(text.starts_with("1 validation error detected: Value '[10.0.0.0/24, 10.0.1.0/24, "), "{text}");
    }
}
