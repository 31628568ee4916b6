//! What a token says.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

/// The claims of a token.
///
/// `Debug` shows their names only: they say who somebody is.
#[derive(Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Any claim, by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Every claim, in the token's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The `sub`: the user's name that never changes.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The user's real name: `cognito:username` in ID tokens, `username` in access tokens.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.text("cognito:username").or_else(|| self.text("username"))
    }

    /// The app client that the token was issued to: `client_id`, or `aud` in ID tokens.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id").or_else(|| self.text("aud"))
    }

    /// The groups of the user when the token was issued; empty when there are none.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        self.texts("cognito:groups")
    }

    /// Whether the user was in any of these groups.
    #[must_use]
    pub fn in_any_group(&self, groups: &[&str]) -> bool {
        self.groups().iter().any(|group| groups.contains(group))
    }

    /// The roles of the groups; ID tokens only.
    #[must_use]
    pub fn roles(&self) -> Vec<&str> {
        self.texts("cognito:roles")
    }

    /// The role of the group that ranks first; ID tokens only.
    #[must_use]
    pub fn preferred_role(&self) -> Option<&str> {
        self.text("cognito:preferred_role")
    }

    /// The scopes of an access token.
    #[must_use]
    pub fn scopes(&self) -> Vec<&str> {
        self.text("scope").map(|scope| scope.split(' ').collect()).unwrap_or_default()
    }

    /// The device of the sign-in, if the pool keeps devices.
    #[must_use]
    pub fn device_key(&self) -> Option<&str> {
        self.text("device_key")
    }

    /// When the token ends.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.time("exp")
    }

    /// When the token was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.time("iat")
    }

    /// When the user signed in; renewal does not move it.
    #[must_use]
    pub fn signed_in_at(&self) -> Option<SystemTime> {
        self.time("auth_time")
    }

    /// A time in seconds, or `None` if it is missing, no number, or before 1970.
    pub(crate) fn time(&self, name: &str) -> Option<SystemTime> {
        let seconds = self.get(name)?.as_f64().filter(|s| s.is_finite() && *s >= 0.0)?;
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.get(name).and_then(Value::as_array);
        list.map(|values| values.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
