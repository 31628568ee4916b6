//! One node, whose release changes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::Result;
use crate::machine::{inherit_no_settings, spawn};
use crate::nodes::serve;
use crate::probe::{says_yes, wait_until};

/// A process on an address of its own.
pub(super) struct Node {
    number: u32,
    address: SocketAddr,
    entrance: SocketAddr,
    database: String,
    log: PathBuf,
    process: Child,
}

impl Node {
    /// Starts it, and waits until it is ready.
    pub(super) fn start(
        number: u32,
        binary: &Path,
        entrance: SocketAddr,
        database: &str,
        folder: &Path,
    ) -> Result<Self> {
        let address = super::free_port()?;
        let log = folder.join(format!("node-{number}"));
        let process = process(binary, address, entrance, database, &log)?;
        let node = Self { number, address, entrance, database: database.to_owned(), log, process };
        node.wait_until_ready().map(|()| node)
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has it end, and another release start in its place.
    pub(super) fn replace(&mut self, binary: &Path) -> Result {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        told.map_err(|e| format!("cannot run kill: {e}"))?;
        let status = self.process.wait().map_err(|e| format!("node {}: {e}", self.number))?;
        if !status.success() {
            return Err(format!("node {} ended with {status}", self.number));
        }
        self.process = process(binary, self.address, self.entrance, &self.database, &self.log)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&self) -> Result {
        let what = format!("node {} is ready", self.number);
        wait_until(&what, || says_yes(self.address, "/_poolhouse/ready").then_some(()))
    }
}

fn process(
    binary: &Path,
    address: SocketAddr,
    entrance: SocketAddr,
    database: &str,
    log: &Path,
) -> Result<Child> {
    let mut command = Command::new(binary);
    inherit_no_settings(&mut command);
    serve(&mut command, address, entrance, database);
    spawn(&mut command, log)
}

impl Drop for Node {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
