//! The links in messages: to confirm a sign-up (docs/cognito/triggers-and-messages.md §11), and to say
//! whether a sign-in was the user's (§9).

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poolhouse_ports::{ClientId, Username};

use super::about::About;
use crate::Cx;
use crate::model::Pool;
use crate::pools::site;

/// AWS's address, `/confirmUser` with these parameters, under the pool's own path, which is there whether or not the pool
/// has a domain (docs/messages.md).
pub(super) fn to_confirm(cx: &Cx, about: &About<'_>, client_id: &ClientId) -> String {
    format!(
        "{}/confirmUser?client_id={}&user_name={}&confirmation_code={}",
        site(cx, about.pool).url(),
        encode(client_id),
        encode(&about.user.row.username),
        encode(about.code),
    )
}

/// The page on which a user says of an event whether it was theirs. AWS's path is not known.
pub(crate) fn to_feedback(
    cx: &Cx,
    pool: &Pool,
    username: &Username,
    event_id: &str,
    token: &str,
    value: &str,
) -> String {
    format!(
        "{}/authEventFeedback?user_name={}&event_id={}&feedback_token={}&feedback_value={}",
        site(cx, pool).url(),
        encode(username),
        encode(event_id),
        encode(token),
        encode(value),
    )
}

/// All that a value in a query encodes: everything that has a meaning there.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn encode(value: &str) -> impl Display {
    utf8_percent_encode(value, IN_QUERY)
}
