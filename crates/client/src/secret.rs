//! What must not be seen: never in a `Debug` output.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_cognitoidentityprovider::types::AttributeType;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::attributes::Attributes;

/// A password, a token, a session or a key; wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Entries for the pool's triggers: `ClientMetadata`, `ValidationData`. Programs put codes and captchas into them, so
/// `Debug` shows names only.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Metadata(HashMap<String, String>);

impl Metadata {
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// As the SDK takes it: the map, if there is anything in it.
    pub(crate) fn to_sdk(&self) -> Option<HashMap<String, String>> {
        (!self.0.is_empty()).then(|| self.0.clone())
    }

    /// As the SDK takes them in `ValidationData`.
    pub(crate) fn to_attributes(&self) -> Option<Vec<AttributeType>> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect::<Attributes>()
            .to_sdk_if_any()
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
