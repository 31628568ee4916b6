//! While a recovery is active (new-operations §15.5).

use poolhouse_testkit::idp::Idp;
use poolhouse_testkit::{on_both, refusal};
use serde_json::json;

use super::{initiate, moment, status, work};
use crate::triggers::{sign_in, with_triggers};

const PAUSED: &str = "This operation is not enabled while a point-in-time recovery is in progress.";

on_both! {
    async fn nobody_changes_users_and_everybody_signs_in(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "ann", json!({})).await;
        server.group(&pool, "readers", json!({})).await;
        let token = server.sign_in(&client, "ann").await["AccessToken"].clone();
        let then = moment(server);
        let recovery = initiate(server, &pool, then).await;

        let (ann, nobody) = (json!({ "UserPoolId": pool, "Username": "ann" }), json!({ "UserPoolId": pool, "Username": "nobody" }));
        let with = |base: &serde_json::Value, more: serde_json::Value| {
            let mut input = base.clone();
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        // Whether or not there is such a user.
        for user in [&ann, &nobody] {
            for (operation, more) in [
                ("AdminCreateUser", json!({})),
                ("AdminDeleteUser", json!({})),
                ("AdminEnableUser", json!({})),
                ("AdminDisableUser", json!({})),
                ("AdminConfirmSignUp", json!({})),
                ("AdminResetUserPassword", json!({})),
                ("AdminSetUserPassword", json!({ "Password": "Another-Horse-8", "Permanent": true })),
                ("AdminUpdateUserAttributes", json!({ "UserAttributes": [{ "Name": "name", "Value": "A" }] })),
                ("AdminDeleteUserAttributes", json!({ "UserAttributeNames": ["name"] })),
                ("AdminSetUserMFAPreference", json!({})),
                ("AdminSetUserSettings", json!({ "MFAOptions": [] })),
                ("AdminDeleteSoftwareToken", json!({})),
                ("AdminAddUserToGroup", json!({ "GroupName": "readers" })),
                ("AdminRemoveUserFromGroup", json!({ "GroupName": "readers" })),
            ] {
                let refused = server.admin().refused(operation, with(user, more)).await;
                assert_eq!(refused, ("OperationNotEnabledException".to_owned(), PAUSED.to_owned()), "{operation}");
            }
        }
        let group = json!({ "UserPoolId": pool, "GroupName": "readers" });
        for operation in ["CreateGroup", "UpdateGroup", "DeleteGroup"] {
            assert_eq!(server.admin().refused(operation, group.clone()).await.1, PAUSED, "{operation}");
        }
        let by_token = json!({ "AccessToken": token });
        for (operation, more) in [
            ("DeleteUser", json!({})),
            ("UpdateUserAttributes", json!({ "UserAttributes": [{ "Name": "name", "Value": "A" }] })),
            ("DeleteUserAttributes", json!({ "UserAttributeNames": ["name"] })),
            ("ChangePassword", json!({ "PreviousPassword": "Correct-Horse-7", "ProposedPassword": "Another-Horse-8" })),
            ("SetUserMFAPreference", json!({})),
            ("SetUserSettings", json!({ "MFAOptions": [] })),
            ("AssociateSoftwareToken", json!({})),
        ] {
            assert_eq!(server.public().refused(operation, with(&by_token, more)).await.1, PAUSED, "{operation}");
        }
        let by_client = json!({ "ClientId": client, "Username": "somebody" });
        for (operation, more) in [
            ("SignUp", json!({ "Password": "Correct-Horse-7" })),
            ("ForgotPassword", json!({})),
            ("ResendConfirmationCode", json!({})),
            ("ConfirmSignUp", json!({ "ConfirmationCode": "123456" })),
        ] {
            assert_eq!(server.public().refused(operation, with(&by_client, more)).await.1, PAUSED, "{operation}");
        }

        server.sign_in(&client, "ann").await;
        server.public().ok("GetUser", by_token.clone()).await;
        server.public().ok("GlobalSignOut", by_token).await;
        server.admin().ok("AdminUserGlobalSignOut", ann.clone()).await;

        let cancelled = server.admin().ok("CancelPointInTimeRecovery", recovery.clone()).await;
        assert_eq!(cancelled["Restoration"]["RestoreStatus"], "PREVIEW_CANCELLED");
        work(server).await;
        assert_eq!(status(server, &recovery).await, "PREVIEW_CANCELLED");
        server.admin().ok("AdminDeleteUser", ann).await;
    }

    /// Whoever has to be made or changed at a sign-in waits; whoever is there signs in.
    async fn a_sign_in_makes_and_changes_nobody(server) {
        let directory = server.function("directory", |event| {
            event["response"]["userAttributes"] = json!({ "name": "Bob" });
            event["response"]["finalUserStatus"] = json!("CONFIRMED");
            event["response"]["messageAction"] = json!("SUPPRESS");
        });
        let (pool, client) = with_triggers(server, json!({ "UserMigration": directory })).await;
        let then = moment(server);
        let recovery = initiate(server, &pool, then).await;
        let refused = server.public().refused("InitiateAuth", sign_in(&client, "bob")).await;
        assert_eq!(refused, refusal("UserNotFoundException", "User does not exist."));
        assert_eq!(server.take_sources(), [""; 0], "the function is not asked");
        server.admin().ok("CancelPointInTimeRecovery", recovery).await;
        server.public().ok("InitiateAuth", sign_in(&client, "bob")).await;
    }

    async fn a_provider_is_made_without_its_group(server) {
        let pool = server.pool(json!({})).await;
        let then = moment(server);
        initiate(server, &pool, then).await;
        let idp = Idp::start(server, "https://idp.example.com", |_| {});
        let provider = json!({
            "UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": idp.details(),
        });
        server.admin().ok("CreateIdentityProvider", provider).await;
        let named = json!({ "UserPoolId": pool, "ProviderName": "Corp" });
        assert_eq!(server.admin().ok("ListGroups", json!({ "UserPoolId": pool })).await["Groups"], json!([]));
        let refused = server.admin().refused("DeleteIdentityProvider", named).await;
        assert_eq!(refused, refusal("ConcurrentModificationException", PAUSED));
    }

    async fn a_preview_that_nobody_starts_expires(server) {
        let pool = server.pool(json!({})).await;
        let then = moment(server);
        let recovery = initiate(server, &pool, then).await;
        work(server).await;
        server.clock().advance_seconds(24 * 60 * 60 - 1);
        assert_eq!(status(server, &recovery).await, "PREVIEW_GENERATED");
        server.clock().advance_seconds(1);
        // Before any node has taken notice of it.
        assert_eq!(status(server, &recovery).await, "PREVIEW_EXPIRED");
        server.user(&pool, "ann", json!({})).await;
        work(server).await;
        assert_eq!(status(server, &recovery).await, "PREVIEW_EXPIRED");
        let refused = server.admin().refused("StartPointInTimeRecovery", recovery).await;
        assert_eq!(refused.1, "Cannot start a recovery with status PREVIEW_EXPIRED.");
    }
}
