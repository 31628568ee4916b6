//! Strings that must not be shown.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// A string that lets its reader in or tells about a person: a password, a code, a token, a name.
///
/// Its `Debug` form shows nothing of it, and it has no `Display`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive(String);

impl Sensitive {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive")
    }
}

impl Deref for Sensitive {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Sensitive {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Sensitive> for String {
    fn from(sensitive: Sensitive) -> Self {
        sensitive.0
    }
}

impl PartialEq<str> for Sensitive {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Sensitive {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_pools::{AdminInitiateAuthRequest, ContextDataType, UserContextDataType};

    #[test]
    fn debug_is_mute() {
        assert!(!format!("{:?}", Sensitive::from("hunter2")).contains("hunter2"));
        let context = UserContextDataType { ip_address: Some("192.0.2.1".into()), ..Default::default() };
        assert!(!format!("{context:?}").contains("192"), "members of a sensitive structure are hidden");
        let request = AdminInitiateAuthRequest {
            auth_parameters: Some([("PASSWORD".to_owned(), "hunter2".into())].into()),
            context_data: Some(ContextDataType::default()),
            ..Default::default()
        };
        assert!(!format!("{request:?}").contains("hunter2"), "values of a sensitive map are hidden");
    }

    #[test]
    fn json_is_a_plain_string() {
        assert_eq!(serde_json::to_string(&Sensitive::from("x")).unwrap(), "\"x\"");
        assert_eq!(serde_json::from_str::<Sensitive>("\"x\"").unwrap(), *"x");
    }
}
