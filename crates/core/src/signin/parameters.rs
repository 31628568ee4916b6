//! `AuthParameters` and `ChallengeResponses`: maps of strings. Unknown keys are ignored: clients leave some
//! of earlier steps in (authentication §1.2, observed).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;

use super::goal::Goal;
use crate::client_proof::ClientProof;

/// The parameters of one request, and what proves its client among them. The proof is held against the names that a
/// flow admits when the flow knows them: a missing parameter is told before a wrong hash, and a locked user after it
/// (authentication §3).
pub(super) struct Parameters {
    values: BTreeMap<String, Sensitive>,
    secret_hash: Option<Sensitive>,
    goal: Goal,
}

impl Parameters {
    /// Those of a request. At the API SECRET_HASH proves its client, of which an empty one counts as absent, too; a page's is
    /// proven by where that was served. Pages speak no SRP and know no devices: tokens of a sign-in there have none
    /// (tokens §9.2, documented).
    pub(super) fn of(goal: Goal, mut values: BTreeMap<String, Sensitive>) -> Self {
        let secret_hash = values.remove("SECRET_HASH").filter(|hash| !hash.as_str().is_empty());
        if goal == Goal::Login {
            values.retain(|name, _| !["SRP_A", "DEVICE_KEY"].contains(&name.as_str()));
        }
        Self { values, secret_hash, goal }
    }

    /// What proves the client.
    pub(super) fn proof(&self) -> ClientProof<'_> {
        match self.goal {
            Goal::Tokens => ClientProof::SignIn(self.secret_hash.as_ref().map(Sensitive::as_str)),
            Goal::Login => ClientProof::ServerSide,
        }
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
