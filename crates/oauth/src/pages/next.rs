//! What lies between a sign-in and the way back to the application: pages of ours, named in the query, in their order.

use axum::body::Body;
use axum::http::Response;
use poolhouse_core::grants::authorize;
use poolhouse_core::sessions::browser::Login;

use super::departure::consent;
use super::front::{Front, Outcome};
use super::login::grant;
use crate::{answer, cookies};

/// The parameter: words with blanks between them. A stranger's link can name our own pages alone.
pub(super) const NEXT: &str = "next";

/// A page on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A passkey for the next time.
    AddPasskey,
    /// The account; nothing lies behind it.
    Account,
}

impl Next {
    const ALL: [Self; 2] = [Self::AddPasskey, Self::Account];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::AddPasskey => "passkey",
            Self::Account => "account",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::AddPasskey => "/passkeys/add",
            Self::Account => "/account",
        }
    }
}

impl Front<'_> {
    fn has_next(&self, next: Next) -> bool {
        self.parameters.get(NEXT).is_some_and(|words| words.split(' ').any(|word| word == next.word()))
    }

    /// Whether a page of the user's own is on the way.
    pub(super) fn leads_to_own(&self) -> bool {
        Next::ALL.into_iter().any(|next| self.has_next(next))
    }

    /// Puts a page on the way, or takes it off.
    pub(super) fn set_next(&mut self, next: Next, wanted: bool) {
        let words =
            Next::ALL.into_iter().filter(|each| if *each == next { wanted } else { self.has_next(*each) });
        let words: Vec<_> = words.map(Next::word).collect();
        if words.is_empty() {
            self.parameters.remove(NEXT);
        } else {
            self.parameters.set(NEXT, words.join(" "));
        }
    }

    /// Where the browser goes to sign in, once more if it must be, before it comes back to `next`.
    pub(super) fn lead_to_sign_in(mut self, next: Next) -> Response<Body> {
        self.set_next(next, true);
        answer::redirect(&self.url("/login"))
    }
}

/// What follows a sign-in: the pages on the way, whether the application may, and the application.
pub(super) async fn follow(front: &Front<'_>, login: &Login) -> Outcome {
    let next = Next::ALL.into_iter().find(|next| front.has_next(*next));
    match next {
        Some(next) => Ok(answer::redirect(&front.url(next.path()))),
        None if front.request.asks_consent() => consent(front, login).await,
        None => grant(front, login).await,
    }
}

/// As [`follow`], from a page on the way. Who is signed in there may have been so for long, and nobody may be: the request
/// begins anew then.
pub(super) async fn go_on(mut front: Front<'_>, from: Next) -> Outcome {
    front.set_next(from, false);
    let login = match front.visit.cookies.get(cookies::SESSION) {
        Some(cookie) => authorize::go_on(&front.visit.cx, &front.request, cookie).await?,
        None => None,
    };
    match login {
        Some(login) => follow(&front, &login).await,
        None => Ok(answer::redirect(&front.url("/oauth2/authorize"))),
    }
}
