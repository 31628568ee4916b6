//! Who are you, and prove it.

use askama::Template;

use crate::field::Field;
use crate::{Attribute, Choice, Form, Href, PasswordRules, Providers, Shell, UsernameKind};

/// The first page. Posts `username`, and `password` where both are asked for at once.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// What users are called by.
    pub username: UsernameKind,
    /// Whether the password is asked for here, as on classic pages; else the page after this one asks for the proof.
    pub with_password: bool,
    /// Signing in with a passkey at once, which the browser also offers in the field of the name.
    pub passkey: Option<Passkey<'a>>,
    /// Whether one can sign in here at all.
    pub local: bool,
    /// Where else one can sign in.
    pub providers: Providers<'a>,
    /// The page to sign up, where users may.
    pub sign_up: Option<Href<'a>>,
    /// The page for forgotten passwords, where there is a password.
    pub forgot: Option<Href<'a>>,
}

/// What a browser needs to use a passkey.
#[derive(Clone, Debug)]
pub struct Passkey<'a> {
    /// Where the script posts `credential`, the browser's answer as JSON.
    pub form: Form<'a>,
    /// The options of WebAuthn as JSON (`PublicKeyCredentialRequestOptionsJSON`, or those of a creation).
    pub options: &'a str,
}

/// Who was named on the page before.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// What was typed.
    pub username: &'a str,
    /// The page to be someone else.
    pub change: Href<'a>,
}

/// The password alone. Posts `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "password.html")]
pub struct Password<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// Who was named.
    pub identity: Identity<'a>,
    /// The page for forgotten passwords.
    pub forgot: Option<Href<'a>>,
    /// The page to choose another factor.
    pub other_way: Option<Href<'a>>,
}

/// Which factor. Posts `factor`, the factor's name in the API.
#[derive(Clone, Debug, Template)]
#[template(path = "choose_factor.html")]
pub struct ChooseFactor<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// Who was named.
    pub identity: Option<Identity<'a>>,
    /// What the factor is for.
    pub purpose: Purpose,
    /// The factors.
    pub choices: &'a [Choice<'a>],
}

/// What a factor is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in with.
    First,
    /// To confirm who signs in.
    Second,
    /// To be set up, because a second factor is required.
    SetUp,
}

/// A code, of a first or a second factor. Posts `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "code.html")]
pub struct Code<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// Who was named.
    pub identity: Option<Identity<'a>>,
    /// Where the code is.
    pub source: CodeSource<'a>,
    /// Sends a new code.
    pub resend: Option<Form<'a>>,
    /// The page to choose another factor.
    pub other_way: Option<Href<'a>>,
}

/// Where a code is to be found.
#[derive(Clone, Copy, Debug)]
pub enum CodeSource<'a> {
    /// It was sent to this masked address or number.
    SentTo(&'a str),
    /// It was sent, and where to is not said.
    Sent,
    /// An authenticator app shows it.
    App,
}

/// A passkey as the factor.
#[derive(Clone, Debug, Template)]
#[template(path = "use_passkey.html")]
pub struct UsePasskey<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// Who was named.
    pub identity: Identity<'a>,
    /// What the browser needs. Problems are those of its form.
    pub passkey: Passkey<'a>,
    /// The page to choose another factor.
    pub other_way: Option<Href<'a>>,
}

/// A new password, because the old one was somebody else's choice, and attributes that the pool wants and the user lacks.
/// Posts `password` and the attributes by their names.
#[derive(Clone, Debug, Template)]
#[template(path = "new_password.html")]
pub struct NewPassword<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// The name that the password is kept under by the browser.
    pub username: &'a str,
    /// What the password needs.
    pub rules: PasswordRules,
    /// What is missing.
    pub attributes: &'a [Attribute<'a>],
}

/// A challenge of the pool's own. Posts `answer`.
#[derive(Clone, Debug, Template)]
#[template(path = "custom_challenge.html")]
pub struct CustomChallenge<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// What the pool's function asks, where it says so.
    pub question: Option<&'a str>,
}

impl ChooseFactor<'_> {
    fn heading(&self) -> &'static str {
        match self.purpose {
            Purpose::First => self.shell.t.choose_first,
            Purpose::Second => self.shell.t.choose_second,
            Purpose::SetUp => self.shell.t.choose_set_up,
        }
    }

    fn lead(&self) -> Option<&'static str> {
        match self.purpose {
            Purpose::First => None,
            Purpose::Second => Some(self.shell.t.choose_second_lead),
            Purpose::SetUp => Some(self.shell.t.choose_set_up_lead),
        }
    }
}
