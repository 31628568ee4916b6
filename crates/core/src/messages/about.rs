//! What a message is about, and why it is sent.

use poolhouse_ports::Timestamp;

use super::address::Address;
use crate::model::{Pool, User};

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
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.as_str() == name)
    }

    /// The name.
    pub(crate) const fn as_str(self) -> &'static str {
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

/// The user name that a person can use: where users sign up with an address, the canonical name is a
/// UUID that nobody knows (inferred).
pub(super) fn name_to_sign_in<'u>(pool: &Pool, user: &'u User) -> &'u str {
    let mut addresses = pool.username_attributes().iter().filter_map(|a| user.attributes.get(a.as_str()));
    addresses.next().map_or(&user.row.username, String::as_str)
}
