//! Before the way back to an application.

use askama::Template;

use crate::{Form, Href, Shell};

/// Which account. Posts `account`.
#[derive(Clone, Debug, Template)]
#[template(path = "choose_account.html")]
pub struct ChooseAccount<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// The application that waits.
    pub application: &'a str,
    /// The accounts of this browser.
    pub accounts: &'a [Account<'a>],
    /// The page to sign in as someone else.
    pub another: Href<'a>,
}

/// An account of this browser.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// What choosing it posts.
    pub value: &'a str,
    /// What the user is called by.
    pub username: &'a str,
    /// What tells it from another, such as its address.
    pub detail: Option<&'a str>,
}

/// Whether an application that nobody of the pool has vouched for may sign the user in. Posts `decision`, `allow` or
/// `deny`. What the application says of itself is shown as such.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// The name that the application gave itself.
    pub application: &'a str,
    /// The host of its metadata document, where it has one.
    pub publisher: Option<&'a str>,
    /// The host, or the scheme, that the browser is sent to with the code.
    pub leads_to: &'a str,
    /// The scopes.
    pub scopes: &'a [&'a str],
    /// Who is signed in.
    pub username: &'a str,
    /// The page to sign in as someone else.
    pub another: Option<Href<'a>>,
}

impl Consent<'_> {
    /// Reserved scopes in words, others by their names.
    fn scope(&self, scope: &'_ str) -> String {
        let t = self.shell.t;
        match scope {
            "openid" => t.scope_openid,
            "email" => t.scope_email,
            "phone" => t.scope_phone,
            "profile" => t.scope_profile,
            "aws.cognito.signin.user.admin" => t.scope_admin,
            other => other,
        }
        .to_owned()
    }
}
