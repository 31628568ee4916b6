//! What goes from one page to the next: sealed into the form, and bound to the browser by its cookie.

use std::collections::BTreeMap;

use poolhouse_core::hosted;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cookies;
use crate::visit::Visit;

/// What it is sealed as.
const KIND: &str = "page";

/// For how long a sign-in may be under way (oauth-and-managed-login §12, documented).
const SIGN_IN_SECONDS: i64 = 5 * 60;

/// For how long somebody may look for a message.
const CODE_SECONDS: i64 = 60 * 60;

/// The fields of the sealed state, and of what binds a form to the browser.
pub(super) const STATE: &str = "state";
pub(super) const CSRF: &str = "_csrf";

/// The fields that say what a button does, and to what.
pub(super) const ACTION: &str = "do";
pub(super) const OF: &str = "of";

/// A form that is filled.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// The parameters of the authorization request, as a query.
    pub(super) query: String,
    /// The browser's cookie.
    csrf: String,
    expires_at: Timestamp,
    pub(super) step: Step,
}

/// What the form is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Step {
    /// A challenge of a sign-in.
    Challenge(Challenge),
    /// A code by the same way again.
    Begin { username: String, factor: String },
    /// A passkey of whoever it is.
    Passkey { session: String },
    /// A factor that is missing for a level.
    Raise,
    /// The code of a sign-up, and the session that goes with it.
    Confirm { username: String, destination: Option<String>, session: Option<String> },
    /// The code for a new password.
    Reset { username: String, destination: Option<String> },
    /// The code for an address of who is signed in.
    Verify { attribute: String, destination: Option<String> },
    /// The first code of an app that who is signed in sets up; the key that it was given.
    SetUpApp { key: String },
    /// Whether the client may, for the login of this browser session.
    Consent { session_id: String },
}

/// A challenge that a page shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Challenge {
    /// What was typed on the first page.
    pub(super) username: String,
    /// Its name in the API.
    pub(super) name: String,
    pub(super) session: String,
    pub(super) parameters: BTreeMap<String, String>,
    /// Whether it is what the sign-in began with, of several ways.
    pub(super) is_first: bool,
    /// The key of a software token that is being set up.
    pub(super) key: Option<String>,
    /// Since when the sign-in is under way.
    pub(super) began_at: Timestamp,
}

/// What became of a form that came back.
pub(super) enum Opened {
    Good(State),
    /// It is too old; what it was for.
    Expired(String),
    /// It is another browser's, or none.
    Foreign,
}

impl State {
    /// Seals a step of the request with these parameters.
    pub(super) async fn seal(visit: &Visit, query: String, csrf: &str, step: Step) -> Result<String, Fault> {
        let expires_at = match &step {
            Step::Challenge(challenge) => challenge.began_at.plus_seconds(SIGN_IN_SECONDS),
            Step::Begin { .. } | Step::Consent { .. } | Step::Raise => {
                visit.cx.now.plus_seconds(SIGN_IN_SECONDS)
            }
            // What is sealed in them has an end of its own.
            Step::Confirm { .. }
            | Step::Reset { .. }
            | Step::Passkey { .. }
            | Step::Verify { .. }
            | Step::SetUpApp { .. } => visit.cx.now.plus_seconds(CODE_SECONDS),
        };
        let state = Self { query, csrf: csrf.to_owned(), expires_at, step };
        hosted::seal(&visit.cx, &visit.place.pool_id, KIND, &state).await
    }

    /// Opens what a form brings back.
    pub(super) async fn open(visit: &Visit, sealed: &str) -> Result<Opened, Fault> {
        let state: Option<Self> = hosted::open(&visit.cx, &visit.place.pool_id, KIND, sealed).await?;
        let Some(state) = state.filter(|state| visit.cookies.get(cookies::CSRF) == Some(&state.csrf)) else {
            return Ok(Opened::Foreign);
        };
        Ok(if state.expires_at <= visit.cx.now { Opened::Expired(state.query) } else { Opened::Good(state) })
    }
}

/// Whether a form comes from a page that this browser was served: it repeats the cookie, and a browser that tells where a
/// request comes from names no other origin.
pub(super) fn is_from_here(visit: &Visit, csrf: Option<&str>) -> bool {
    let site = visit.headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let cookie = visit.cookies.get(cookies::CSRF).map(String::as_str);
    cookie.is_some() && csrf == cookie && site.is_none_or(|site| ["same-origin", "none"].contains(&site))
}
