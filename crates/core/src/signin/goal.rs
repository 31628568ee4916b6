//! What a sign-in ends in (docs/decisions/0043-a-sign-in-has-a-goal.md).

use poolhouse_kernel::request::Door;

use crate::Cx;

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

    /// What its sessions are sealed as: to the other door they are noise.
    pub(super) const fn session_kind(self) -> &'static str {
        match self {
            Self::Tokens => "session",
            Self::Login => "login_session",
        }
    }
}
