//! An authorization request that is good.

use std::sync::Arc;

use poolhouse_ports::ClientId;

use super::asked::Prompt;
use crate::model::assurance::Level;
use crate::model::client::LOCAL_PROVIDER;
use crate::model::{Client, Pool};

/// A request that is good.
#[derive(Debug)]
pub struct Request {
    pub(crate) pool: Arc<Pool>,
    pub(crate) client: Arc<Client>,
    pub(super) redirect_uri: String,
    pub(super) flow: Flow,
    pub(super) state: Option<String>,
    /// Those that are granted.
    pub(super) scopes: Vec<String>,
    pub(super) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) prompt: Prompt,
    pub(super) max_age: Option<i64>,
    pub(super) levels: Vec<Level>,
    /// The identity provider that is asked for, the pool's own among them.
    pub(super) provider: Option<String>,
}

/// What comes back to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Code,
    Implicit,
}

impl Request {
    /// The client.
    pub fn client_id(&self) -> &ClientId {
        &self.client.id
    }

    /// What people call the client.
    pub fn client_name(&self) -> &str {
        &self.client.name
    }

    /// Who publishes what the client says of itself: the host of the URL that it is, where it is one.
    pub fn publisher(&self) -> Option<&str> {
        self.client.metadata.as_ref().map(|metadata| metadata.publisher.as_str())
    }

    /// Whether whoever signs in is asked if the client may: where it wants that, and where nobody of the pool has vouched for it.
    /// Without a page, anybody who gets people to follow a link could sign in as them (new-operations §10.2, §16.5, ours).
    pub fn asks_consent(&self) -> bool {
        self.prompt.consent || self.client.is_a_stranger()
    }

    /// Where it goes back to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// For which server the tokens will be, where that was asked for.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// The scopes that are granted.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// What the client wants to be shown.
    pub fn prompt(&self) -> Prompt {
        self.prompt
    }

    /// How many seconds ago people may have signed in at most, where the client says so.
    pub(crate) fn max_age(&self) -> Option<i64> {
        self.max_age
    }

    /// How long ago the user may have signed in at most, in seconds, where that is asked for.
    pub(crate) fn oldest_sign_in(&self) -> Option<i64> {
        if self.prompt.login { Some(0) } else { self.max_age }
    }

    /// The identity provider that people are to sign in at; None where that is here.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref().filter(|name| *name != LOCAL_PROVIDER)
    }

    /// The levels of assurance that the client wants one of, the best first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }
}
