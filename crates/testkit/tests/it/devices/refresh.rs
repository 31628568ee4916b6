//! Refreshing with a device (docs/cognito/tokens.md §9.2).

use poolhouse_testkit::{claims, on_both, refusal};
use serde_json::{Value, json};

use super::{Alice, Device, always, on_prompt};

/// Refreshes with a device's token and the key of a device, or none: InitiateAuth, AdminInitiateAuth and
/// GetTokensFromRefreshToken, which must be of one mind.
async fn refresh(
    alice: &Alice<'_>,
    device: &Device,
    device_key: Option<&str>,
) -> Result<Vec<Value>, (String, String)> {
    let (public, admin) = (alice.server.public(), alice.server.admin());
    let token = &device.tokens["RefreshToken"];
    let flow = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": alice.client,
        "AuthParameters": { "REFRESH_TOKEN": token, "DEVICE_KEY": device_key },
    });
    let mut by_admin = flow.clone();
    by_admin["UserPoolId"] = json!(alice.pool);
    let mut exchange = json!({ "ClientId": alice.client, "RefreshToken": token });
    if let Some(device_key) = device_key {
        exchange["DeviceKey"] = json!(device_key);
    }
    let answers = [
        public.call("InitiateAuth", flow).await,
        admin.call("AdminInitiateAuth", by_admin).await,
        public.call("GetTokensFromRefreshToken", exchange).await,
    ];
    let answers = answers.map(|answer| match answer {
        Ok(answer) => Ok(answer["AuthenticationResult"].clone()),
        Err(refused) => Err((refused.code, refused.message)),
    });
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.is_empty() || refused.len() == answers.len(), "{answers:?}");
    answers.into_iter().collect()
}

async fn assert_refused(alice: &Alice<'_>, device: &Device, device_key: Option<&str>) {
    let expected = refusal("NotAuthorizedException", "Invalid Refresh Token");
    assert_eq!(refresh(alice, device, device_key).await, Err(expected), "{device_key:?}");
}

async fn assert_refreshed(alice: &Alice<'_>, device: &Device) {
    for result in refresh(alice, device, Some(&device.key)).await.unwrap() {
        assert_eq!(claims(&result["AccessToken"])["device_key"], device.key.as_str());
        assert_eq!(result.get("NewDeviceMetadata"), None);
    }
}

on_both! {
    // documented ("the confirmed device key"), observed of devices that were never confirmed
    async fn the_key_of_the_sign_in_must_come_with_the_refresh_token_and_be_confirmed(server) {
        let alice = Alice::new(server, always()).await;
        server.user(&alice.pool, "bob", json!({})).await;
        let bobs = Device::new(&server.sign_in(&alice.client, "bob").await);
        server.public().ok("ConfirmDevice", bobs.confirmation("bob's")).await;
        let other = alice.device("another").await;
        let device = Device::new(&server.sign_in(&alice.client, "alice").await);
        for wrong in [None, Some(device.key.as_str()), Some(&other.key), Some(&bobs.key)] {
            assert_refused(&alice, &device, wrong).await;
        }
        server.public().ok("ConfirmDevice", device.confirmation("a laptop")).await;
        assert_refreshed(&alice, &device).await;
        for wrong in [None, Some(other.key.as_str()), Some(&bobs.key), Some("us-east-1_0000")] {
            assert_refused(&alice, &device, wrong).await;
        }
    }

    // documented: it is to be confirmed, not to be remembered
    async fn whether_the_device_is_remembered_makes_no_difference(server) {
        let alice = Alice::new(server, on_prompt()).await;
        let device = alice.device("a laptop").await;
        assert_refreshed(&alice, &device).await;
        for status in ["remembered", "not_remembered"] {
            let input = device.input(json!({ "DeviceRememberedStatus": status }));
            server.public().ok("UpdateDeviceStatus", input).await;
            assert_refreshed(&alice, &device).await;
        }
    }

    async fn a_forgotten_devices_refresh_tokens_stop_working(server) {
        let alice = Alice::new(server, always()).await;
        let (gone, kept) = (alice.device("gone").await, alice.device("kept").await);
        let new = Device::new(&server.sign_in(&alice.client, "alice").await);
        server.public().ok("ForgetDevice", gone.input(json!({}))).await;
        assert_refused(&alice, &gone, Some(&gone.key)).await;
        assert_refreshed(&alice, &kept).await;
        // They stay so where devices are no longer tracked, and all others may leave their key out.
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": alice.pool })).await;
        assert_refused(&alice, &gone, None).await;
        for device in [&kept, &new] {
            refresh(&alice, device, None).await.unwrap();
        }
    }

    async fn tokens_of_a_time_without_tracking_need_no_key(server) {
        let alice = Alice::new(server, json!({})).await;
        let tokens = server.sign_in(&alice.client, "alice").await;
        let device = Device { key: String::new(), group: String::new(), tokens };
        let settings = json!({ "UserPoolId": alice.pool, "DeviceConfiguration": always()["DeviceConfiguration"] });
        server.admin().ok("UpdateUserPool", settings).await;
        for key in [None, Some("us-east-1_0000")] {
            refresh(&alice, &device, key).await.unwrap();
        }
    }
}
