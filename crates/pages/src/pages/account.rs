//! A signed-in person's own account.

use askama::Template;

use crate::field::Field;
use crate::texts::Texts;
use crate::{Attribute, Factor, Form, Href, Moment, Notice, PasswordRules, Problem, Shell};

/// The account, in sections. A section that the application may not read, or that the pool does not have, is left out.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage<'a> {
    /// The frame.
    pub shell: &'a Shell<'a>,
    /// Who is signed in.
    pub username: &'a str,
    /// What was done by the last post.
    pub notice: Option<Notice>,
    /// What was wrong with it, where it stands beside no field.
    pub problem: Option<Problem<'a>>,
    /// The profile.
    pub profile: Option<Profile<'a>>,
    /// Changing the password.
    pub password: Option<ChangePassword<'a>>,
    /// The second factors.
    pub factors: &'a [FactorState<'a>],
    /// The passkeys.
    pub passkeys: Option<Passkeys<'a>>,
    /// The remembered devices.
    pub devices: Option<&'a [Item<'a>]>,
    /// Where the user is signed in.
    pub sessions: Option<&'a [Item<'a>]>,
    /// Signs out everywhere but here.
    pub sign_out_elsewhere: Option<Form<'a>>,
    /// Signs out here.
    pub sign_out: Form<'a>,
}

/// The attributes that may be read. Posts those that may be written, by their names.
#[derive(Clone, Debug)]
pub struct Profile<'a> {
    /// The form, with the values.
    pub form: Form<'a>,
    /// The attributes.
    pub attributes: &'a [ProfileAttribute<'a>],
}

/// An attribute as its owner sees it.
#[derive(Clone, Debug)]
pub struct ProfileAttribute<'a> {
    /// The attribute.
    pub attribute: Attribute<'a>,
    /// Whether it may be changed here.
    pub writable: bool,
    /// Whether it was proven, where that matters.
    pub verified: Option<bool>,
    /// Asks for a code to prove it.
    pub verify: Option<Form<'a>>,
}

/// A new password for the old one. Posts `current_password`, where there is one, and `password`.
#[derive(Clone, Debug)]
pub struct ChangePassword<'a> {
    /// The form.
    pub form: Form<'a>,
    /// Whether the user has a password.
    pub has_password: bool,
    /// What the new one needs.
    pub rules: PasswordRules,
}

/// A second factor and what can be done with it.
#[derive(Clone, Debug)]
pub struct FactorState<'a> {
    /// The factor.
    pub factor: Factor,
    /// The address or number that codes go to.
    pub detail: Option<&'a str>,
    /// Whether it is in use, and whether it comes first.
    pub usage: Usage,
    /// Begins to use it; for an app, sets it up.
    pub turn_on: Option<Form<'a>>,
    /// Ends its use.
    pub turn_off: Option<Form<'a>>,
    /// Has it come first.
    pub use_first: Option<Form<'a>>,
}

/// How a factor is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It is not.
    Off,
    /// It is.
    On,
    /// It is, before others.
    First,
}

/// The passkeys, and the page that makes one.
#[derive(Clone, Copy, Debug)]
pub struct Passkeys<'a> {
    /// The passkeys.
    pub list: &'a [Item<'a>],
    /// The page that makes one, where the origin can have passkeys.
    pub add: Option<Href<'a>>,
}

/// A passkey, a device, a session.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What tells it from another.
    pub detail: Option<&'a str>,
    /// Since when it is there.
    pub since: Option<Moment>,
    /// When it was used last.
    pub last_used: Option<Moment>,
    /// Whether it is the one that reads the page.
    pub is_here: bool,
    /// Removes it.
    pub remove: Option<Form<'a>>,
}

impl<'a> ProfileAttribute<'a> {
    fn field(&self, form: &Form<'a>, t: &'static Texts) -> Field<'a> {
        form.show(Field::attribute(t, &self.attribute))
    }

    /// The id of the form that asks for the code: it cannot stand inside the profile's.
    fn verify_id(&self) -> String {
        format!("verify-{}", Field::id_of(self.attribute.name))
    }

    /// The value of one that is only shown, which says so when it is empty.
    fn shown(&self, form: &Form<'a>) -> &'a str {
        form.value(self.attribute.name).filter(|value| !value.is_empty()).unwrap_or("–")
    }
}

impl FactorState<'_> {
    fn state(&self, t: &Texts) -> Option<&'static str> {
        match self.usage {
            Usage::Off => None,
            Usage::On => Some(t.on),
            Usage::First => Some(t.used_first),
        }
    }

    fn turn_on_label(&self, t: &Texts) -> &'static str {
        if self.factor == Factor::SoftwareTokenMfa { t.set_up } else { t.turn_on }
    }
}
