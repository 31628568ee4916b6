//! Sign-ins as the figures know them: by which way somebody comes, and what became of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use poolhouse_wire::ErrorCode;
use serde::{Deserialize, Serialize};

/// By which way somebody signs in: at the API Cognito's `AuthFlow`, at the pages of a domain what was chosen there. Travels
/// with a sign-in of several steps, so that each of them is counted where the first one was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// USER_PASSWORD_AUTH.
    UserPassword,
    /// ADMIN_USER_PASSWORD_AUTH, and its older name ADMIN_NO_SRP_AUTH.
    AdminUserPassword,
    /// USER_SRP_AUTH.
    UserSrp,
    /// USER_AUTH.
    UserChoice,
    /// CUSTOM_AUTH.
    Custom,
    /// REFRESH_TOKEN_AUTH, and its other name REFRESH_TOKEN.
    RefreshToken,
    /// A password, at a page.
    PagePassword,
    /// What the user chose, at a page.
    PageChoice,
    /// The pool's own functions, at a page.
    PageCustom,
    /// A passkey before anybody was named, at a page.
    PagePasskey,
    /// An identity provider.
    PageProvider,
    /// From an earlier sign-in of the browser to a higher level.
    PageStepUp,
    /// Not known: an answer to nothing that was asked, or a flow that there is not, also of a later release.
    #[serde(other)]
    Unknown,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::UserPassword,
        Self::AdminUserPassword,
        Self::UserSrp,
        Self::UserChoice,
        Self::Custom,
        Self::RefreshToken,
        Self::PagePassword,
        Self::PageChoice,
        Self::PageCustom,
        Self::PagePasskey,
        Self::PageProvider,
        Self::PageStepUp,
        Self::Unknown,
    ];

    /// As the figures name it: Cognito's names for its own, ours in small letters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserPassword => "USER_PASSWORD_AUTH",
            Self::AdminUserPassword => "ADMIN_USER_PASSWORD_AUTH",
            Self::UserSrp => "USER_SRP_AUTH",
            Self::UserChoice => "USER_AUTH",
            Self::Custom => "CUSTOM_AUTH",
            Self::RefreshToken => "REFRESH_TOKEN_AUTH",
            Self::PagePassword => "page_password",
            Self::PageChoice => "page_choice",
            Self::PageCustom => "page_custom",
            Self::PagePasskey => "page_passkey",
            Self::PageProvider => "page_provider",
            Self::PageStepUp => "page_step_up",
            Self::Unknown => "unknown",
        }
    }
}

/// The outcome of a sign-in that led to tokens, or to a login of the browser.
const SUCCESS: &str = "success";

/// How many sign-ins of this node succeeded since its start, and how many of their steps were refused with which error.
#[derive(Debug)]
pub struct SignIns(Mutex<BTreeMap<(Flow, &'static str), u64>>);

/// What is counted often is there from the start: of a counter that begins with 1, nobody sees that it grew.
impl Default for SignIns {
    fn default() -> Self {
        let usual = [SUCCESS, ErrorCode::NotAuthorizedException.as_str()];
        let flows = Flow::ALL.into_iter();
        Self(Mutex::new(flows.flat_map(|flow| usual.map(|outcome| ((flow, outcome), 0))).collect()))
    }
}

impl SignIns {
    /// Counts what a sign-in came to: an error, or none. There are no more outcomes than error codes.
    pub fn count(&self, flow: Flow, error: Option<ErrorCode>) {
        let outcome = error.map_or(SUCCESS, ErrorCode::as_str);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((flow, outcome)).or_default() += 1;
    }

    /// All of them, by flow and outcome.
    pub fn figures(&self) -> BTreeMap<(Flow, &'static str), u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What is known of the sign-in that a request is about: for the figures alone, so that it travels in the context of the
/// request instead of through every function.
#[derive(Debug, Default)]
pub struct SignIn {
    flow: OnceLock<Flow>,
    locked_out: AtomicBool,
}

impl SignIn {
    /// Says which flow it is; what was said first counts.
    pub fn set_flow(&self, flow: Flow) {
        let _ = self.flow.set(flow);
    }

    /// Which flow it is, where that is known.
    pub fn flow(&self) -> Option<Flow> {
        self.flow.get().copied()
    }

    /// Says that too many guesses at its user were wrong.
    pub fn set_locked_out(&self) {
        self.locked_out.store(true, Ordering::Relaxed);
    }

    /// Whether somebody said so.
    pub fn is_locked_out(&self) -> bool {
        self.locked_out.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_by_flow_from_nothing_on() {
        let sign_ins = SignIns::default();
        assert_eq!(sign_ins.figures().len(), 2 * Flow::ALL.len());
        sign_ins.count(Flow::UserSrp, None);
        sign_ins.count(Flow::UserSrp, Some(ErrorCode::UserNotConfirmedException));
        let figures = sign_ins.figures();
        assert_eq!(figures[&(Flow::UserSrp, "success")], 1);
        assert_eq!(figures[&(Flow::UserSrp, "UserNotConfirmedException")], 1);
        assert_eq!(figures.values().sum::<u64>(), 2);
    }

    #[test]
    fn a_flow_of_a_later_release_is_unknown_and_no_hindrance() {
        let read = |text: &str| serde_json::from_str::<Flow>(text).unwrap();
        assert_eq!(read("\"by-telepathy\""), Flow::Unknown);
        for flow in Flow::ALL {
            assert_eq!(read(&serde_json::to_string(&flow).unwrap()), flow);
        }
    }
}
