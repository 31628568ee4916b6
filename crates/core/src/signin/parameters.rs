//! `AuthParameters` and `ChallengeResponses`: maps of strings. Unknown keys are ignored: clients leave some
//! of earlier steps in (authentication §1.2, observed).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;

use super::client_proof::ClientProof;

/// The parameters of one request, and what proves its client among them.
pub(super) struct Parameters {
    values: BTreeMap<String, Sensitive>,
    pub(super) proof: ClientProof,
}

impl Parameters {
    /// Those of a request that proves its client by SECRET_HASH; an empty one counts as absent, too.
    pub(super) fn with_secret_hash(mut values: BTreeMap<String, Sensitive>) -> Self {
        let hash = values.remove("SECRET_HASH").filter(|hash| !hash.as_str().is_empty());
        Self { values, proof: ClientProof::SecretHash(hash) }
    }

    /// The value of a parameter; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(Sensitive::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that the flow cannot do without.
    pub(super) fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// The parameters whose name begins with `prefix`, without it.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.values.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// Authentication §2, recorded for SRP_A.
pub(super) fn missing(name: &str) -> Fault {
    Fault::invalid_parameter(format!("Missing required parameter {name}"))
}
