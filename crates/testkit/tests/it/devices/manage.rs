//! Reading, remembering and forgetting devices, by the user and by administrators (authentication §12.5).

use poolhouse_testkit::{on_both, refusal};
use serde_json::{Value, json};

use super::{Alice, Device, always, keys, no_device, on_prompt};

fn attribute(name: &str, value: &str) -> Value {
    json!({ "Name": name, "Value": value })
}

on_both! {
    async fn users_see_less_of_a_device_than_administrators(server) {
        let alice = Alice::new(server, always()).await;
        server.clock().advance_seconds(1);
        let device = alice.device("a laptop").await;
        let now = server.now().seconds();
        let output = server.public().ok("GetDevice", device.input(json!({}))).await;
        let own = json!({ "Device": {
            "DeviceKey": device.key,
            "DeviceAttributes": [attribute("device_status", "valid"), attribute("device_name", "a laptop")],
            "DeviceCreateDate": f64::from(i32::try_from(now).unwrap()),
            "DeviceLastModifiedDate": f64::from(i32::try_from(now).unwrap()),
            "DeviceLastAuthenticatedDate": f64::from(i32::try_from(now).unwrap()),
        } });
        assert_eq!(output, own);
        let list = server.public().ok("ListDevices", json!({ "AccessToken": device.tokens["AccessToken"] })).await;
        assert_eq!(list, json!({ "Devices": [own["Device"]] }));

        // AWS's examples of AdminGetDevice and AdminListDevices
        let output = alice.admin("AdminGetDevice", json!({ "DeviceKey": device.key })).await;
        let owner = format!("alice.{}", alice.pool);
        let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:owner/{owner}/device/{}", device.key);
        let attributes = json!([
            attribute("device_status", "valid"),
            attribute("device_name", "a laptop"),
            attribute("dev:device_arn", &arn),
            attribute("dev:device_owner", &owner),
            attribute("dev:device_remembered_status", "remembered"),
            attribute("dev:device_sdk", "aws-sdk-unknown-unknown"),
        ]);
        assert_eq!(output["Device"]["DeviceAttributes"], attributes);
        let list = alice.admin("AdminListDevices", json!({})).await;
        assert_eq!(list, json!({ "Devices": [output["Device"]] }));
    }

    async fn any_device_of_the_user_may_be_asked_for_and_no_other(server) {
        let alice = Alice::new(server, always()).await;
        let (one, two) = (alice.device("one").await, alice.device("two").await);
        let mut input = one.input(json!({}));
        input["DeviceKey"] = json!(two.key);
        let shown = server.public().ok("GetDevice", input.clone()).await;
        assert_eq!(shown["Device"]["DeviceKey"], two.key.as_str());

        server.user(&alice.pool, "bob", json!({})).await;
        let bob = Device::new(&server.sign_in(&alice.client, "bob").await);
        for (operation, more) in [
            ("GetDevice", json!({})),
            ("ForgetDevice", json!({})),
            ("UpdateDeviceStatus", json!({})),
            ("UpdateDeviceStatus", json!({ "DeviceRememberedStatus": "not_remembered" })),
        ] {
            let mut input = bob.input(more);
            input["DeviceKey"] = json!(one.key);
            assert_eq!(server.public().refused(operation, input).await, no_device(), "{operation}");
        }
        // Bob's own key is not confirmed: nothing is there yet.
        assert_eq!(server.public().refused("GetDevice", bob.input(json!({}))).await, no_device());
        let unknown = json!({ "DeviceKey": bob.key });
        for operation in ["AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"] {
            assert_eq!(alice.admin_refused(operation, unknown.clone()).await, no_device(), "{operation}");
        }
        assert_eq!(keys(&alice.admin("AdminListDevices", json!({})).await).len(), 2);
    }

    async fn devices_are_listed_a_page_at_a_time(server) {
        let alice = Alice::new(server, always()).await;
        let mut made = Vec::new();
        for name in ["one", "two", "three"] {
            made.push(alice.device(name).await);
        }
        let token = &made[0].tokens["AccessToken"];
        let mut expected: Vec<&str> = made.iter().map(|device| device.key.as_str()).collect();
        expected.sort_unstable();
        let page = |limit: i32, after: &Value| {
            let mut input = json!({ "Limit": limit });
            if !after.is_null() {
                input["PaginationToken"] = after.clone();
            }
            input
        };
        let own = async |mut input: Value| {
            input["AccessToken"] = token.clone();
            server.public().ok("ListDevices", input).await
        };
        let first = own(page(2, &Value::Null)).await;
        assert_eq!(keys(&first), expected[..2]);
        let second = own(page(2, &first["PaginationToken"])).await;
        assert_eq!(keys(&second), expected[2..]);
        assert_eq!(second.get("PaginationToken"), None);
        // 0 and nothing mean sixty
        assert_eq!(keys(&own(json!({})).await), expected);
        assert_eq!(keys(&own(page(0, &Value::Null)).await), expected);

        let first = alice.admin("AdminListDevices", page(2, &Value::Null)).await;
        let rest = alice.admin("AdminListDevices", page(60, &first["PaginationToken"])).await;
        assert_eq!([keys(&first), keys(&rest)].concat(), expected);
        // A marker of somebody else's list, and one of nobody's.
        server.user(&alice.pool, "bob", json!({})).await;
        let bob = server.sign_in(&alice.client, "bob").await;
        for token in [&first["PaginationToken"], &json!("abc")] {
            let input = json!({ "AccessToken": bob["AccessToken"], "PaginationToken": token });
            assert_eq!(server.public().refused("ListDevices", input).await.0, "InvalidParameterException");
        }
        let input = json!({ "Limit": 61 });
        assert_eq!(alice.admin_refused("AdminListDevices", input).await.0, "InvalidParameterException");
    }

    // authentication §12.5, observed: listed only once remembered
    async fn where_users_are_asked_a_device_is_listed_while_it_is_remembered(server) {
        let alice = Alice::new(server, on_prompt()).await;
        let (one, two) = (alice.device("one").await, alice.device("two").await);
        let list = async || {
            let list = server.public().ok("ListDevices", json!({ "AccessToken": one.tokens["AccessToken"] })).await;
            let listed = keys(&list).into_iter().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(listed, keys(&alice.admin("AdminListDevices", json!({})).await));
            listed
        };
        assert!(list().await.is_empty());
        server.clock().advance_seconds(10);
        let remember = |status: &str| one.input(json!({ "DeviceRememberedStatus": status }));
        assert_eq!(server.public().ok("UpdateDeviceStatus", remember("remembered")).await, json!({}));
        assert_eq!(list().await, [one.key.as_str()]);
        let device = &server.public().ok("GetDevice", one.input(json!({}))).await["Device"];
        let (created, modified) = (&device["DeviceCreateDate"], &device["DeviceLastModifiedDate"]);
        assert!((modified.as_f64().unwrap() - created.as_f64().unwrap() - 10.0).abs() < 1e-6);
        // inferred: without a status nothing changes
        assert_eq!(server.public().ok("UpdateDeviceStatus", one.input(json!({}))).await, json!({}));
        let input = json!({ "DeviceKey": two.key, "DeviceRememberedStatus": "remembered" });
        assert_eq!(alice.admin("AdminUpdateDeviceStatus", input).await, json!({}));
        let mut both = [one.key.clone(), two.key.clone()];
        both.sort_unstable();
        assert_eq!(list().await, both);
        server.public().ok("UpdateDeviceStatus", remember("not_remembered")).await;
        assert_eq!(list().await, [two.key.as_str()]);
        // A device that is not listed is there all the same.
        server.public().ok("GetDevice", one.input(json!({}))).await;
        assert_eq!(server.public().refused("UpdateDeviceStatus", remember("maybe")).await.0, "InvalidParameterException");
    }

    async fn a_forgotten_device_is_gone(server) {
        let alice = Alice::new(server, always()).await;
        let (one, two) = (alice.device("one").await, alice.device("two").await);
        let (status, _, body) = server.public().raw("ForgetDevice", one.input(json!({})).to_string().as_bytes()).await;
        // authentication §12.5: no output shape
        assert_eq!((status, body.as_slice()), (200, b"".as_slice()));
        assert_eq!(server.public().refused("ForgetDevice", one.input(json!({}))).await, no_device());
        assert_eq!(server.public().refused("GetDevice", one.input(json!({}))).await, no_device());
        assert_eq!(alice.admin("AdminForgetDevice", json!({ "DeviceKey": two.key })).await, Value::Null);
        assert_eq!(alice.admin("AdminListDevices", json!({})).await, json!({ "Devices": [] }));
    }

    async fn devices_go_with_their_user(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("one").await;
        alice.admin("AdminDeleteUser", json!({})).await;
        let gone = refusal("UserNotFoundException", "User does not exist.");
        assert_eq!(alice.admin_refused("AdminListDevices", json!({})).await, gone);
        server.user(&alice.pool, "alice", json!({})).await;
        assert_eq!(alice.admin("AdminListDevices", json!({})).await, json!({ "Devices": [] }));
        assert_eq!(alice.admin_refused("AdminGetDevice", json!({ "DeviceKey": device.key })).await, no_device());
    }

    async fn what_is_not_there_is_named(server) {
        let alice = Alice::new(server, always()).await;
        let device = alice.device("one").await;
        for operation in ["AdminListDevices", "AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"] {
            let mut input = json!({ "UserPoolId": alice.pool, "Username": "nobody" });
            if operation != "AdminListDevices" {
                input["DeviceKey"] = json!(device.key);
            }
            let gone = refusal("UserNotFoundException", "User does not exist.");
            assert_eq!(server.admin().refused(operation, input.clone()).await, gone, "{operation}");
            input["UserPoolId"] = json!("us-east-1_000000000");
            assert_eq!(server.admin().refused(operation, input).await.0, "ResourceNotFoundException", "{operation}");
        }
        // The model makes the token optional here (protocol §5).
        for operation in ["GetDevice", "ForgetDevice"] {
            let expected = refusal("InvalidParameterException", "Either Access Token or Session must be provided");
            let input = json!({ "DeviceKey": device.key });
            assert_eq!(server.public().refused(operation, input).await, expected, "{operation}");
        }
    }
}
