//! Messages to users: what they say, where they go, and what the caller learns of where they went
//! (spec/triggers-and-messages.md §9, §12, §13).

mod address;
mod texts;

use poolhouse_ports::{DeliveryError, Medium, Message};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::types::CodeDeliveryDetailsType;

use crate::pools::Pool;
use crate::users::User;
use crate::{Cx, Fault};

pub(crate) use address::{Address, attribute_of};

/// Why a message is sent, in Cognito's words for the triggers that may change it (triggers §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    SignUp,
    ResendCode,
    ForgotPassword,
    UpdateUserAttribute,
    VerifyUserAttribute,
    AdminCreateUser,
    Authentication,
}

impl Occasion {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "CustomMessage_SignUp",
            Self::ResendCode => "CustomMessage_ResendCode",
            Self::ForgotPassword => "CustomMessage_ForgotPassword",
            Self::UpdateUserAttribute => "CustomMessage_UpdateUserAttribute",
            Self::VerifyUserAttribute => "CustomMessage_VerifyUserAttribute",
            Self::AdminCreateUser => "CustomMessage_AdminCreateUser",
            Self::Authentication => "CustomMessage_Authentication",
        }
    }
}

/// The message that carries a code for sign-up, an attribute or a forgotten password.
///
/// A pool that asks for confirmation by link gets a code all the same: links lead to a domain of the
/// pool, and there are none yet.
pub(crate) fn verification(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    occasion: Occasion,
    address: &Address,
    code: &str,
) -> Message {
    let text = texts::verification(pool, address.medium);
    message(cx, pool, user, occasion, address, code, text.fill(code, None))
}

/// The message that carries a code to sign in with.
pub(crate) fn authentication(cx: &Cx, pool: &Pool, user: &User, address: &Address, code: &str) -> Message {
    let text = texts::authentication(pool, address.medium);
    message(cx, pool, user, Occasion::Authentication, address, code, text.fill(code, None))
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
) -> Message {
    let address = Address::of(user, medium).unwrap_or_else(|| Address::new(medium, ""));
    let text = texts::invitation(pool, medium).fill(temporary_password, Some(name_to_sign_in(pool, user)));
    message(cx, pool, user, Occasion::AdminCreateUser, &address, temporary_password, text)
}

/// The user name that a person can use: where users sign up with an address, the canonical name is a
/// UUID that nobody knows (inferred).
fn name_to_sign_in<'u>(pool: &Pool, user: &'u User) -> &'u str {
    let mut addresses = pool.username_attributes().iter().filter_map(|a| user.attributes.get(a.as_str()));
    addresses.next().unwrap_or(&user.row.username)
}

fn message(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    occasion: Occasion,
    address: &Address,
    code: &str,
    text: texts::Text,
) -> Message {
    Message {
        pool: pool.id.clone(),
        username: user.row.username.clone(),
        destination: address.value.clone(),
        medium: address.medium,
        kind: occasion.as_str(),
        code: code.to_owned(),
        subject: text.subject,
        body: text.body,
        sent_at: cx.now,
    }
}

/// Hands a message over. To be called after the commit: what was written stays when this fails, and the
/// user asks for another message (triggers §13).
///
/// # Errors
/// `CodeDeliveryFailureException`.
pub(crate) fn deliver(cx: &Cx, message: Message) -> Result<(), Fault> {
    let medium = message.medium.as_str();
    cx.courier().send(message).map_err(|error| {
        tracing::warn!(medium, %error, "a message could not be handed over");
        undelivered(&error)
    })
}

/// What the caller learns of a message to a user who does not exist: as much as of one to a user who does,
/// also where no message can be delivered (users-and-groups §15). To be called after the commit, too.
///
/// # Errors
/// `CodeDeliveryFailureException`.
pub(crate) fn pretend(
    cx: &Cx,
    pool: &Pool,
    username: &str,
    media: &[Medium],
) -> Result<CodeDeliveryDetailsType, Fault> {
    cx.courier().check().map_err(|error| undelivered(&error))?;
    Ok(address::simulated(pool, username, media))
}

/// Does not name the medium: it would differ between users who exist and those who do not.
fn undelivered(error: &DeliveryError) -> Fault {
    Fault::new(
        ErrorCode::CodeDeliveryFailureException,
        format!(
            "The message could not be handed over: {error} Ask the operator of this server to configure how messages are delivered (or to start it with --dev, which keeps them readable), then request the message again."
        ),
    )
}
