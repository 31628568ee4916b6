//! Whose request it is: where the user is, and with which device.

use std::net::IpAddr;

use poolhouse_kernel::request::{Door, Origin};

use crate::Cx;
use crate::model::{Client, user_agent};

/// Where a user is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// None where it is not known.
    pub(crate) address: Option<IpAddr>,
    /// Browser or app and operating system; None where nothing was said.
    pub(crate) device: Option<String>,
}

/// Where the user of a request is.
///
/// An administrator's own address says nothing of the user: only ContextData counts. Of clients, those may
/// name another address that have a secret and are set to: everybody else could name any
/// (operations-and-protection §9.3, model).
pub(crate) fn of(cx: &Cx, client: &Client) -> Context {
    let Origin { address, user_agent, user } = &cx.origin;
    let (address, user_agent) = if cx.door() == Door::Admin {
        (user.address, user.user_agent.as_deref())
    } else {
        (user.address.filter(|_| may_name(client)).or(*address), user_agent.as_deref())
    };
    Context {
        address: address.map(|address| address.to_canonical()),
        device: user_agent.map(|agent| user_agent::name(Some(agent))),
    }
}

fn may_name(client: &Client) -> bool {
    !client.secrets.is_empty() && client.settings.enable_propagate_additional_user_context_data == Some(true)
}
