//! Devices that a pool remembers.

use std::fmt;
use std::time::SystemTime;

use aws_lc_rs::rand;
use aws_sdk_cognitoidentityprovider::types::{
    DeviceSecretVerifierConfigType, DeviceType, NewDeviceMetadataType,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_crypto::srp::{Identity, SALT_BYTES, Verifier};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::attributes::Attributes;
use crate::error::{Error, Result};
use crate::records::time;
use crate::secret::Secret;

/// How long a device's password is, in bytes before base64; pycognito's and the official SDKs'.
const PASSWORD_BYTES: usize = 40;

/// A device that a sign-in named, not confirmed yet.
///
/// ```no_run
/// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
/// if let Some(new) = alice.new_device() {
///     println!("{} is not confirmed yet", new.key);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewDevice {
    /// The device.
    pub key: String,
    /// Its group; needed to prove the device later.
    pub group_key: String,
}

impl NewDevice {
    pub(crate) fn from_sdk(metadata: NewDeviceMetadataType) -> Option<Self> {
        Some(Self { key: metadata.device_key?, group_key: metadata.device_group_key? })
    }
}

/// What proves a remembered device. Keep it on the device, as safe as a password; `serde` stores it, `Debug` does not
/// show it.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client, key: &str, group_key: &str, password: &str) -> poolhouse_client::Result<()> {
/// use poolhouse_client::DeviceCredentials;
///
/// let device = DeviceCredentials::new(key, group_key, password);
/// let sign_in = client.sign_in("alice").password("Correct-Horse-7").device(device);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCredentials {
    key: String,
    group_key: String,
    password: Secret,
}

impl DeviceCredentials {
    /// Credentials from where they were kept.
    #[must_use]
    pub fn new(key: impl Into<String>, group_key: impl Into<String>, password: impl Into<String>) -> Self {
        Self { key: key.into(), group_key: group_key.into(), password: Secret::new(password) }
    }

    /// Credentials with a fresh password for a new device, and what the service keeps of them.
    pub(crate) fn generate(device: &NewDevice) -> Result<(Self, DeviceSecretVerifierConfigType)> {
        let no_random = |_| Error::Configuration("the system gives no random bytes");
        let mut password = Zeroizing::new([0; PASSWORD_BYTES]);
        rand::fill(password.as_mut_slice()).map_err(no_random)?;
        let mut salt = [0; SALT_BYTES];
        rand::fill(&mut salt).map_err(no_random)?;
        let credentials = Self::new(&device.key, &device.group_key, STANDARD.encode(*password));
        let identity = Identity::device(&device.group_key, &device.key);
        let (verifier, salt) = Verifier::new(&identity, credentials.password(), salt).to_device_config();
        let config = DeviceSecretVerifierConfigType::builder().password_verifier(verifier).salt(salt);
        Ok((credentials, config.build()))
    }

    /// The device's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its group's key.
    #[must_use]
    pub fn group_key(&self) -> &str {
        &self.group_key
    }

    /// Its password.
    #[must_use]
    pub fn password(&self) -> &str {
        self.password.expose()
    }
}

impl fmt::Debug for DeviceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCredentials").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A device of a user.
///
/// ```
/// fn tell(device: &poolhouse_client::Device) -> String {
///     format!("{:?}, last seen at {:?}", device.name(), device.attributes.get("last_ip_used"))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// Its key.
    pub key: String,
    /// `device_name`, `last_ip_used` and others.
    pub attributes: Attributes,
    /// When it was first seen.
    pub created: Option<SystemTime>,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
    /// When it was last used to sign in.
    pub last_authenticated: Option<SystemTime>,
}

impl Device {
    pub(crate) fn from_sdk(device: DeviceType) -> Self {
        Self {
            attributes: Attributes::from_sdk(device.device_attributes()),
            key: device.device_key.unwrap_or_default(),
            created: time(device.device_create_date),
            modified: time(device.device_last_modified_date),
            last_authenticated: time(device.device_last_authenticated_date),
        }
    }

    /// The name that it was confirmed with.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.attributes.get("device_name")
    }
}
