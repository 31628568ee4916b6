//! By which identity provider somebody came, and how surely it knew them.

use poolhouse_saml::LogoutRequest;
use serde::{Deserialize, Serialize};

use super::assurance::Level;

/// What a browser session remembers of a sign-in at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    /// The provider, by its name in the pool.
    pub provider: String,
    /// The level of assurance that it vouched for (new-operations §9).
    pub(crate) level: Level,
    /// The claim `amr`, in its words.
    pub(crate) amr: Vec<String>,
    /// How many seconds before the sign-in here the user proved to the provider who they are, as far as that says.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) seconds_before: u32,
    /// What a SAML provider calls the session, so that it can be ended there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<ProviderSession>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(seconds: &u32) -> bool {
    *seconds == 0
}

/// A session at a SAML provider, and whose it is, in its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProviderSession {
    pub(crate) name_id: String,
    pub(crate) format: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name_qualifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sp_name_qualifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session_index: Option<String>,
}

impl ProviderSession {
    /// Whether the provider asks to end it: a request without a session means all of the user's (SAML Core, 3.7.1).
    pub(crate) fn is_meant_by(&self, asked: &LogoutRequest) -> bool {
        let indexes = &asked.session_indexes;
        self.name_id == asked.name_id.value
            && (indexes.is_empty() || self.session_index.as_ref().is_some_and(|own| indexes.contains(own)))
    }
}

/// What the claim says of a provider that says nothing usable (tokens §13).
pub(crate) const FEDERATED: &str = "fed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Federation>("federation");
    }
}
