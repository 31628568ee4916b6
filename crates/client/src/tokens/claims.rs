//! What a token says.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Result, TokenError};

/// The claims of a token.
///
/// `Debug` shows their names only: they say who somebody is.
///
/// ```no_run
/// # async fn show(verifier: poolhouse_client::Verifier, token: &str) -> poolhouse_client::Result<()> {
/// let claims = verifier.verify_id(token).await?;
/// println!("{:?} is {:?}", claims.username(), claims.text("given_name"));
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// The names of all claims, in the token's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A claim that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// A claim that is a list of texts; empty if it is missing or something else.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.value(name).and_then(Value::as_array);
        list.map(|values| values.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// A claim that is true or false.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    /// A claim that is a time in seconds since 1970; `None` if it is missing, no number, or before that.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<SystemTime> {
        let seconds = self.value(name)?.as_f64().filter(|s| s.is_finite() && *s >= 0.0)?;
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
    }

    /// A claim of any shape; `None` if it is missing.
    ///
    /// ```
    /// use poolhouse_client::{Claims, Result};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Identity {
    ///     #[serde(rename = "providerName")]
    ///     provider: String,
    /// }
    ///
    /// fn identities(claims: &Claims) -> Result<Option<Vec<Identity>>> {
    ///     claims.get("identities")
    /// }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Claim`] if it has another shape.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        T::deserialize(value).map(Some).map_err(|_| TokenError::Claim(name.to_owned().into()).into())
    }

    /// An attribute that the pool defines itself, its name without `custom:`; ID tokens only.
    ///
    /// ```
    /// fn department(claims: &poolhouse_client::Claims) -> poolhouse_client::Result<Option<String>> {
    ///     claims.custom("department")
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Claims::get`].
    pub fn custom<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.get(&format!("custom:{name}"))
    }

    /// All claims at once, as a type of the program's own.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Who {
    ///     sub: String,
    ///     #[serde(rename = "custom:department")]
    ///     department: Option<String>,
    /// }
    ///
    /// fn who(claims: &poolhouse_client::Claims) -> poolhouse_client::Result<Who> {
    ///     claims.deserialize()
    /// }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Claims`] if one is missing or has another shape.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(&self.0).map_err(|error| TokenError::Claims(error.to_string()).into())
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
    ///
    /// ```
    /// fn may_edit(claims: &poolhouse_client::Claims) -> bool {
    ///     claims.in_any_group(["editors", "admins"])
    /// }
    /// ```
    #[must_use]
    pub fn in_any_group(&self, groups: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
        let held = self.groups();
        groups.into_iter().any(|group| held.contains(&group.as_ref()))
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
    ///
    /// ```
    /// fn seconds_left(claims: &poolhouse_client::Claims) -> Option<u64> {
    ///     let left = claims.expires_at()?.duration_since(std::time::SystemTime::now());
    ///     left.ok().map(|left| left.as_secs())
    /// }
    /// ```
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

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// How long the token lives from its issue.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.expires_at()?.duration_since(self.issued_at()?).ok()
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
