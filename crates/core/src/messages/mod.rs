//! Messages to users: what they say, where they go, and what the caller learns of where they went
//! (docs/cognito/triggers-and-messages.md §9, §12, §13).
//!
//! A message is written (`confirmation`, `verification`, `authentication`, `invitation`), kept in the outbox by the
//! transaction of what it belongs to, and sent on its way after the commit (`Outgoing`). [`outbox`] does the rest.

mod about;
mod address;
mod link;
pub mod outbox;
mod outgoing;
mod pretended;
mod texts;
mod words;

use poolhouse_ports::{ClientId, Medium, Message};
use serde_json::{Map, Value};

use crate::Cx;
use crate::model::{Pool, User};
use crate::triggers::custom_sender::Errand;
use about::name_to_sign_in;

pub(crate) use about::{About, Occasion};
pub(crate) use address::{Address, attribute_of};
pub(crate) use link::to_feedback as link_to_feedback;
pub(crate) use outgoing::Outgoing;
pub(crate) use pretended::{Pretended, send_code};

/// How long an invitation is tried to be delivered, in seconds: no temporary password lives shorter.
const INVITATION_SECONDS: i64 = 24 * 60 * 60;

/// How long a notice of a risky sign-in is tried to be delivered, in seconds.
const NOTICE_SECONDS: i64 = 24 * 60 * 60;

/// The message that confirms a sign-up through a client: a link where the pool wants one and it goes by
/// e-mail, else a code (triggers-and-messages §9).
pub(crate) fn confirmation(cx: &Cx, about: &About<'_>, occasion: Occasion, client_id: &ClientId) -> Outgoing {
    let link = texts::link(about.pool).filter(|_| about.address.medium == Medium::Email);
    let Some(template) = link else { return verification(cx, about, occasion) };
    outgoing(cx, about, occasion, template.fill_link(&link::to_confirm(cx, about, client_id)))
}

/// The message that carries a code for sign-up, an attribute or a forgotten password.
pub(crate) fn verification(cx: &Cx, about: &About<'_>, occasion: Occasion) -> Outgoing {
    let text = texts::verification(about.pool, about.address.medium).fill(about.code, None);
    outgoing(cx, about, occasion, text)
}

/// The message that carries a code to sign in with.
pub(crate) fn authentication(cx: &Cx, about: &About<'_>) -> Outgoing {
    let text = texts::authentication(about.pool, about.address.medium).fill(about.code, None);
    outgoing(cx, about, Occasion::Authentication, text)
}

/// The invitation of a user whom an administrator made, with the temporary password.
///
/// It goes to the user's e-mail address or telephone number, as `medium` says; the caller has made sure
/// that there is one.
pub(crate) fn invitation(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    medium: Medium,
    temporary_password: &str,
) -> Outgoing {
    let address = Address::of(user, medium).unwrap_or_else(|| Address::new(medium, ""));
    let text = texts::invitation(pool, medium).fill(temporary_password, Some(name_to_sign_in(pool, user)));
    let expires_at = cx.now.plus_seconds(INVITATION_SECONDS);
    let about = About { pool, user, address: &address, code: temporary_password, expires_at };
    outgoing(cx, &about, Occasion::AdminCreateUser, text)
}

/// What a user is told of a risky sign-in, ready to be sent.
pub(crate) struct Notice {
    pub(crate) subject: String,
    pub(crate) body: String,
    /// The token with which the user says whether it was theirs.
    pub(crate) code: String,
    pub(crate) from: Option<String>,
    pub(crate) reply_to: Option<String>,
}

/// The mail that tells a user of a risky sign-in. Its sender is the one that the risk configuration names.
pub(crate) fn notice(cx: &Cx, pool: &Pool, user: &User, address: &Address, notice: Notice) -> Outgoing {
    let Notice { subject, body, code, from, reply_to } = notice;
    let about = About { pool, user, address, code: &code, expires_at: cx.now.plus_seconds(NOTICE_SECONDS) };
    let (occasion, text) = (Occasion::AccountTakeOverNotification, texts::Text { subject, body });
    outgoing_from(cx, &about, occasion, text, Sender { from, reply_to })
}

/// The same for the function that sends the pool's mails, which finds its own words for `figures`
/// (triggers-and-messages §8.12, observed).
pub(crate) fn notice_by_function(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    client_id: &ClientId,
    figures: Map<String, Value>,
) -> Option<Outgoing> {
    let errand = Errand::takeover(cx, pool, user, client_id, figures)?;
    let expires_at = cx.now.plus_seconds(NOTICE_SECONDS);
    Some(Outgoing::errand(cx, pool, user, Medium::Email, errand, expires_at))
}

/// As whom a mail is sent.
#[derive(Default)]
struct Sender {
    from: Option<String>,
    reply_to: Option<String>,
}

/// A message from the sender that the pool names.
fn outgoing(cx: &Cx, about: &About<'_>, occasion: Occasion, text: texts::Text) -> Outgoing {
    let configuration = about.pool.settings.general.email_configuration.as_ref();
    let of_mails = configuration.filter(|_| about.address.medium == Medium::Email);
    let sender =
        of_mails.map(|c| Sender { from: c.from.clone(), reply_to: c.reply_to_email_address.clone() });
    outgoing_from(cx, about, occasion, text, sender.unwrap_or_default())
}

fn outgoing_from(
    cx: &Cx,
    about: &About<'_>,
    occasion: Occasion,
    text: texts::Text,
    sender: Sender,
) -> Outgoing {
    let About { pool, user, address, code, expires_at } = *about;
    let message = Message {
        id: cx.entropy().uuid().to_string(),
        pool: pool.id.clone(),
        username: user.row.username.clone(),
        destination: address.value.clone(),
        medium: address.medium,
        kind: occasion.as_str(),
        code: code.to_owned(),
        subject: text.subject,
        body: text.body,
        from: sender.from,
        reply_to: sender.reply_to,
        sent_at: cx.now,
    };
    Outgoing::new(cx, pool, user, message, expires_at)
}
