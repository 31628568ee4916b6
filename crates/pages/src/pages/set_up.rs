//! Setting up what proves who one is.

use askama::Template;

use super::Passkey;
use crate::field::Field;
use crate::qr::{self, Qr};
use crate::{Form, Href, Shell};

/// An authenticator app. Posts `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "set_up_app.html")]
pub struct SetUpApp<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// The key, in base32.
    pub key: &'a str,
    /// What the app calls the pool.
    pub issuer: &'a str,
    /// What the app calls the user.
    pub account: &'a str,
    /// The page to choose another factor.
    pub other_way: Option<Href<'a>>,
}

impl SetUpApp<'_> {
    fn otpauth(&self) -> String {
        qr::otpauth(self.issuer, self.account, self.key)
    }

    fn picture(&self) -> Qr {
        Qr::of(&self.otpauth())
    }

    /// The key in groups of four, as people copy it from a screen.
    fn groups(&self) -> Vec<String> {
        let characters: Vec<char> = self.key.chars().collect();
        characters.chunks(4).map(|group| group.iter().collect()).collect()
    }
}

/// An address for codes. Posts `email`.
#[derive(Clone, Debug, Template)]
#[template(path = "set_up_email.html")]
pub struct SetUpEmail<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// The question.
    pub form: Form<'a>,
    /// The page to choose another factor.
    pub other_way: Option<Href<'a>>,
}

/// A passkey for the next time.
#[derive(Clone, Debug, Template)]
#[template(path = "add_passkey.html")]
pub struct AddPasskey<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// What the browser needs. Problems are those of its form.
    pub passkey: Passkey<'a>,
    /// Goes on without one.
    pub skip: Form<'a>,
}
