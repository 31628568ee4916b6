//! What can be done at a pool's other region, and what differs there (new-operations §7.1).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{THERE, admin_there, of, pool_with_replica, public_there, set_status, with};
use crate::triggers::{refresh, sign_in, sign_up};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";

/// What is answered to everything that cannot be done there.
fn not_enabled() -> (String, String) {
    refusal("OperationNotEnabledException", "This operation is not enabled for this user pool.")
}

/// A pool with a replica, and a client and a user of it.
async fn pool_client_and_user(server: &TestServer, settings: Value) -> (String, String) {
    let pool = pool_with_replica(server, settings).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "ann", json!({ "email": "ann@example.com", "email_verified": "true" })).await;
    (pool, client)
}

/// What administrators cannot do there, with what it takes beside the pool.
fn refused_to_administrators() -> Vec<(&'static str, Value)> {
    let provider =
        json!({ "client_id": "c", "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com" });
    let branding = "0f0f0f0f-0000-4000-8000-000000000000";
    let log = json!({ "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:errors" });
    vec![
        (
            "AddCustomAttributes",
            json!({ "CustomAttributes": [{ "Name": "a", "AttributeDataType": "String" }] }),
        ),
        ("AddUserPoolClientSecret", json!({})),
        ("AdminAddUserToGroup", json!({})),
        ("AdminConfirmSignUp", json!({})),
        ("AdminCreateUser", json!({})),
        ("AdminDeleteSoftwareToken", json!({})),
        ("AdminDeleteUser", json!({})),
        ("AdminDeleteUserAttributes", json!({ "UserAttributeNames": ["name"] })),
        (
            "AdminDisableProviderForUser",
            json!({ "User": { "ProviderName": "P", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "v" } }),
        ),
        ("AdminDisableUser", json!({})),
        ("AdminEnableUser", json!({})),
        ("AdminForgetDevice", json!({})),
        ("AdminRemoveUserFromGroup", json!({})),
        ("AdminResetUserPassword", json!({})),
        ("AdminRevokeUserSession", json!({ "SessionId": "tkn0123456789012345678901234" })),
        ("AdminSetUserMFAPreference", json!({})),
        ("AdminSetUserPassword", json!({ "Password": "Another-Horse-8" })),
        ("AdminSetUserSettings", json!({ "MFAOptions": [] })),
        ("AdminUpdateDeviceStatus", json!({})),
        ("AdminUpdateUserAttributes", json!({ "UserAttributes": [{ "Name": "name", "Value": "A" }] })),
        ("CreateGroup", json!({})),
        ("CreateIdentityProvider", json!({ "ProviderType": "OIDC", "ProviderDetails": provider })),
        ("CreateManagedLoginBranding", json!({ "UseCognitoProvidedValues": true })),
        ("CreateResourceServer", json!({})),
        ("CreateUserPoolClient", json!({ "ClientName": "other" })),
        ("CreateUserPoolDomain", json!({})),
        ("CreateUserPoolReplica", json!({})),
        ("DeleteGroup", json!({})),
        ("DeleteIdentityProvider", json!({})),
        ("DeleteManagedLoginBranding", json!({ "ManagedLoginBrandingId": branding })),
        ("DeleteResourceServer", json!({})),
        ("DeleteUserPool", json!({})),
        ("DeleteUserPoolClient", json!({})),
        ("DeleteUserPoolDomain", json!({})),
        ("DeleteUserPoolReplica", json!({})),
        ("InitiatePointInTimeRecovery", json!({ "RestoreTimestamp": 1_893_456_000 })),
        (
            "SetLogDeliveryConfiguration",
            json!({ "LogConfigurations": [{ "LogLevel": "ERROR", "EventSource": "userNotification", "CloudWatchLogsConfiguration": log }] }),
        ),
        ("SetUserPoolMfaConfig", json!({ "MfaConfiguration": "OFF" })),
        (
            "SetUserPoolSessionConfiguration",
            json!({ "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 } }),
        ),
        ("UpdateGroup", json!({})),
        ("UpdateIdentityProvider", json!({})),
        ("UpdateResourceServer", json!({})),
        ("UpdateUserPoolClient", json!({})),
        ("UpdateUserPoolDomain", json!({})),
    ]
}

on_both! {
    // new-operations §7.1
    async fn users_sign_in_and_nobody_is_changed(server) {
        let (pool, client) = pool_client_and_user(server, json!({})).await;
        let there = public_there(server);
        let tokens = there.ok("InitiateAuth", sign_in(&client, "ann")).await["AuthenticationResult"].clone();
        let by_token = json!({ "AccessToken": tokens["AccessToken"] });
        assert_eq!(there.ok("GetUser", by_token.clone()).await["Username"], "ann");
        there.ok("GetUserAuthFactors", by_token.clone()).await;
        there.ok("InitiateAuth", refresh(&client, &tokens)).await;
        let ann = json!({ "UserPoolId": pool, "Username": "ann" });
        assert_eq!(admin_there(server).ok("AdminGetUser", ann.clone()).await["Username"], "ann");
        admin_there(server).ok("ListUsers", json!({ "UserPoolId": pool })).await;

        assert_eq!(there.refused("SignUp", sign_up(&client, "bob")).await, not_enabled());
        let by_name = json!({ "ClientId": client, "Username": "ann" });
        for (operation, more) in [
            ("ForgotPassword", json!({})),
            ("ConfirmForgotPassword", json!({ "ConfirmationCode": "123456", "Password": "Another-Horse-8" })),
            ("ResendConfirmationCode", json!({})),
            ("ConfirmSignUp", json!({ "ConfirmationCode": "123456" })),
        ] {
            assert_eq!(there.refused(operation, with(&by_name, more)).await, not_enabled(), "{operation}");
        }
        for (operation, more) in [
            ("DeleteUser", json!({})),
            ("UpdateUserAttributes", json!({ "UserAttributes": [{ "Name": "name", "Value": "A" }] })),
            ("ChangePassword", json!({ "PreviousPassword": "Correct-Horse-7", "ProposedPassword": "Another-Horse-8" })),
            ("GetUserAttributeVerificationCode", json!({ "AttributeName": "email" })),
            ("AssociateSoftwareToken", json!({})),
            ("SetUserMFAPreference", json!({})),
            ("ListWebAuthnCredentials", json!({})),
        ] {
            assert_eq!(there.refused(operation, with(&by_token, more)).await, not_enabled(), "{operation}");
        }

        there.ok("GlobalSignOut", by_token.clone()).await;
        assert_eq!(server.public().refused("GetUser", by_token).await.1, "Access Token has been revoked");
        admin_there(server).ok("AdminUserGlobalSignOut", ann).await;
        // A request that names no region, or another one, is at the first.
        server.public().ok("SignUp", sign_up(&client, "bob")).await;
        server.public().calling("cognito-idp.us-east-1.localhost").ok("SignUp", sign_up(&client, "eve")).await;
    }

    async fn administrators_change_the_primary_alone(server) {
        let (pool, client) = pool_client_and_user(server, json!({})).await;
        let names = json!({
            "UserPoolId": pool, "ClientId": client, "Username": "ann", "GroupName": "g", "ProviderName": "Idp",
            "Identifier": "api", "Name": "api", "Domain": "there", "RegionName": THERE,
            "DeviceKey": "eu-west-1_00000000-0000-4000-8000-000000000000",
        });
        for (operation, more) in refused_to_administrators() {
            // Members that an operation does not know are ignored.
            let input = with(&names, more);
            assert_eq!(admin_there(server).refused(operation, input).await, not_enabled(), "{operation}");
        }
    }

    async fn nobody_signs_in_at_one_that_rests(server) {
        let (pool, client) = pool_client_and_user(server, json!({})).await;
        let tokens = server.sign_in(&client, "ann").await;
        set_status(server, &pool, "INACTIVE").await;
        let there = public_there(server);
        assert_eq!(there.refused("InitiateAuth", sign_in(&client, "ann")).await, not_enabled());
        let by_token = json!({ "AccessToken": tokens["AccessToken"] });
        assert_eq!(there.refused("GetUser", by_token).await, not_enabled());
        let by_admin = json!({
            "UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": TestServer::PASSWORD },
        });
        assert_eq!(admin_there(server).refused("AdminInitiateAuth", by_admin).await, not_enabled());
        // Administrators may look at it and prepare it.
        let pool = json!({ "UserPoolId": pool });
        admin_there(server).ok("DescribeUserPool", pool.clone()).await;
        admin_there(server).ok("ListUsers", pool.clone()).await;
        admin_there(server).ok("UpdateUserPool", pool).await;
    }

    async fn a_first_password_is_chosen_at_the_primary(server) {
        let (pool, client) = pool_client_and_user(server, json!({})).await;
        let invited = json!({
            "UserPoolId": pool, "Username": "bob", "MessageAction": "SUPPRESS",
            "TemporaryPassword": TestServer::PASSWORD,
        });
        server.admin().ok("AdminCreateUser", invited).await;
        let asked = public_there(server).ok("InitiateAuth", sign_in(&client, "bob")).await;
        assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let answer = json!({
            "ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"],
            "ChallengeResponses": { "USERNAME": "bob", "NEW_PASSWORD": "Another-Horse-8" },
        });
        assert_eq!(public_there(server).refused("RespondToAuthChallenge", answer.clone()).await, not_enabled());
        server.public().ok("RespondToAuthChallenge", answer).await;
    }

    async fn nobody_is_brought_in_from_elsewhere(server) {
        let directory = server.function("directory", |event| {
            event["response"]["userAttributes"] = json!({ "name": "Bob" });
            event["response"]["finalUserStatus"] = json!("CONFIRMED");
            event["response"]["messageAction"] = json!("SUPPRESS");
        });
        let (_, client) = pool_client_and_user(server, json!({ "LambdaConfig": { "UserMigration": directory } })).await;
        let refused = public_there(server).refused("InitiateAuth", sign_in(&client, "bob")).await;
        assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
        assert_eq!(server.take_sources(), [""; 0], "the function is not asked");
        server.public().ok("InitiateAuth", sign_in(&client, "bob")).await;
    }

    async fn each_region_has_its_own_ways_to_reach_users(server) {
        let (here, there) = (server.function("here", |_| {}), server.function("there", |_| {}));
        let settings = json!({
            "LambdaConfig": { "PreAuthentication": here }, "UserPoolTags": { "stage": "live" },
            "DeletionProtection": "ACTIVE",
        });
        let (pool, client) = pool_client_and_user(server, settings.clone()).await;
        let describe = async |caller: poolhouse_testkit::Caller<'_>| {
            caller.ok("DescribeUserPool", json!({ "UserPoolId": pool })).await["UserPool"].clone()
        };
        // Until somebody says otherwise, what asks before a sign-in asks there, too. Tags are its own from the start.
        public_there(server).ok("InitiateAuth", sign_in(&client, "ann")).await;
        assert_eq!(server.take_events()[0]["region"], THERE);
        let seen = describe(admin_there(server)).await;
        assert_eq!(seen["Arn"], format!("arn:aws:cognito-idp:{THERE}:000000000000:userpool/{pool}"));
        assert_eq!((&seen["UserPoolTags"], &seen["DeletionProtection"]), (&json!({}), &json!("ACTIVE")));

        let own = json!({
            "UserPoolId": pool, "LambdaConfig": { "PreAuthentication": there }, "UserPoolTags": { "stage": "standby" },
            "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER", "SourceArn": format!("arn:aws:ses:{THERE}:000000000000:identity/a") },
        });
        admin_there(server).ok("UpdateUserPool", own.clone()).await;
        let seen = describe(admin_there(server)).await;
        for member in ["LambdaConfig", "UserPoolTags", "EmailConfiguration"] {
            assert_eq!(seen[member], own[member], "{member}");
        }
        let listed = async |caller: poolhouse_testkit::Caller<'_>| {
            caller.ok("ListUserPools", json!({ "MaxResults": 60 })).await["UserPools"][0]["LambdaConfig"].clone()
        };
        assert_eq!(listed(admin_there(server)).await, own["LambdaConfig"]);
        assert_eq!(listed(server.admin()).await, settings["LambdaConfig"]);
        let seen = describe(server.admin()).await;
        assert_eq!((&seen["LambdaConfig"], &seen["UserPoolTags"]), (&settings["LambdaConfig"], &settings["UserPoolTags"]));
        public_there(server).ok("InitiateAuth", sign_in(&client, "ann")).await;
        server.public().ok("InitiateAuth", sign_in(&client, "ann")).await;
        let names: Vec<_> = server.take_events().iter().map(|event| event["region"].clone()).collect();
        assert_eq!(names, [THERE, "us-east-1"]);

        // The rest is to be repeated as it is.
        let text = "Only EmailConfiguration, SmsConfiguration, LambdaConfig and UserPoolTags can differ from the primary region.";
        for other in [
            json!({ "DeletionProtection": "INACTIVE" }),
            json!({ "PoolName": "other" }),
            json!({ "MfaConfiguration": "OPTIONAL" }),
            json!({ "IssuerConfiguration": { "Type": "UPDATED" } }),
            json!({ "KeyConfiguration": { "KeyType": "AWS_OWNED_KEY" } }),
            json!({ "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": true } }),
        ] {
            let refused = admin_there(server).refused("UpdateUserPool", with(&own, other)).await;
            assert_eq!(refused, refusal(INVALID, text));
        }
        let same = json!({ "DeletionProtection": "ACTIVE", "PoolName": "test", "MfaConfiguration": "OFF" });
        admin_there(server).ok("UpdateUserPool", with(&own, same)).await;
        // SMS of this region alone.
        let sms = json!({ "SmsConfiguration": { "EumsSms": { "CallerArn": "arn:aws:iam::000000000000:role/r", "Region": "us-east-1" } } });
        assert_eq!(admin_there(server).refused("UpdateUserPool", with(&own, sms)).await.0, INVALID);
    }

    async fn tags_are_those_of_the_arns_region(server) {
        let pool = pool_with_replica(server, json!({ "UserPoolTags": { "stage": "live" } })).await;
        let arn = |region: &str| json!({ "ResourceArn": format!("arn:aws:cognito-idp:{region}:000000000000:userpool/{pool}") });
        let tagged = with(&arn(THERE), json!({ "Tags": { "a": "1", "b": "2" } }));
        admin_there(server).ok("TagResource", tagged.clone()).await;
        admin_there(server).ok("UntagResource", with(&arn(THERE), json!({ "TagKeys": ["b"] }))).await;
        let list = async |caller: poolhouse_testkit::Caller<'_>, region: &str| {
            caller.call("ListTagsForResource", arn(region)).await.map(|listed| listed["Tags"].clone())
        };
        assert_eq!(list(admin_there(server), THERE).await.unwrap(), json!({ "a": "1" }));
        assert_eq!(list(server.admin(), "us-east-1").await.unwrap(), json!({ "stage": "live" }));
        // An ARN of the other region names nothing.
        assert_eq!(list(admin_there(server), "us-east-1").await.unwrap_err().code, NOT_FOUND);
        assert_eq!(list(server.admin(), THERE).await.unwrap_err().code, NOT_FOUND);
        assert_eq!(server.admin().refused("TagResource", tagged).await.0, NOT_FOUND);
    }

    async fn policies_speak_of_the_replica_by_its_own_arn(server) {
        let pool = pool_with_replica(server, json!({})).await;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"cognito-idp:DescribeUserPool","Resource":"arn:aws:cognito-idp:{THERE}:*:userpool/*"}}}}"#
        );
        let keys = crate::iam::user(server, "ann", Some(&policy)).await;
        let input = json!({ "UserPoolId": pool });
        keys.caller(server).signing_for(THERE).ok("DescribeUserPool", input.clone()).await;
        assert_eq!(keys.caller(server).refused("DescribeUserPool", input.clone()).await.0, "AccessDeniedException");
        // No replica is there: it is the pool's own region that is asked about.
        let elsewhere = keys.caller(server).signing_for("eu-north-1");
        assert_eq!(elsewhere.refused("DescribeUserPool", input).await.0, "AccessDeniedException");
    }

    async fn mails_about_risks_have_a_sender_of_their_own(server) {
        let protected = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } });
        let (pool, client) = pool_client_and_user(server, protected).await;
        let risk = |region: &str, action: &str| {
            let action = json!({ "Notify": true, "EventAction": action });
            json!({
                "UserPoolId": pool,
                "AccountTakeoverRiskConfiguration": {
                    "NotifyConfiguration": {
                        "SourceArn": format!("arn:aws:ses:{region}:000000000000:identity/id"), "From": format!("id@{region}.example.com"),
                    },
                    "Actions": { "LowAction": action, "MediumAction": action, "HighAction": action },
                },
            })
        };
        let ours = json!({ "UserPoolId": pool });
        let from = async |caller: poolhouse_testkit::Caller<'_>, input: &Value| {
            let described = caller.ok("DescribeRiskConfiguration", input.clone()).await;
            let takeover = &described["RiskConfiguration"]["AccountTakeoverRiskConfiguration"];
            takeover["NotifyConfiguration"]["From"].clone()
        };
        for names in [ours.clone(), with(&ours, json!({ "ClientId": client }))] {
            server.admin().ok("SetRiskConfiguration", with(&risk("us-east-1", "NO_ACTION"), names.clone())).await;
            assert_eq!(from(admin_there(server), &names).await, "id@us-east-1.example.com");
            let text = "Only SourceArn and From of NotifyConfiguration can differ from the primary region.";
            for other in [with(&risk(THERE, "BLOCK"), names.clone()), names.clone()] {
                let refused = admin_there(server).refused("SetRiskConfiguration", other).await;
                assert_eq!(refused, refusal(INVALID, text));
            }
            let set = admin_there(server).ok("SetRiskConfiguration", with(&risk(THERE, "NO_ACTION"), names.clone())).await;
            let takeover = &set["RiskConfiguration"]["AccountTakeoverRiskConfiguration"];
            assert_eq!(takeover["NotifyConfiguration"]["From"], "id@eu-west-1.example.com");
            assert_eq!(from(admin_there(server), &names).await, "id@eu-west-1.example.com");
            assert_eq!(from(server.admin(), &names).await, "id@us-east-1.example.com");
        }
    }

    async fn a_prefix_domain_is_not_shown(server) {
        let pool = pool_with_replica(server, json!({})).await;
        server.admin().ok("CreateUserPoolDomain", json!({ "UserPoolId": pool, "Domain": "ours" })).await;
        let custom = json!({
            "UserPoolId": pool, "Domain": "id.example.com",
            "CustomDomainConfig": { "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/c" },
        });
        server.admin().ok("CreateUserPoolDomain", custom).await;
        let describe = async |domain: &str| {
            let answer = admin_there(server).ok("DescribeUserPoolDomain", json!({ "Domain": domain })).await;
            answer["DomainDescription"].clone()
        };
        assert_eq!(describe("ours").await, json!({}));
        assert_eq!(describe("id.example.com").await["UserPoolId"], pool);
    }

    async fn with_the_replica_its_settings_go(server) {
        let pool = pool_with_replica(server, json!({})).await;
        let tags = json!({ "UserPoolId": pool, "UserPoolTags": { "stage": "standby" } });
        admin_there(server).ok("UpdateUserPool", tags).await;
        set_status(server, &pool, "INACTIVE").await;
        server.admin().ok("DeleteUserPoolReplica", of(&pool)).await;
        // Its region is the first one now, as any other is.
        let described = admin_there(server).ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
        assert_eq!(described["UserPool"]["Arn"], format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}"));
        assert_eq!(described["UserPool"]["UserPoolTags"], json!({}));
        admin_there(server).ok("CreateGroup", json!({ "UserPoolId": pool, "GroupName": "g" })).await;
    }
}
