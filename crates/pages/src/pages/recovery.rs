//! Forgotten passwords.

use askama::Template;

use crate::field::Field;
use crate::{Form, Href, PasswordRules, Shell, UsernameKind};

/// Whose password is to be reset. Posts `username`.
#[derive(Clone, Debug, Template)]
#[template(path = "forgot_password.html")]
pub struct ForgotPassword<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// What users are called by.
    pub username: UsernameKind,
    /// The page to sign in.
    pub sign_in: Href<'a>,
}

/// The code and the new password. Posts `code` and `password`. Whether a code was sent at all is not said.
#[derive(Clone, Debug, Template)]
#[template(path = "reset_password.html")]
pub struct ResetPassword<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// The name that the password is kept under by the browser.
    pub username: &'a str,
    /// Where the code was sent, masked, where it may be said.
    pub destination: Option<&'a str>,
    /// What the password needs.
    pub rules: PasswordRules,
    /// Sends a new code.
    pub resend: Option<Form<'a>>,
    /// The page to sign in.
    pub sign_in: Href<'a>,
}
