//! Devices: what users sign in with, and what may stand in for a second factor
//! (docs/cognito/authentication.md §12).
//!
//! A pool that tracks devices gives each sign-in without one a new key, which tokens then carry. Nothing is
//! stored of it until the client confirms the device with the salt and verifier of a password of its own. A
//! device that is *remembered* proves that password at the next sign-in.
//!
//! | file | subject |
//! |---|---|
//! | `known` | a device at sign-in and at refresh |

mod known;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_wire::user_pools::{DeviceConfigurationType, NewDeviceMetadataType};

use crate::Cx;
use crate::model::Pool;

pub(crate) use known::{Known, Part, may_refresh, named, worth_carrying};

/// How the pool tracks devices; `None` where it does not. Any member switches tracking on, even a false one
/// (authentication §12.1, model).
pub(crate) fn tracking(pool: &Pool) -> Option<&DeviceConfigurationType> {
    pool.settings.general.device_configuration.as_ref()
}

/// Whether a device is remembered only when the user says so.
pub(crate) fn asks_user(tracking: &DeviceConfigurationType) -> bool {
    tracking.device_only_remembered_on_user_prompt == Some(true)
}

/// The key of a new device for a sign-in that named none, where the pool tracks devices.
pub(crate) fn issue(cx: &Cx, pool: &Pool) -> Option<NewDeviceMetadataType> {
    tracking(pool)?;
    let device_key = format!("{}_{}", pool.region, cx.entropy().uuid());
    Some(NewDeviceMetadataType {
        device_group_key: Some(group_key(pool, &device_key)),
        device_key: Some(device_key),
    })
}

/// The group key that belongs to a device key: a dash and eight characters, different for each device
/// (authentication §12.2, open). Worked out from the device key, so that a device which is never confirmed
/// leaves nothing behind.
fn group_key(pool: &Pool, device_key: &str) -> String {
    let hash = pool.keys.hash("device_group", device_key);
    let bytes: &[u8; 6] = hash.first_chunk().unwrap_or(&[0; 6]);
    format!("-{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Where a device's secrets are sealed.
pub(crate) fn place(sub: &Sub, device_key: &str) -> String {
    format!("device/{sub}/{device_key}")
}

/// The mark of a key that was forgotten: it stands for no device any more.
pub(crate) fn forgotten(device_key: &str) -> String {
    format!("forgotten_device/{device_key}")
}

/// Authentication §12.5; clients know it by its text (§12.3, observed).
pub(crate) fn not_found() -> Fault {
    Fault::not_found("Device does not exist.")
}
