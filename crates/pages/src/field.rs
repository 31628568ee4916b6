//! Fields of forms.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::texts::Texts;
use crate::{PasswordRules, Problem};

/// One labelled field: its label, what was wrong, what helps to fill it.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field<'a> {
    t: &'static Texts,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    kind: Kind,
    autocomplete: &'a str,
    help: Option<&'a str>,
    required: bool,
    rules: Option<&'a PasswordRules>,
    pub(crate) focus: bool,
    pub(crate) value: &'a str,
    pub(crate) problem: Option<Problem<'a>>,
}

// The template escapes what it shows.
impl HtmlSafe for Field<'_> {}

/// What is typed into a field, and so which keyboard is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Name,
    Email,
    Phone,
    Url,
    Date,
    Number,
    Password,
    Code,
}

impl Kind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Name | Self::Number | Self::Code => "text",
            Self::Email => "email",
            Self::Phone => "tel",
            Self::Url => "url",
            Self::Date => "date",
            Self::Password => "password",
        }
    }

    /// What the type alone does not say.
    fn input_mode(self) -> Option<&'static str> {
        matches!(self, Self::Number | Self::Code).then_some("numeric")
    }

    /// Whether capitals and corrections of a keyboard would only do harm.
    fn is_literal(self) -> bool {
        !matches!(self, Self::Text | Self::Date)
    }
}

/// What a pool's users are called by, which the label of the field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UsernameKind {
    Username,
    Email,
    Phone,
    UsernameOrEmail,
    UsernameOrPhone,
    EmailOrPhone,
    UsernameEmailOrPhone,
}

/// An attribute of the pool's schema as a field. The field's name is the attribute's.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// The name in the API, `custom:` included.
    pub name: &'a str,
    /// Whether it must be filled.
    pub required: bool,
    /// Whether its type is a number.
    pub number: bool,
}

impl<'a> Field<'a> {
    fn new(t: &'static Texts, name: &'a str, label: &'a str, kind: Kind, autocomplete: &'a str) -> Self {
        Self {
            t,
            name,
            label,
            kind,
            autocomplete,
            help: None,
            required: true,
            rules: None,
            focus: false,
            value: "",
            problem: None,
        }
    }

    /// Who signs in. With `passkeys` the browser offers them there.
    pub(crate) fn username(t: &'static Texts, kind: &UsernameKind, passkeys: bool) -> Self {
        let (label, input) = match kind {
            UsernameKind::Username => (t.username, Kind::Name),
            UsernameKind::Email => (t.email, Kind::Email),
            UsernameKind::Phone => (t.phone, Kind::Phone),
            UsernameKind::UsernameOrEmail => (t.username_or_email, Kind::Name),
            UsernameKind::UsernameOrPhone => (t.username_or_phone, Kind::Name),
            UsernameKind::EmailOrPhone => (t.email_or_phone, Kind::Name),
            UsernameKind::UsernameEmailOrPhone => (t.username_email_or_phone, Kind::Name),
        };
        let help = (input == Kind::Phone).then_some(t.phone_help);
        let autocomplete = if passkeys { "username webauthn" } else { "username" };
        Self { help, ..Self::new(t, "username", label, input, autocomplete) }
    }

    /// The password that is.
    pub(crate) fn password(t: &'static Texts) -> Self {
        Self::new(t, "password", t.password, Kind::Password, "current-password")
    }

    /// The password that is, beside a new one.
    pub(crate) fn current_password(t: &'static Texts) -> Self {
        Self::new(t, "current_password", t.current_password, Kind::Password, "current-password")
    }

    /// A password to be, with what it needs.
    pub(crate) fn new_password(t: &'static Texts, label: &'a str, rules: &'a PasswordRules) -> Self {
        Self { rules: Some(rules), ..Self::new(t, "password", label, Kind::Password, "new-password") }
    }

    /// A code that was sent or is shown by an app.
    pub(crate) fn code(t: &'static Texts) -> Self {
        Self::new(t, "code", t.code, Kind::Code, "one-time-code")
    }

    /// The address that codes are to be sent to.
    pub(crate) fn email(t: &'static Texts) -> Self {
        Self::new(t, "email", t.email, Kind::Email, "email")
    }

    /// The answer to a question of the pool's own. Nobody knows what it is, so it is shown as it is typed.
    pub(crate) fn answer(t: &'static Texts) -> Self {
        Self::new(t, "answer", t.answer, Kind::Name, "off")
    }

    /// An attribute, by OpenID Connect's names.
    pub(crate) fn attribute(t: &'static Texts, attribute: &Attribute<'a>) -> Self {
        let (label, kind, autocomplete) = match attribute.name {
            "name" => (t.name, Kind::Text, "name"),
            "given_name" => (t.given_name, Kind::Text, "given-name"),
            "family_name" => (t.family_name, Kind::Text, "family-name"),
            "middle_name" => (t.middle_name, Kind::Text, "additional-name"),
            "nickname" => (t.nickname, Kind::Text, "nickname"),
            "preferred_username" => (t.preferred_username, Kind::Name, "off"),
            "email" => (t.email, Kind::Email, "email"),
            "phone_number" => (t.phone, Kind::Phone, "tel"),
            "profile" => (t.profile_page, Kind::Url, "off"),
            "picture" => (t.picture, Kind::Url, "photo"),
            "website" => (t.website, Kind::Url, "url"),
            "gender" => (t.gender, Kind::Text, "sex"),
            "birthdate" => (t.birthdate, Kind::Date, "bday"),
            "zoneinfo" => (t.zoneinfo, Kind::Name, "off"),
            "locale" => (t.locale, Kind::Name, "language"),
            "address" => (t.address, Kind::Text, "street-address"),
            other => {
                let label = other.strip_prefix("custom:").unwrap_or(other);
                (label, if attribute.number { Kind::Number } else { Kind::Text }, "off")
            }
        };
        let help = (kind == Kind::Phone).then_some(t.phone_help);
        Self { help, required: attribute.required, ..Self::new(t, attribute.name, label, kind, autocomplete) }
    }

    /// The field in which writing begins.
    pub(crate) fn first(mut self) -> Self {
        self.focus = true;
        self
    }

    /// Whether what was typed must not come back.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Password | Kind::Code)
    }

    /// The id of the field of that name: an id has no white space.
    pub(crate) fn id_of(name: &str) -> String {
        name.replace(char::is_whitespace, "_")
    }

    fn id(&self) -> String {
        Self::id_of(self.name)
    }

    /// Ids of the texts around the field that belong to it.
    fn described_by(&self) -> Option<String> {
        let id = self.id();
        let parts = [
            self.problem.map(|_| format!("{id}-problem")),
            self.help.map(|_| format!("{id}-help")),
            self.rules.map(|_| format!("{id}-rules")),
        ];
        let ids: Vec<_> = parts.into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}
