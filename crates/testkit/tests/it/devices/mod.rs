//! Devices: their keys, their operations, and what they change at sign-in
//! (docs/cognito/authentication.md §12).

mod confirm;
mod manage;
mod refresh;
mod sign_in;

use poolhouse_crypto::srp::{Identity, Verifier};
use poolhouse_testkit::{TestServer, refusal};
use serde_json::{Value, json};

/// The password that every device of these tests has.
pub(crate) const DEVICE_PASSWORD: &str = "the device's own password";

/// Devices are remembered as soon as they are confirmed.
pub(crate) fn always() -> Value {
    json!({ "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": false } })
}

/// Devices are remembered when the user says so.
pub(crate) fn on_prompt() -> Value {
    json!({ "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": true } })
}

/// Alice, in a pool with a client.
pub(crate) struct Alice<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) pool: String,
    pub(crate) client: String,
}

impl<'a> Alice<'a> {
    pub(crate) async fn new(server: &'a TestServer, pool: Value) -> Alice<'a> {
        let pool = server.pool(pool).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        Self { server, pool, client }
    }

    /// Signs in by password and confirms the new device.
    pub(crate) async fn device(&self, name: &str) -> Device {
        let device = Device::new(&self.server.sign_in(&self.client, "alice").await);
        self.server.public().ok("ConfirmDevice", device.confirmation(name)).await;
        device
    }

    /// Calls an operation of administrators for Alice.
    pub(crate) async fn admin(&self, operation: &str, input: Value) -> Value {
        self.server.admin().ok(operation, self.named(input)).await
    }

    pub(crate) async fn admin_refused(&self, operation: &str, input: Value) -> (String, String) {
        self.server.admin().refused(operation, self.named(input)).await
    }

    fn named(&self, mut input: Value) -> Value {
        input["UserPoolId"] = json!(self.pool);
        input["Username"] = json!("alice");
        input
    }
}

/// A device and the tokens that it came with.
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) group: String,
    pub(crate) tokens: Value,
}

impl Device {
    /// The device of an `AuthenticationResult`.
    pub(crate) fn new(result: &Value) -> Self {
        let text = |name: &str| result["NewDeviceMetadata"][name].as_str().unwrap().to_owned();
        Self { key: text("DeviceKey"), group: text("DeviceGroupKey"), tokens: result.clone() }
    }

    /// The input of ConfirmDevice, with salt and verifier as clients make them.
    pub(crate) fn confirmation(&self, name: &str) -> Value {
        let identity = Identity::device(&self.group, &self.key);
        let (verifier, salt) = Verifier::new(&identity, DEVICE_PASSWORD, [0x6b; 16]).to_device_config();
        self.input(json!({
            "DeviceName": name,
            "DeviceSecretVerifierConfig": { "PasswordVerifier": verifier, "Salt": salt },
        }))
    }

    /// An operation's input with the access token and the key.
    pub(crate) fn input(&self, mut input: Value) -> Value {
        input["AccessToken"] = self.tokens["AccessToken"].clone();
        input["DeviceKey"] = json!(self.key);
        input
    }
}

pub(crate) fn no_device() -> (String, String) {
    refusal("ResourceNotFoundException", "Device does not exist.")
}

/// The keys in a list of devices.
pub(crate) fn keys(list: &Value) -> Vec<&str> {
    list["Devices"].as_array().unwrap().iter().map(|device| device["DeviceKey"].as_str().unwrap()).collect()
}
