//! What a sign-in ends in (docs/decisions/0043-a-sign-in-has-a-goal.md).

use poolhouse_kernel::request::Door;

use crate::Cx;
use crate::model::Client;

/// What a sign-in ends in. It follows from the door: who calls the API wants tokens, who stands before a page wants to be
/// signed in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Tokens for the caller.
    Tokens,
    /// A login of the browser, from which clients are granted what they ask for.
    Login,
}

impl Goal {
    /// The goal of a request.
    pub(super) fn of(cx: &Cx) -> Self {
        match cx.door() {
            Door::Page => Self::Login,
            Door::Public | Door::Admin | Door::Job => Self::Tokens,
        }
    }

    /// For how long a session waits for its answer, in seconds: at a page five minutes (oauth-and-managed-login §5.1,
    /// documented), whatever the client says of the API.
    pub(super) fn session_seconds(self, client: &Client) -> i64 {
        match self {
            Self::Tokens => client.session_seconds(),
            Self::Login => 5 * 60,
        }
    }

    /// What its sessions are sealed as: to the other door they are noise.
    pub(super) const fn session_kind(self) -> &'static str {
        match self {
            Self::Tokens => "session",
            Self::Login => "login_session",
        }
    }
}
