//! What the account lists: passkeys, devices and sessions.

use poolhouse_core::profile::devices::{self, Whose};
use poolhouse_core::profile::{passkeys, sessions};
use poolhouse_kernel::Fault;
use poolhouse_pages::{Form, Href, Item, Moment};
use poolhouse_ports::Timestamp;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{DeviceType, SessionDescriptionType, WebAuthnCredentialDescription};

use super::action::Action;
use crate::pages::front::{Front, Hidden};

/// A passkey, a device or a session.
pub(super) struct Row {
    name: String,
    detail: Option<String>,
    since: Option<Moment>,
    last_used: Option<Moment>,
    is_here: bool,
    pub(super) remove: Option<Hidden>,
}

pub(super) async fn own_passkeys(front: &Front<'_>) -> Result<Vec<Row>, Fault> {
    let page = passkeys::list(&front.visit.cx, front.owner(), None, None).await?;
    let row = |passkey: WebAuthnCredentialDescription| Row {
        name: front.language.passkey(passkey.authenticator_attachment.as_deref()).to_owned(),
        detail: Some(passkey.relying_party_id),
        since: Some(moment(passkey.created_at)),
        last_used: None,
        is_here: false,
        remove: Some(front.hidden_for(Action::RemovePasskey.as_str(), &passkey.credential_id)),
    };
    Ok(page.items.into_iter().map(row).collect())
}

pub(super) async fn own_devices(front: &Front<'_>) -> Result<Vec<Row>, Fault> {
    let page = devices::list(&front.visit.cx, Whose::Own(front.owner()), None, None).await?;
    let row = |device: DeviceType| {
        let key = device.device_key.unwrap_or_default();
        let attributes = device.device_attributes.unwrap_or_default();
        let name = attributes.into_iter().find(|attribute| attribute.name == "device_name");
        let name = name.and_then(|attribute| attribute.value).map(Sensitive::into_string);
        Row {
            name: name.unwrap_or_else(|| key.clone()),
            detail: None,
            since: device.device_create_date.map(moment),
            last_used: device.device_last_authenticated_date.map(moment),
            is_here: false,
            remove: Some(front.hidden_for(Action::ForgetDevice.as_str(), &key)),
        }
    };
    Ok(page.items.into_iter().map(row).collect())
}

pub(super) async fn own_sessions(front: &Front<'_>) -> Result<Vec<Row>, Fault> {
    let list = sessions::list_own(&front.visit.cx, front.owner(), None).await?;
    let row = |session: SessionDescriptionType| {
        let is_here = session.is_current_session == Some(true);
        let id = session.session_id.unwrap_or_default();
        Row {
            name: session.device_type.unwrap_or_default(),
            detail: session.last_ip_address.map(Sensitive::into_string),
            since: session.create_date.map(moment),
            last_used: session.last_active_date.map(moment),
            is_here,
            remove: (!is_here).then(|| front.hidden_for(Action::EndSession.as_str(), &id)),
        }
    };
    Ok(list.into_iter().map(row).collect())
}

fn moment(timestamp: Timestamp) -> Moment {
    Moment(timestamp.seconds())
}

/// Hidden fields, as forms take them.
pub(super) type Pairs<'a> = Vec<(&'a str, &'a str)>;

pub(super) fn pairs(hidden: Option<&Hidden>) -> Option<Pairs<'_>> {
    hidden.map(Hidden::pairs)
}

pub(super) fn listed(rows: Option<&Vec<Row>>) -> &[Row] {
    rows.map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn items<'a>(rows: &'a [Row], pairs: &'a [Option<Pairs<'a>>], action: &'a str) -> Vec<Item<'a>> {
    let item = |(row, pairs): (&'a Row, &'a Option<Pairs<'a>>)| Item {
        name: &row.name,
        detail: row.detail.as_deref(),
        since: row.since,
        last_used: row.last_used,
        is_here: row.is_here,
        remove: pairs.as_deref().map(|pairs| Form::to(Href::new(action), pairs)),
    };
    rows.iter().zip(pairs).map(item).collect()
}
