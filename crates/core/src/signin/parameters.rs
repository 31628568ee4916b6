//! `AuthParameters` and `ChallengeResponses`: maps of strings. Unknown keys are ignored: clients leave some
//! of earlier steps in (authentication §1.2, observed).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;

/// The parameters of one request.
pub(super) struct Parameters(pub(super) BTreeMap<String, Sensitive>);

impl Parameters {
    /// The value of a parameter; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Sensitive::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that the flow cannot do without.
    pub(super) fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// The parameters whose name begins with `prefix`, without it.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// Authentication §2, recorded for SRP_A.
pub(super) fn missing(name: &str) -> Fault {
    Fault::invalid_parameter(format!("Missing required parameter {name}"))
}
