//! A machine: a network namespace, and what runs in it.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::Result;
use crate::network::{self, PREFIX};

/// One machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) name: &'static str,
    number: u8,
}

pub(crate) const ALL: [Machine; 5] = [
    Machine { name: "db1", number: 11 },
    Machine { name: "db2", number: 12 },
    Machine { name: "node1", number: 21 },
    Machine { name: "node2", number: 22 },
    // HAProxy, and the third of etcd.
    Machine { name: "balancer", number: 31 },
];

/// Those of PostgreSQL, of Poolhouse, and the one between.
pub(crate) const DATABASES: [&Machine; 2] = [&ALL[0], &ALL[1]];
pub(crate) const NODES: [&Machine; 2] = [&ALL[2], &ALL[3]];
pub(crate) const BALANCER: &Machine = &ALL[4];

impl Machine {
    pub(crate) fn namespace(&self) -> String {
        format!("{PREFIX}-{}", self.name)
    }

    pub(crate) fn address(&self) -> Ipv4Addr {
        network::address(self.number)
    }

    pub(crate) fn at(&self, port: u16) -> SocketAddr {
        (self.address(), port).into()
    }

    /// A program that will run on this machine without root's rights, which PostgreSQL refuses, and no longer than this
    /// process does.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace()]);
        command.args([
            "setpriv",
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
            "--pdeathsig=KILL",
            "--",
        ]);
        command.arg(program);
        inherit_no_settings(&mut command);
        command
    }

    /// Kills every process of the machine at once, as when its power fails; but for what the kernel still says to the others:
    /// that connections have ended.
    pub(crate) fn kill_everything(&self) -> Result {
        loop {
            let listed = Command::new("ip").args(["netns", "pids", &self.namespace()]).output();
            let listed = listed.map_err(|e| format!("cannot run ip: {e}"))?;
            let processes = String::from_utf8_lossy(&listed.stdout).into_owned();
            if processes.trim().is_empty() {
                return Ok(());
            }
            kill(processes.split_whitespace())?;
        }
    }
}

/// Starts a server in the background, until it ends; what it says goes to `log`.
pub(crate) fn start(command: &mut Command, log: &Path) -> Result {
    let child = spawn(command, log)?;
    thread::spawn(move || reap(child));
    Ok(())
}

/// Starts a server, which is waited for elsewhere.
pub(crate) fn spawn(command: &mut Command, log: &Path) -> Result<Child> {
    let file = File::options().create(true).append(true).open(log);
    let file = file.map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    let errors = file.try_clone().map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file).stderr(errors);
    command.spawn().map_err(|e| format!("cannot run {command:?}: {e}"))
}

/// Takes the server's settings out of what a command inherits.
pub(crate) fn inherit_no_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("POOLHOUSE_"))
    {
        command.env_remove(name);
    }
}

/// Waits for its end, whenever that is.
fn reap(mut child: Child) {
    let _ = child.wait();
}

/// Kills processes; those that have ended meanwhile are no error.
pub(crate) fn kill<'a>(processes: impl Iterator<Item = &'a str>) -> Result {
    let mut command = Command::new("kill");
    command.arg("-KILL").args(processes).stderr(Stdio::null());
    command.status().map(drop).map_err(|e| format!("cannot run kill: {e}"))
}
