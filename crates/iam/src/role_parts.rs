//! What a role has beside what all have.

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_store::tables::entities::Entity;
use serde::{Deserialize, Serialize};

/// What a role has beside what all have, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoleParts {
    /// The trust policy, as it was written.
    pub(crate) trust: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Seconds.
    pub(crate) longest_session: i32,
    /// Whom the trust policy means, by what it calls them: their unique ids. Of documents from before this was kept nobody,
    /// and what they say counts as it is written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) principals: BTreeMap<String, String>,
}

impl RoleParts {
    pub(crate) fn of(entity: &Entity) -> Result<Self, Fault> {
        let stored = entity.role.as_deref().ok_or_else(|| Fault::internal("a role without its parts"))?;
        serde_json::from_str(stored).map_err(Fault::internal)
    }

    pub(crate) fn written(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_stored_can_be_read() {
        let documents: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../fixtures/role.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let parts: RoleParts = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(parts).unwrap(), document);
        }
    }
}
