//! Pages on which something ends: well, or not.

use askama::Template;

use crate::{Href, Problem, Shell};

/// The browser is signed out and nothing waits for it.
#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The page to sign in.
    pub sign_in: Option<Href<'a>>,
}

/// What a link in a message did.
#[derive(Clone, Debug, Template)]
#[template(path = "link.html")]
pub struct Link<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// What came of it.
    pub outcome: LinkOutcome<'a>,
}

/// What came of opening a link.
#[derive(Clone, Copy, Debug)]
pub enum LinkOutcome<'a> {
    /// The account is confirmed.
    Confirmed,
    /// What the user thinks of a sign-in is noted.
    FeedbackNoted,
    /// It did nothing.
    Failed(Problem<'a>),
}

impl LinkOutcome<'_> {
    fn heading(&self, shell: &Shell<'_>) -> &'static str {
        match self {
            Self::Confirmed => shell.t.account_confirmed,
            Self::FeedbackNoted => shell.t.feedback_noted,
            Self::Failed(_) => shell.t.something_wrong,
        }
    }
}

/// A request that leads nowhere. It may be of no application, so it is shown and not redirected.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct Error<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// What developers look for: the value of `error`, as it is.
    pub reason: Option<&'a str>,
    /// The way back.
    pub back: Option<Href<'a>>,
}

/// A sign-in that was not finished in time.
#[derive(Clone, Debug, Template)]
#[template(path = "expired.html")]
pub struct Expired<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// Where it begins anew, for the same application.
    pub again: Href<'a>,
}

/// Managed login without a style: the operator has something to do.
#[derive(Clone, Debug, Template)]
#[template(path = "unavailable.html")]
pub struct Unavailable<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
}
