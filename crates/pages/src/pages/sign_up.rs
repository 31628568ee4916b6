//! A new account.

use askama::Template;

use super::CodeSource;
use crate::field::Field;
use crate::{Attribute, Form, Href, PasswordRules, Providers, Shell, UsernameKind};

/// A new account. Posts `username`, `password` where there is one, and the attributes by their names.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_up.html")]
pub struct SignUp<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// What the user will be called by, unless an attribute says it.
    pub username: Option<UsernameKind>,
    /// What is asked about the user.
    pub attributes: &'a [Attribute<'a>],
    /// What the password needs; nothing where users may sign up without one.
    pub rules: Option<PasswordRules>,
    /// Where else one can sign up.
    pub providers: Providers<'a>,
    /// The documents, where the application has both.
    pub terms: Option<Terms<'a>>,
    /// The page to sign in.
    pub sign_in: Href<'a>,
}

/// What an application wants its users to know.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The terms of use.
    pub terms_of_use: Href<'a>,
    /// The privacy policy.
    pub privacy_policy: Href<'a>,
}

/// The code that confirms an account, or an address of it. Posts `code`, and `username` where it is asked for.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// What users are called by, where it is not known who confirms.
    pub username: Option<UsernameKind>,
    /// Where the code is.
    pub source: CodeSource<'a>,
    /// Sends a new code.
    pub resend: Option<Form<'a>>,
}

/// A new code for an account that waits to be confirmed. Posts `username`.
#[derive(Clone, Debug, Template)]
#[template(path = "resend.html")]
pub struct Resend<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// What users are called by.
    pub username: UsernameKind,
    /// The page to sign in.
    pub sign_in: Href<'a>,
}
