//! The attributes of a user, and other names for them.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::AttributeType;

/// The prefix of attributes that a pool defines itself.
const CUSTOM: &str = "custom:";

/// A user's attributes by Cognito's names, in the order of names.
///
/// Every value is text at Cognito; booleans are `true` and `false`.
///
/// ```
/// use poolhouse_client::Attributes;
///
/// let attributes = Attributes::new()
///     .with("email", "alice@example.com")
///     .with_bool("email_verified", true)
///     .with_custom("department", "Engineering");
/// assert_eq!(attributes.get("custom:department"), Some("Engineering"));
/// assert_eq!(attributes.custom("department"), Some("Engineering"));
/// assert_eq!(attributes.get_bool("email_verified"), Some(true));
/// assert_eq!(attributes.get("phone_number"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// No attributes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more, by its full name; an earlier value is replaced.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// With one more boolean attribute.
    #[must_use]
    pub fn with_bool(self, name: impl Into<String>, value: bool) -> Self {
        self.with(name, value.to_string())
    }

    /// With one more that the pool defines itself, its name without `custom:`.
    #[must_use]
    pub fn with_custom(self, name: &str, value: impl Into<String>) -> Self {
        self.with(format!("{CUSTOM}{name}"), value)
    }

    /// Sets an attribute by its full name.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Takes an attribute out, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// The value of an attribute by its full name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a boolean attribute; `None` if it is missing or other text. Letter case does not matter:
    /// AWS keeps `True` as it was given.
    ///
    /// ```
    /// use poolhouse_client::Attributes;
    ///
    /// let attributes = Attributes::new().with("email_verified", "True");
    /// assert_eq!(attributes.get_bool("email_verified"), Some(true));
    /// ```
    #[must_use]
    pub fn get_bool(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        [true, false].into_iter().find(|b| value.eq_ignore_ascii_case(&b.to_string()))
    }

    /// The value of an attribute that the pool defines itself, its name without `custom:`.
    #[must_use]
    pub fn custom(&self, name: &str) -> Option<&str> {
        self.get(&format!("{CUSTOM}{name}"))
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.get("email")
    }

    /// The phone number.
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.get("phone_number")
    }

    /// Names and values, in the order of names.
    ///
    /// ```
    /// use poolhouse_client::Attributes;
    ///
    /// for (name, value) in Attributes::new().with("locale", "en").iter() {
    ///     println!("{name} is {value}");
    /// }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that `earlier` does not have, or has with another value.
    ///
    /// ```
    /// use poolhouse_client::Attributes;
    ///
    /// let before = Attributes::new().with("locale", "en").with("name", "Alice");
    /// let after = before.clone().with("name", "Al");
    /// assert_eq!(after.changed_since(&before), Attributes::new().with("name", "Al"));
    /// ```
    #[must_use]
    pub fn changed_since(&self, earlier: &Self) -> Self {
        self.iter().filter(|(name, value)| earlier.get(name) != Some(value)).collect()
    }

    /// The names that `earlier` has and this does not.
    ///
    /// ```
    /// use poolhouse_client::Attributes;
    ///
    /// let before = Attributes::new().with("locale", "en");
    /// assert_eq!(Attributes::new().removed_since(&before), ["locale"]);
    /// ```
    #[must_use]
    pub fn removed_since(&self, earlier: &Self) -> Vec<String> {
        earlier.0.keys().filter(|name| !self.0.contains_key(*name)).cloned().collect()
    }

    /// As the SDK takes them.
    pub(crate) fn to_sdk(&self) -> Vec<AttributeType> {
        // The builder fails without a name only.
        self.iter().filter_map(|(n, v)| AttributeType::builder().name(n).value(v).build().ok()).collect()
    }

    /// As the SDK takes them, if there are any.
    pub(crate) fn to_sdk_if_any(&self) -> Option<Vec<AttributeType>> {
        (!self.is_empty()).then(|| self.to_sdk())
    }

    pub(crate) fn from_sdk(list: &[AttributeType]) -> Self {
        list.iter().map(|a| (a.name(), a.value().unwrap_or_default())).collect()
    }
}

