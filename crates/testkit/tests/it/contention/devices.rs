//! Devices.

use poolhouse_crypto::srp::{Identity, Verifier};
use serde_json::{Value, json};

use super::alice::Alice;
use super::world::{World, same, with};

kinds! {
    ConfirmDevice => confirm,
    UpdateDeviceStatus => update,
    AdminUpdateDeviceStatus => admin_update,
    ForgetDevice => forget,
    AdminForgetDevice => admin_forget,
}

/// Alice, and the input that confirms a new device of hers.
async fn new_device(world: &World) -> (Alice<'_>, Value) {
    let settings = json!({ "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": true } });
    let alice = Alice::with(world, settings, json!({})).await;
    let tokens = alice.sign_in().await;
    let text = |name: &str| tokens["NewDeviceMetadata"][name].as_str().unwrap().to_owned();
    let (key, group) = (text("DeviceKey"), text("DeviceGroupKey"));
    let (verifier, salt) = Verifier::new(&Identity::device(&group, &key), "secret", [1; 16]).to_device_config();
    let input = json!({
        "AccessToken": tokens["AccessToken"], "DeviceKey": key, "DeviceName": "laptop",
        "DeviceSecretVerifierConfig": { "PasswordVerifier": verifier, "Salt": salt },
    });
    (alice, input)
}

/// Alice, and inputs that name a device of hers: with her token, and an administrator's.
async fn device(world: &World) -> (Alice<'_>, Value, Value) {
    let (alice, input) = new_device(world).await;
    alice.server.public().ok("ConfirmDevice", input.clone()).await;
    let own = json!({ "AccessToken": input["AccessToken"], "DeviceKey": input["DeviceKey"] });
    let named = alice.named(json!({ "DeviceKey": input["DeviceKey"] }));
    (alice, own, named)
}

async fn confirm(world: &World) {
    let (_, input) = new_device(world).await;
    world.storm(same(&input)).await.only(1, &["DeviceKeyExistsException"]);
}

async fn update(world: &World) {
    let (_, own, _) = device(world).await;
    world.storm(same(&with(&own, json!({ "DeviceRememberedStatus": "remembered" })))).await.all();
}

async fn admin_update(world: &World) {
    let (_, _, named) = device(world).await;
    world.storm(same(&with(&named, json!({ "DeviceRememberedStatus": "remembered" })))).await.all();
}

async fn forget(world: &World) {
    let (_, own, _) = device(world).await;
    world.storm(same(&own)).await.only(1, &["ResourceNotFoundException"]);
}

async fn admin_forget(world: &World) {
    let (alice, _, named) = device(world).await;
    world.storm(same(&named)).await.only(1, &["ResourceNotFoundException"]);
    let list = alice.server.admin().ok("AdminListDevices", alice.named(json!({}))).await;
    assert_eq!(list["Devices"], json!([]));
}
