//! Refreshing with a device (docs/cognito/tokens.md §9.2).

use poolhouse_testkit::{claims, on_both};
use serde_json::{Value, json};

use crate::{Alice, Device, always, error};

fn refused() -> (String, String) {
    error("NotAuthorizedException", "Invalid Refresh Token")
}

fn refresh(alice: &Alice<'_>, device: &Device, device_key: Option<&str>) -> [(&'static str, Value); 2] {
    let token = &device.tokens["RefreshToken"];
    let parameters = json!({ "REFRESH_TOKEN": token, "DEVICE_KEY": device_key });
    let mut exchange = json!({ "ClientId": alice.client, "RefreshToken": token });
    if let Some(device_key) = device_key {
        exchange["DeviceKey"] = json!(device_key);
    }
    [
        (
            "InitiateAuth",
            json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": alice.client, "AuthParameters": parameters }),
        ),
        ("GetTokensFromRefreshToken", exchange),
    ]
}

on_both! {
    async fn the_key_of_the_sign_in_must_come_with_the_refresh_token(server) {
        let alice = Alice::new(server, always()).await;
        // Also before the device is confirmed: the tokens carry the key already.
        let issued = Device::new(&server.sign_in(&alice.client, "alice").await);
        let confirmed = alice.device("a laptop").await;
        for device in [&issued, &confirmed] {
            for (operation, input) in refresh(&alice, device, Some(&device.key)) {
                let answer = server.public().ok(operation, input).await;
                let result = &answer["AuthenticationResult"];
                assert_eq!(claims(&result["AccessToken"])["device_key"], device.key.as_str());
                assert_eq!(result.get("NewDeviceMetadata"), None);
            }
            for wrong in [None, Some("us-east-1_0000")] {
                for (operation, input) in refresh(&alice, device, wrong) {
                    assert_eq!(server.public().refused(operation, input).await, refused(), "{operation} {wrong:?}");
                }
            }
        }
    }

    async fn a_forgotten_devices_refresh_tokens_stop_working(server) {
        let alice = Alice::new(server, always()).await;
        let (gone, kept) = (alice.device("gone").await, alice.device("kept").await);
        server.public().ok("ForgetDevice", gone.input(json!({}))).await;
        for (operation, input) in refresh(&alice, &gone, Some(&gone.key)) {
            assert_eq!(server.public().refused(operation, input).await, refused(), "{operation}");
        }
        for (operation, input) in refresh(&alice, &kept, Some(&kept.key)) {
            server.public().ok(operation, input).await;
        }
        // They stay so where devices are no longer tracked, and all others may leave their key out.
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": alice.pool })).await;
        for (operation, input) in refresh(&alice, &gone, None) {
            assert_eq!(server.public().refused(operation, input).await, refused(), "{operation}");
        }
        for (operation, input) in refresh(&alice, &kept, None) {
            server.public().ok(operation, input).await;
        }
    }

    async fn tokens_of_a_time_without_tracking_need_no_key(server) {
        let alice = Alice::new(server, json!({})).await;
        let tokens = server.sign_in(&alice.client, "alice").await;
        let device = Device { key: String::new(), group: String::new(), tokens };
        let settings = json!({ "UserPoolId": alice.pool, "DeviceConfiguration": always()["DeviceConfiguration"] });
        server.admin().ok("UpdateUserPool", settings).await;
        for key in [None, Some("us-east-1_0000")] {
            for (operation, input) in refresh(&alice, &device, key) {
                server.public().ok(operation, input).await;
            }
        }
    }
}
