//! What befalls a deployment.

use crate::Result;
use crate::cluster::beside;
use crate::deployment::Deployment;
use crate::machine::{Machine, NODES};

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// PostgreSQL's processes end, Patroni beside them does not.
    PrimaryKilled,
    /// Everything on the primary's machine ends.
    PrimaryMachineKilled,
    NodeKilled,
    /// What is sent to the primary's machine is lost, and what it sends.
    PrimaryCutOff,
    /// The databases do not hear each other; everybody else hears both.
    StandbyCutOff,
    NodeCutOff,
}

impl Fault {
    const ALL: [Self; 6] = [
        Self::PrimaryKilled,
        Self::PrimaryMachineKilled,
        Self::NodeKilled,
        Self::PrimaryCutOff,
        Self::StandbyCutOff,
        Self::NodeCutOff,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PrimaryKilled => "primary killed",
            Self::PrimaryMachineKilled => "machine of the primary killed",
            Self::NodeKilled => "node killed",
            Self::PrimaryCutOff => "machine of the primary cut off",
            Self::StandbyCutOff => "databases cut off from each other",
            Self::NodeCutOff => "node cut off",
        }
    }

    /// Has it happen.
    pub(crate) fn strike(self, deployment: &Deployment, primary: &Machine) -> Result {
        match self {
            Self::PrimaryKilled => deployment.cluster.kill_postgres(primary),
            Self::PrimaryMachineKilled => primary.kill_everything(),
            Self::NodeKilled => NODES[0].kill_everything(),
            Self::PrimaryCutOff => deployment.network.cut_off(primary),
            Self::StandbyCutOff => deployment.network.part(primary, beside(primary)),
            Self::NodeCutOff => deployment.network.cut_off(NODES[0]),
        }
    }

    /// Does what an operator would do afterwards; `primary` is the one of before.
    pub(crate) fn mend(self, deployment: &Deployment, primary: &Machine) -> Result {
        match self {
            // Patroni starts it again, as a standby.
            Self::PrimaryKilled => Ok(()),
            Self::PrimaryMachineKilled => deployment.cluster.boot(primary),
            Self::NodeKilled => deployment.nodes.boot(NODES[0]),
            Self::PrimaryCutOff => deployment.network.put_back(primary),
            Self::StandbyCutOff => deployment.network.rejoin(primary, beside(primary)),
            Self::NodeCutOff => deployment.network.put_back(NODES[0]),
        }
    }
}

/// The faults whose names begin so, or all, in their order.
///
/// # Errors
/// When there is none of such a name.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<Fault>> {
    if let Some(unknown) =
        names.iter().find(|name| !Fault::ALL.iter().any(|fault| fault.name().starts_with(*name)))
    {
        let known = Fault::ALL.map(Fault::name).join(", ");
        return Err(format!("there is no fault {unknown:?}; there are: {known}"));
    }
    let wanted = |fault: &Fault| names.is_empty() || names.iter().any(|name| fault.name().starts_with(name));
    Ok(Fault::ALL.into_iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_chosen_by_the_beginnings_of_their_names() {
        let names = |names: &[&str]| chosen(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&[]), Ok(Fault::ALL.to_vec()));
        let machine = [Fault::PrimaryMachineKilled, Fault::PrimaryCutOff];
        assert_eq!(names(&["machine of the primary"]), Ok(machine.to_vec()));
        assert!(names(&["node", "disk"]).unwrap_err().contains("no fault \"disk\""));
    }
}
