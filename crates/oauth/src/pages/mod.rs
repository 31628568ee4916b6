//! Managed login: the pages of a domain (docs/cognito/oauth-and-managed-login.md §5).
//!
//! A page is asked for with the parameters of an authorization request. What happens between two forms is sealed into
//! the second one (`state`); nothing about it is stored.
//!
//! | file | subject |
//! |---|---|
//! | `front` | what every page stands on |
//! | `look`, `files` | the operator's brand, and what pages load |
//! | `state` | what goes from one page to the next |
//! | `login` | who are you; and what follows a sign-in |
//! | `challenge`, `answer` | the steps of a sign-in: the page of each, and what its form answers |
//! | `providers` | the buttons of identity providers |
//! | `step_up` | what is missing for a level |
//! | `passkey` | passkeys at the first page, and one for the next time |
//! | `next` | what lies between a sign-in and the way back |
//! | `departure` | which account, and whether the client may |
//! | `sign_up`, `confirmation`, `recovery` | new accounts, and forgotten passwords |
//! | `account` | what a signed-in person sees and changes of their own |
//! | `problem` | what was wrong, as pages say it |

mod account;
mod answer;
mod challenge;
mod confirmation;
mod departure;
mod files;
mod front;
mod login;
mod look;
mod next;
mod passkey;
mod problem;
mod providers;
mod recovery;
mod sign_up;
mod state;
mod step_up;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use poolhouse_kernel::Fault;
use poolhouse_pages::{Error, Expired, Href, Page as _};

use crate::answer::status_of;
use crate::saml;
use crate::visit::Visit;

pub(crate) use account::account;
pub(crate) use confirmation::{confirm, confirm_user, resend_code};
pub(crate) use files::{asset, logo};
pub(crate) use login::login;
pub(crate) use passkey::add_passkey;
pub(crate) use recovery::{forgot_password, reset_password};
pub(crate) use sign_up::sign_up;

/// What the error page says of itself. Anybody can write into a link, so that these alone are shown (oauth-and-managed-login §4.5, ours).
const REASONS: [&str; 7] = [
    "redirect_mismatch",
    "Required parameters missing",
    "Client does not exist.",
    "invalid_client_metadata",
    "invalid_request",
    "server_error",
    saml::UNKNOWN,
];

/// `/error`. One that names nothing follows a sign-out that led nowhere (oauth-and-managed-login §8.2): AWS says what was missing.
pub(crate) async fn error(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let missing = match visit.asked("client_id") {
        None => "Required String parameter 'client_id' is not present",
        Some(_) => "Required String parameter 'redirect_uri' is not present",
    };
    let reason = match visit.asked("error") {
        Some(error) => REASONS.into_iter().find(|reason| *reason == error),
        None => Some(missing),
    };
    Ok(front::error_page(visit, reason))
}

/// The page that leads back to where a sign-in begins that took too long elsewhere.
pub(crate) fn expired(visit: &Visit, again: &str) -> Response<Body> {
    let again = Href::new(again);
    front::plain(visit, StatusCode::BAD_REQUEST, |shell| Expired { shell, again }.html())
}

/// The page of a fault.
pub(crate) fn fault(visit: &Visit, fault: &Fault) -> Response<Body> {
    front::plain(visit, status_of(fault), |shell| Error { shell, reason: None, back: None }.html())
}
