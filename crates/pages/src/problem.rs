//! What went wrong, and what is good news, in the reader's words.

use crate::texts::Texts;

/// Why a form comes back. Who is behind a name is told by none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem<'a> {
    /// Name or password are wrong, or there is no such user.
    WrongCredentials,
    /// The current password is wrong, where a signed-in user changes it.
    WrongPassword,
    /// The code is wrong.
    WrongCode,
    /// The code was right once.
    ExpiredCode,
    /// The answer to a custom challenge is wrong.
    WrongAnswer,
    /// Too many attempts, or too many requests.
    TooMany,
    /// A user of that name or alias exists.
    UsernameTaken,
    /// A field that must be filled is empty.
    Required,
    /// A value that the pool does not take.
    Invalid,
    /// No e-mail address.
    InvalidEmail,
    /// No phone number in E.164.
    InvalidPhone,
    /// The password breaks the pool's rules.
    PasswordRules,
    /// The password was used before.
    PasswordUsed,
    /// The password is known to be compromised.
    PasswordKnown,
    /// The message could not be sent.
    CodeNotSent,
    /// The passkey's assertion or attestation was refused.
    PasskeyRefused,
    /// The identity provider is not available (oauth-and-managed-login §4.5).
    LoginOption,
    /// A link lacks parameters.
    LinkIncomplete,
    /// Anything that people cannot mend.
    Unexpected,
    /// What a function of the pool says, in its words.
    Said(&'a str),
}

impl<'a> Problem<'a> {
    /// What to say.
    pub(crate) fn text(self, t: &'static Texts) -> &'a str {
        match self {
            Self::WrongCredentials => t.wrong_credentials,
            Self::WrongPassword => t.wrong_password,
            Self::WrongCode => t.wrong_code,
            Self::ExpiredCode => t.expired_code,
            Self::WrongAnswer => t.wrong_answer,
            Self::TooMany => t.too_many,
            Self::UsernameTaken => t.username_taken,
            Self::Required => t.required,
            Self::Invalid => t.invalid,
            Self::InvalidEmail => t.invalid_email,
            Self::InvalidPhone => t.invalid_phone,
            Self::PasswordRules => t.password_rules,
            Self::PasswordUsed => t.password_used,
            Self::PasswordKnown => t.password_known,
            Self::CodeNotSent => t.code_not_sent,
            Self::PasskeyRefused => t.passkey_refused,
            Self::LoginOption => t.login_option,
            Self::LinkIncomplete => t.link_incomplete,
            Self::Unexpected => t.unexpected,
            Self::Said(text) => text,
        }
    }
}

/// What was done, said at the head of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A new code was sent.
    NewCodeSent,
    /// A change was kept.
    Saved,
    /// What protects the account is changed by who signed in just now.
    SignInAgain,
}

impl Notice {
    pub(crate) fn text(self, t: &'static Texts) -> &'static str {
        match self {
            Self::NewCodeSent => t.new_code_sent,
            Self::Saved => t.saved,
            Self::SignInAgain => t.sign_in_to_go_on,
        }
    }
}
