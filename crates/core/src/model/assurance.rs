//! How surely somebody is who they say: what they proved it by, and the level that this comes to
//! (docs/cognito/authentication.md §18, docs/cognito/tokens.md §13).

use serde::{Deserialize, Serialize};

use super::Pool;
use super::factors::Factor;

/// What somebody proved who they are by, named as in the claim `amr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Method {
    /// A password.
    #[serde(rename = "pwd")]
    Password,
    /// A code of a software token.
    #[serde(rename = "otp")]
    SoftwareToken,
    /// A code by SMS.
    #[serde(rename = "sms")]
    Sms,
    /// A code by e-mail.
    #[serde(rename = "email_otp")]
    Email,
    /// A passkey that the device itself keeps.
    #[serde(rename = "swk")]
    DevicePasskey,
    /// A passkey of another device, or a key that is plugged in.
    #[serde(rename = "hwk")]
    RoamingPasskey,
}

impl Method {
    const ALL: [Self; 6] = [
        Self::Password,
        Self::SoftwareToken,
        Self::Sms,
        Self::Email,
        Self::DevicePasskey,
        Self::RoamingPasskey,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::SoftwareToken => "otp",
            Self::Sms => "sms",
            Self::Email => "email_otp",
            Self::DevicePasskey => "swk",
            Self::RoamingPasskey => "hwk",
        }
    }
}

impl From<Factor> for Method {
    fn from(factor: Factor) -> Self {
        match factor {
            Factor::Sms => Self::Sms,
            Factor::Email => Self::Email,
            Factor::SoftwareToken => Self::SoftwareToken,
        }
    }
}

/// What somebody proved in one sign-in; none where only the pool's functions know. A set: a bit for each, by their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Method>", into = "Vec<Method>")]
pub struct Methods(u8);

impl From<Vec<Method>> for Methods {
    fn from(methods: Vec<Method>) -> Self {
        Self::new(methods)
    }
}

impl From<Methods> for Vec<Method> {
    fn from(methods: Methods) -> Self {
        methods.iter().collect()
    }
}

impl Methods {
    /// These, each once.
    pub(crate) fn new(methods: impl IntoIterator<Item = Method>) -> Self {
        Self(methods.into_iter().fold(0, |bits, method| bits | method.bit()))
    }

    /// Those of these names; others are passed over.
    pub(crate) fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let named = |name: &str| Method::ALL.into_iter().find(|method| method.as_str() == name);
        Self::new(names.into_iter().filter_map(named))
    }

    /// Reads [`Methods::to_text`].
    pub(crate) fn from_text(text: &str) -> Self {
        Self::named(text.split(' '))
    }

    /// Both.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Whether nothing was proven that has a name.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.contains(*method))
    }

    /// Separated by blanks.
    pub(crate) fn to_text(self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        self.iter().map(Method::as_str)
    }

    /// The claim `amr`.
    pub(crate) fn amr(self) -> Vec<String> {
        let several = (self.0.count_ones() > 1).then_some("mfa");
        self.names().chain(several).map(ToOwned::to_owned).collect()
    }

    /// The highest level that they reach.
    pub(crate) fn level(self) -> Option<Level> {
        let has = |method| self.contains(method);
        let code = has(Method::Sms) || has(Method::Email);
        if has(Method::Password) && has(Method::SoftwareToken) {
            Some(Level::Four)
        } else if has(Method::DevicePasskey) || has(Method::RoamingPasskey) || has(Method::Password) && code {
            Some(Level::Three)
        } else if code {
            Some(Level::Two)
        } else {
            has(Method::Password).then_some(Level::One)
        }
    }

    /// Whether they reach a level.
    pub(crate) fn reach(self, level: Level) -> bool {
        self.level().is_some_and(|reached| level <= reached)
    }
}

/// A level of assurance: what satisfies it is fixed, what it is called is the pool's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// A password.
    #[serde(rename = "Level1")]
    One,
    /// A code by SMS or e-mail.
    #[serde(rename = "Level2")]
    Two,
    /// A passkey, or a password and a code.
    #[serde(rename = "Level3")]
    Three,
    /// A password and a software token.
    #[serde(rename = "Level4")]
    Four,
}

impl Level {
    const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// Its key in AcrConfiguration, and what it is called where that says nothing.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::One => ("Level1", "urn:cognito:loa:1"),
            Self::Two => ("Level2", "urn:cognito:loa:2"),
            Self::Three => ("Level3", "urn:cognito:loa:3"),
            Self::Four => ("Level4", "urn:cognito:loa:4"),
        }
    }

    /// Its key in AcrConfiguration and AcrMapping.
    pub(crate) const fn key(self) -> &'static str {
        self.names().0
    }

    /// The level of a key.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.key() == key)
    }

    /// What the pool calls it: the claim `acr`.
    pub(crate) fn name(self, pool: &Pool) -> String {
        let names = pool.settings.general.acr_configuration.as_ref();
        let (key, default) = self.names();
        names.and_then(|names| names.get(key)).map_or(default.to_owned(), |level| level.acr_value.clone())
    }

    /// The levels that a request names, separated by blanks, the best first; unknown names are passed over
    /// (authentication §18, model).
    pub(crate) fn named(pool: &Pool, names: &str) -> Vec<Self> {
        let level = |name: &str| Self::ALL.into_iter().find(|level| level.name(pool) == name);
        names.split(' ').filter_map(level).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // authentication §18
    #[test]
    fn levels_follow_from_what_was_proven() {
        use Method::{DevicePasskey, Email, Password, RoamingPasskey, Sms, SoftwareToken};
        let cases: [(&[Method], Option<Level>); 9] = [
            (&[], None),
            (&[Password], Some(Level::One)),
            (&[Sms], Some(Level::Two)),
            (&[Email], Some(Level::Two)),
            (&[DevicePasskey], Some(Level::Three)),
            (&[RoamingPasskey], Some(Level::Three)),
            (&[Password, Sms], Some(Level::Three)),
            (&[Password, SoftwareToken], Some(Level::Four)),
            (&[Password, SoftwareToken, Email], Some(Level::Four)),
        ];
        for (methods, level) in cases {
            assert_eq!(Methods::new(methods.iter().copied()).level(), level, "{methods:?}");
        }
    }

    // tokens §13
    #[test]
    fn several_methods_are_several_factors() {
        let one = Methods::new([Method::Password, Method::Password]);
        assert_eq!(one.amr(), ["pwd"]);
        let two = Methods::new([Method::Password, Method::SoftwareToken]);
        assert_eq!(two.amr(), ["pwd", "otp", "mfa"]);
        assert_eq!(Methods::from_text(&two.to_text()), two);
        assert_eq!(Methods::from_text(""), Methods::default());
    }

    #[test]
    fn names_are_those_of_the_stored_form() {
        for method in Method::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
        }
    }
}
