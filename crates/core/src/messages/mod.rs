//! Messages to users: what they say, where they go, and what the caller learns of where they went
//! (docs/cognito/triggers-and-messages.md §9, §12, §13).
//!
//! A message is written (`confirmation`, `verification`, `authentication`, `invitation`), kept in the outbox by the
//! transaction of what it belongs to, and sent on its way after the commit (`Outgoing`). [`outbox`] does the rest.

mod address;
mod link;
pub mod outbox;
mod outgoing;
mod texts;

use poolhouse_kernel::Fault;
use poolhouse_ports::{Medium, Message, Timestamp};
use poolhouse_wire::user_pools::CodeDeliveryDetailsType;
use serde_json::{Map, Value};

use crate::Cx;
use crate::model::{Pool, User};
use crate::triggers::custom_message;
use crate::triggers::custom_sender::Errand;

pub(crate) use address::{Address, attribute_of};
pub(crate) use link::to_feedback as link_to_feedback;
pub(crate) use outgoing::Outgoing;

/// How long an invitation is tried to be delivered, in seconds: no temporary password lives shorter.
const INVITATION_SECONDS: i64 = 24 * 60 * 60;

/// How long a notice of a risky sign-in is tried to be delivered, in seconds.
const NOTICE_SECONDS: i64 = 24 * 60 * 60;

/// Why a message is sent, in Cognito's words for the triggers that may change it (triggers-and-messages §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    SignUp,
    ResendCode,
    ForgotPassword,
    UpdateUserAttribute,
    VerifyUserAttribute,
    AdminCreateUser,
    Authentication,
    AccountTakeOverNotification,
}

impl Occasion {
    const ALL: [Self; 8] = [
        Self::SignUp,
        Self::ResendCode,
        Self::ForgotPassword,
        Self::UpdateUserAttribute,
        Self::VerifyUserAttribute,
        Self::AdminCreateUser,
        Self::Authentication,
        Self::AccountTakeOverNotification,
    ];

    /// The occasion of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.as_str() == name)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "CustomMessage_SignUp",
            Self::ResendCode => "CustomMessage_ResendCode",
            Self::ForgotPassword => "CustomMessage_ForgotPassword",
            Self::UpdateUserAttribute => "CustomMessage_UpdateUserAttribute",
            Self::VerifyUserAttribute => "CustomMessage_VerifyUserAttribute",
            Self::AdminCreateUser => "CustomMessage_AdminCreateUser",
            Self::Authentication => "CustomMessage_Authentication",
            Self::AccountTakeOverNotification => "CustomMessage_AccountTakeOverNotification",
        }
    }
}

/// What a message is about.
pub(crate) struct About<'a> {
    /// The pool of the user.
    pub(crate) pool: &'a Pool,
    /// The user who gets it.
    pub(crate) user: &'a User,
    /// Where it goes.
    pub(crate) address: &'a Address,
    /// The code or temporary password in it.
    pub(crate) code: &'a str,
    /// When that is of no use any more.
    pub(crate) expires_at: Timestamp,
}

/// The message that confirms a sign-up through a client: a link where the pool wants one and it goes by
/// e-mail, else a code (triggers-and-messages §9).
pub(crate) fn confirmation(cx: &Cx, about: &About<'_>, occasion: Occasion, client_id: &str) -> Outgoing {
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
///
/// # Errors
/// When it cannot be written down.
pub(crate) fn notice_by_function(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    client_id: &str,
    figures: Map<String, Value>,
) -> Result<Option<Outgoing>, Fault> {
    let Some(errand) = Errand::takeover(cx, pool, user, client_id, figures) else { return Ok(None) };
    let expires_at = cx.now.plus_seconds(NOTICE_SECONDS);
    Outgoing::errand(cx, pool, user, Medium::Email, &errand, expires_at).map(Some)
}

/// The user name that a person can use: where users sign up with an address, the canonical name is a
/// UUID that nobody knows (inferred).
fn name_to_sign_in<'u>(pool: &Pool, user: &'u User) -> &'u str {
    let mut addresses = pool.username_attributes().iter().filter_map(|a| user.attributes.get(a.as_str()));
    addresses.next().unwrap_or(&user.row.username)
}

/// As whom a mail is sent.
#[derive(Default)]
struct Sender {
    from: Option<String>,
    reply_to: Option<String>,
}

/// A message from the sender that the pool names.
fn outgoing(cx: &Cx, about: &About<'_>, occasion: Occasion, text: texts::Text) -> Outgoing {
    let configuration = about.pool.settings.pool.email_configuration.as_ref();
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

/// The message in the words of the pool's CustomMessage, as far as it has any for this medium.
///
/// # Errors
/// The trigger's.
async fn reword(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    client_id: Option<&str>,
    message: Message,
) -> Result<Message, Fault> {
    let medium = message.medium;
    let is_invitation = message.kind == Occasion::AdminCreateUser.as_str();
    let words = custom_message::words(cx, pool, client_id, user, message.kind, is_invitation).await?;
    let (subject, body) = match medium {
        Medium::Email => (words.email_subject, words.email_message),
        Medium::Sms => (None, words.sms_message),
    };
    let subject = subject.unwrap_or_else(|| message.subject.clone());
    let Some(body) = body else { return Ok(Message { subject, ..message }) };
    let template = texts::Template::given(medium, &subject, &body);
    let text = match client_id.filter(|_| template.has_link()) {
        Some(client_id) => {
            let address = Address::new(medium, &message.destination);
            let about = About { pool, user, address: &address, code: &message.code, expires_at: cx.now };
            template.fill_link(&link::to_confirm(cx, &about, client_id))
        }
        None => template.fill(&message.code, is_invitation.then(|| name_to_sign_in(pool, user))),
    };
    Ok(Message { subject: text.subject, body: text.body, ..message })
}

/// A message to nobody: the caller learns as much as of one to a user, also where no message can be delivered
/// (users-and-groups §15).
pub(crate) struct Pretended(Address);

impl Pretended {
    /// `media` are those that reach users of the pool, the preferred one first.
    pub(crate) fn new(pool: &Pool, username: &str, media: &[Medium]) -> Self {
        Self(address::simulated(pool, username, media))
    }

    /// What the caller is told of it.
    pub(crate) fn details(&self) -> CodeDeliveryDetailsType {
        self.0.details()
    }

    /// How many rows the same message to a user is.
    pub(crate) fn rows(&self, cx: &Cx, pool: &Pool) -> usize {
        usize::from(outgoing::leaves_row(cx, pool, self.0.medium))
    }

    /// As of a message on its way; to be called after the commit, too.
    ///
    /// # Errors
    /// `CodeDeliveryFailureException`.
    pub(crate) fn deliver(self, cx: &Cx, pool: &Pool) -> Result<CodeDeliveryDetailsType, Fault> {
        outgoing::check(cx, pool, self.0.medium)?;
        Ok(self.details())
    }
}
