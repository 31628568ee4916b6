//! Who sends a request.

use std::time::Duration;

use poolhouse_testkit::sign::Keys;

use super::server::{ROOT_ID, ROOT_SECRET};

/// How long an answer may take before the test fails: no measure, only an end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Who sends a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender<'a> {
    /// The root credentials sign it.
    Root,
    /// An access key signs it, by its id and its secret.
    Key(&'a str, &'a str),
    /// A user's application, which signs nothing.
    Public,
}

impl<'a> From<Sender<'a>> for Option<Keys<'a>> {
    fn from(sender: Sender<'a>) -> Self {
        let (access_key_id, secret_access_key) = match sender {
            Sender::Root => (ROOT_ID, ROOT_SECRET),
            Sender::Key(id, secret) => (id, secret),
            Sender::Public => return None,
        };
        Some(Keys { access_key_id, secret_access_key })
    }
}
