//! A device as answers show it.

use poolhouse_store::tables::devices::Device;
use poolhouse_wire::user_pools::{AttributeType, DeviceRememberedStatusType, DeviceType};

use crate::Cx;
use crate::ids;
use crate::model::User;

/// Who sees a device: administrators see more of it (authentication §12.5, documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Viewer {
    Owner,
    Administrator,
}

/// The device of `user`.
pub(super) fn device(cx: &Cx, user: &User, device: Device, viewer: Viewer) -> DeviceType {
    let mut attributes = vec![attribute("device_status", "valid".to_owned())];
    attributes.extend(device.name.clone().map(|name| attribute("device_name", name)));
    if viewer == Viewer::Administrator {
        attributes.extend(for_administrators(cx, user, &device));
    }
    DeviceType {
        device_key: Some(device.device_key),
        device_attributes: Some(attributes),
        device_create_date: Some(device.created_at),
        device_last_modified_date: Some(device.modified_at),
        device_last_authenticated_date: Some(device.authenticated_at),
    }
}

/// In the forms of AWS's examples.
fn for_administrators(cx: &Cx, user: &User, device: &Device) -> [AttributeType; 4] {
    let owner = format!("{}.{}", user.row.username, device.pool_id);
    let status = if device.remembered {
        DeviceRememberedStatusType::Remembered
    } else {
        DeviceRememberedStatusType::NotRemembered
    };
    [
        attribute(
            "dev:device_arn",
            ids::device_arn(&cx.settings().account_id, &device.pool_id, &owner, &device.device_key),
        ),
        attribute("dev:device_owner", owner),
        attribute("dev:device_remembered_status", status.as_str().to_owned()),
        // What AWS shows when the client's SDK tells nothing of itself, as none does in the API.
        attribute("dev:device_sdk", "aws-sdk-unknown-unknown".to_owned()),
    ]
}

fn attribute(name: &str, value: String) -> AttributeType {
    AttributeType { name: name.to_owned(), value: Some(value.into()) }
}