impl IntoIterator for Attributes {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<String>, V: Into<String>, const COUNT: usize> From<[(N, V); COUNT]> for Attributes {
    fn from(pairs: [(N, V); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<N: Into<String>, V: Into<String>> Extend<(N, V)> for Attributes {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        self.0.extend(pairs.into_iter().map(|(name, value)| (name.into(), value.into())));
    }
}

/// A program's own names for attributes, pycognito's `attr_map`: each pair is Cognito's name and one's own.
///
/// ```
/// use poolhouse_client::{AttributeMap, Attributes};
///
/// let map = AttributeMap::new([("custom:department", "department"), ("given_name", "first_name")]);
/// let own = map.to_own(&Attributes::new().with("given_name", "Alice").with("email", "a@example.com"));
/// assert_eq!(own["first_name"], "Alice");
/// assert_eq!(own["email"], "a@example.com");
/// assert_eq!(map.to_cognito(own).get("given_name"), Some("Alice"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeMap(Vec<(String, String)>);

impl AttributeMap {
    /// A map from pairs of Cognito's name and one's own.
    pub fn new<C: Into<String>, O: Into<String>>(pairs: impl IntoIterator<Item = (C, O)>) -> Self {
        Self(pairs.into_iter().map(|(cognito, own)| (cognito.into(), own.into())).collect())
    }

    /// Attributes by one's own names; those without one keep Cognito's.
    ///
    /// ```
    /// use poolhouse_client::{AttributeMap, Attributes};
    ///
    /// let map = AttributeMap::new([("custom:department", "department")]);
    /// let own = map.to_own(&Attributes::new().with_custom("department", "Sales"));
    /// assert_eq!(own["department"], "Sales");
    /// ```
    #[must_use]
    pub fn to_own(&self, attributes: &Attributes) -> BTreeMap<String, String> {
        let own = |name: &str| self.0.iter().find(|(cognito, _)| cognito == name).map(|(_, own)| own.clone());
        attributes.iter().map(|(n, v)| (own(n).unwrap_or_else(|| n.to_owned()), v.to_owned())).collect()
    }

    /// Attributes by Cognito's names.
    ///
    /// ```
    /// use poolhouse_client::{AttributeMap, Attributes};
    ///
    /// let map = AttributeMap::new([("custom:department", "department")]);
    /// let attributes = map.to_cognito([("department", "Sales")]);
    /// assert_eq!(attributes, Attributes::new().with_custom("department", "Sales"));
    /// ```
    pub fn to_cognito<N, V>(&self, own: impl IntoIterator<Item = (N, V)>) -> Attributes
    where
        N: Into<String>,
        V: Into<String>,
    {
        let cognito = |name: String| {
            self.0.iter().find(|(_, own)| *own == name).map(|(cognito, _)| cognito.clone()).unwrap_or(name)
        };
        own.into_iter().map(|(name, value)| (cognito(name.into()), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_read_in_any_letter_case_and_other_text_is_none() {
        // authentication §11.2, recorded: `True` counts as true
        let attributes = Attributes::new().with("a", "True").with("b", "false").with("c", "yes");
        assert_eq!(attributes.get_bool("a"), Some(true));
        assert_eq!(attributes.get_bool("b"), Some(false));
        assert_eq!(attributes.get_bool("c"), None);
    }

    #[test]
    fn a_change_is_what_is_new_other_or_gone() {
        let before = Attributes::new().with("name", "A").with("email", "a@x").with("zoneinfo", "UTC");
        let mut after = before.clone().with("name", "B").with("locale", "en");
        after.remove("zoneinfo");
        let changed = Attributes::new().with("name", "B").with("locale", "en");
        assert_eq!(after.changed_since(&before), changed);
        assert_eq!(after.removed_since(&before), ["zoneinfo"]);
        assert!(before.changed_since(&before).is_empty());
    }

    #[test]
    fn a_map_does_not_lose_what_it_does_not_name() {
        let map = AttributeMap::new([("custom:a", "a")]);
        let attributes = Attributes::new().with_custom("a", "1").with("b", "2");
        assert_eq!(map.to_cognito(map.to_own(&attributes)), attributes);
    }
}
