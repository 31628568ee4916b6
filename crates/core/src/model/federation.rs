//! By which identity provider somebody came, and how surely it knew them.

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
