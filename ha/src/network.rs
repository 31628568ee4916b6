//! A network of machines that are network namespaces, on a switch that is one, too. Cables can be pulled and paths cut, so that
//! nothing is refused and nothing comes.

use std::net::Ipv4Addr;
use std::process::Command;

use crate::Result;
use crate::machine::{ALL, Machine};

/// What the namespaces and the cable to this process begin with.
pub(crate) const PREFIX: &str = "poolhouse-ha";

/// The network is one that is set apart for measurements (RFC 2544), so that nobody else's is hidden.
const NETWORK: [u8; 3] = [198, 18, 75];

/// Nobody's address on the switch.
const NOBODY: &str = "02:00:00:00:00:00";

/// The address with this number.
pub(crate) fn address(number: u8) -> Ipv4Addr {
    let [a, b, c] = NETWORK;
    Ipv4Addr::new(a, b, c, number)
}

/// Whether a namespace can be made.
pub(crate) fn is_allowed() -> Result {
    let name = format!("{PREFIX}-probe");
    let _ = ip(&["netns", "del", &name]);
    ip(&["netns", "add", &name])?;
    ip(&["netns", "del", &name])
}

/// The network; it goes, with everything that runs on it, when this is dropped.
pub(crate) struct Network(());

impl Network {
    /// Makes the switch and the machines, and a cable to this process, which has number 1.
    pub(crate) fn new() -> Result<Self> {
        // What a run left that was killed.
        drop(Self(()));
        let network = Self(());
        let switch = switch();
        ip(&["netns", "add", &switch])?;
        ip(&["-n", &switch, "link", "add", "switch", "type", "bridge"])?;
        ip(&["-n", &switch, "link", "set", "switch", "up"])?;
        ip(&["link", "add", "here", "netns", &switch, "type", "veth", "peer", "name", PREFIX])?;
        ip(&["-n", &switch, "link", "set", "here", "master", "switch", "up"])?;
        ip(&["addr", "add", &format!("{}/24", address(1)), "dev", PREFIX])?;
        ip(&["link", "set", PREFIX, "up"])?;
        for machine in &ALL {
            let (name, namespace) = (machine.name, machine.namespace());
            ip(&["netns", "add", &namespace])?;
            ip(&[
                "link", "add", name, "netns", &switch, "type", "veth", "peer", "name", "eth0", "netns",
                &namespace,
            ])?;
            ip(&["-n", &switch, "link", "set", name, "master", "switch", "up"])?;
            ip(&["-n", &namespace, "addr", "add", &format!("{}/24", machine.address()), "dev", "eth0"])?;
            ip(&["-n", &namespace, "link", "set", "eth0", "up"])?;
            ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
        }
        Ok(network)
    }

    /// Takes a machine off the switch: its cable is there, but leads nowhere.
    pub(crate) fn cut_off(&self, machine: &Machine) -> Result {
        ip(&["-n", &switch(), "link", "set", machine.name, "nomaster"])
    }

    /// Puts it back.
    pub(crate) fn put_back(&self, machine: &Machine) -> Result {
        ip(&["-n", &switch(), "link", "set", machine.name, "master", "switch"])
    }

    /// Has what two machines send each other go to nobody; to all others they talk.
    pub(crate) fn part(&self, one: &Machine, other: &Machine) -> Result {
        for (from, to) in [(one, other), (other, one)] {
            let to = to.address().to_string();
            ip(&[
                "-n",
                &from.namespace(),
                "neigh",
                "replace",
                &to,
                "lladdr",
                NOBODY,
                "dev",
                "eth0",
                "nud",
                "permanent",
            ])?;
        }
        Ok(())
    }

    /// Has them talk to each other again.
    pub(crate) fn rejoin(&self, one: &Machine, other: &Machine) -> Result {
        for (from, to) in [(one, other), (other, one)] {
            ip(&["-n", &from.namespace(), "neigh", "del", &to.address().to_string(), "dev", "eth0"])?;
        }
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // What is not there need not go. The cable would go with the switch, but a little later.
        let _ = ip(&["link", "del", PREFIX]);
        for machine in &ALL {
            let _ = machine.kill_everything();
            let _ = ip(&["netns", "del", &machine.namespace()]);
        }
        let _ = ip(&["netns", "del", &switch()]);
    }
}

fn switch() -> String {
    format!("{PREFIX}-switch")
}

fn ip(arguments: &[&str]) -> Result {
    let output = Command::new("ip").args(arguments).output().map_err(|e| format!("cannot run ip: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`ip {}` failed: {}", arguments.join(" "), said.trim()))
}
