//! NewDeviceMetadata and ConfirmDevice (docs/cognito/authentication.md §12.3, §12.5).

use poolhouse_crypto::srp::{Identity, Verifier};
use poolhouse_testkit::{claims, on_both, refusal};
use serde_json::{Value, json};

use super::{Alice, Device, always, on_prompt};

fn invalid_key() -> (String, String) {
    refusal("InvalidParameterException", "Invalid device key given.")
}

fn invalid_verifier() -> (String, String) {
    refusal("InvalidParameterException", "Invalid device secret verifier")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

on_both! {
    // authentication §12.1, model: any member switches tracking on
    async fn a_pool_that_tracks_devices_gives_each_sign_in_a_key(server) {
        let both_false =
            json!({ "ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false });
        let alice = Alice::new(server, json!({ "DeviceConfiguration": both_false })).await;
        let first = server.sign_in(&alice.client, "alice").await;
        let second = server.sign_in(&alice.client, "alice").await;
        let (one, two) = (Device::new(&first), Device::new(&second));
        assert_ne!((&one.key, &one.group), (&two.key, &two.group));
        let (region, uuid) = one.key.split_once('_').unwrap();
        assert!(region == "us-east-1" && is_uuid(uuid), "{}", one.key);
        assert!(one.group.len() == 9 && one.group.starts_with('-'), "{}", one.group);
        assert_eq!(claims(&first["AccessToken"])["device_key"], one.key.as_str());
        // tokens §3: never in the ID token
        assert_eq!(claims(&first["IdToken"])["device_key"], Value::Null);
        // Nothing is kept of a device that is not confirmed.
        let list = server.public().ok("ListDevices", json!({ "AccessToken": first["AccessToken"] })).await;
        assert_eq!(list, json!({ "Devices": [] }));
    }

    async fn a_pool_without_configuration_gives_none(server) {
        let alice = Alice::new(server, json!({})).await;
        let result = server.sign_in(&alice.client, "alice").await;
        assert_eq!(result.get("NewDeviceMetadata"), None);
        assert_eq!(claims(&result["AccessToken"]).get("device_key"), None);
        let input = json!({
            "AccessToken": result["AccessToken"],
            "DeviceKey": "us-east-1_a1b2c3d4-e5f6-4711-8899-aabbccddeeff",
        });
        assert_eq!(server.public().refused("ConfirmDevice", input).await, invalid_key());
    }

    async fn a_device_is_remembered_at_once_or_when_the_user_says_so(server) {
        for (settings, necessary, status) in [(always(), false, "remembered"), (on_prompt(), true, "not_remembered")] {
            let alice = Alice::new(server, settings).await;
            let device = Device::new(&server.sign_in(&alice.client, "alice").await);
            let output = server.public().ok("ConfirmDevice", device.confirmation("a laptop")).await;
            assert_eq!(output, json!({ "UserConfirmationNecessary": necessary }));
            let shown = alice.admin("AdminGetDevice", json!({ "DeviceKey": device.key })).await;
            let attributes = shown["Device"]["DeviceAttributes"].as_array().unwrap();
            let expected = json!({ "Name": "dev:device_remembered_status", "Value": status });
            assert!(attributes.contains(&expected), "{attributes:?}");
        }
    }

    async fn only_the_key_of_this_sign_in_can_be_confirmed_and_once(server) {
        let alice = Alice::new(server, always()).await;
        let device = Device::new(&server.sign_in(&alice.client, "alice").await);
        let other = Device::new(&server.sign_in(&alice.client, "alice").await);
        let mut foreign = device.confirmation("x");
        foreign["DeviceKey"] = json!(other.key);
        assert_eq!(server.public().refused("ConfirmDevice", foreign).await, invalid_key());
        server.public().ok("ConfirmDevice", device.confirmation("x")).await;
        let exists = refusal("DeviceKeyExistsException", "Device key already exists.");
        assert_eq!(server.public().refused("ConfirmDevice", device.confirmation("x")).await, exists);
        // A key that was forgotten is no device's any more.
        server.public().ok("ForgetDevice", device.input(json!({}))).await;
        assert_eq!(server.public().refused("ConfirmDevice", device.confirmation("x")).await, invalid_key());
        server.public().ok("ConfirmDevice", other.confirmation("x")).await;
    }

    async fn a_key_is_no_good_once_the_pool_tracks_no_devices(server) {
        let alice = Alice::new(server, always()).await;
        let device = Device::new(&server.sign_in(&alice.client, "alice").await);
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": alice.pool })).await;
        assert_eq!(server.public().refused("ConfirmDevice", device.confirmation("x")).await, invalid_key());
        assert_eq!(server.sign_in(&alice.client, "alice").await.get("NewDeviceMetadata"), None);
    }

    // authentication §8.7: positive two's complement, as a .NET client once got wrong
    async fn verifiers_that_cannot_be_one_are_refused(server) {
        let alice = Alice::new(server, always()).await;
        let device = Device::new(&server.sign_in(&alice.client, "alice").await);
        let identity = Identity::device(&device.group, &device.key);
        let (verifier, salt) = Verifier::new(&identity, "a password", [0x11; 16]).to_device_config();
        for config in [
            json!({}),
            json!({ "PasswordVerifier": verifier }),
            json!({ "Salt": salt }),
            json!({ "PasswordVerifier": "not base64!", "Salt": salt }),
            json!({ "PasswordVerifier": verifier, "Salt": "gAAA" }),
            json!({ "PasswordVerifier": "/w==", "Salt": salt }),
            json!({ "PasswordVerifier": "AA==", "Salt": salt }),
            json!({ "PasswordVerifier": verifier, "Salt": "" }),
        ] {
            let input = device.input(json!({ "DeviceSecretVerifierConfig": config }));
            assert_eq!(server.public().refused("ConfirmDevice", input).await, invalid_verifier(), "{config}");
        }
        // No verifier at all is no error: the device can only never prove itself.
        server.public().ok("ConfirmDevice", device.input(json!({}))).await;
    }

    async fn of_two_confirmations_at_once_one_counts(server) {
        let alice = Alice::new(server, always()).await;
        let device = Device::new(&server.sign_in(&alice.client, "alice").await);
        let call = async || server.public().call("ConfirmDevice", device.confirmation("x")).await;
        let (one, two) = tokio::join!(call(), call());
        let refused = [one, two].into_iter().filter_map(Result::err).map(|e| e.code).collect::<Vec<_>>();
        assert_eq!(refused, ["DeviceKeyExistsException"]);
    }

    async fn a_bad_token_or_key_is_refused_before_anything(server) {
        let alice = Alice::new(server, always()).await;
        let device = Device::new(&server.sign_in(&alice.client, "alice").await);
        let input = json!({ "AccessToken": "no.token.atall", "DeviceKey": device.key });
        let expected = refusal("NotAuthorizedException", "Invalid Access Token");
        assert_eq!(server.public().refused("ConfirmDevice", input).await, expected);
        let input = json!({ "AccessToken": device.tokens["AccessToken"], "DeviceKey": "no key" });
        assert_eq!(server.public().refused("ConfirmDevice", input).await.0, "InvalidParameterException");
        let id_token = json!({ "AccessToken": device.tokens["IdToken"], "DeviceKey": device.key });
        assert_eq!(server.public().refused("ConfirmDevice", id_token).await.0, "NotAuthorizedException");
    }
}
