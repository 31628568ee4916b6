//! Two Poolhouse nodes.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use poolhouse_testkit::TestServer;

use crate::Result;
use crate::balancer::{databases, entrance};
use crate::cluster::{NAME, POSTGRES_PORT};
use crate::folder::Folder;
use crate::machine::{DATABASES, Machine, NODES, start};
use crate::probe::{says_yes, wait_until};

pub(crate) const PORT: u16 = 7665;

/// A master key that all nodes have: 32 bytes of "a".
const MASTER_KEY: &str = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";

/// How nodes come to the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// HAProxy leads to the server whose Patroni says that it is the primary.
    Haproxy,
    /// The URL names both servers, and a node takes the one that takes writes.
    Hosts,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::Haproxy, Self::Hosts];

    fn url(self) -> String {
        let hosts = match self {
            Self::Haproxy => databases().to_string(),
            Self::Hosts => DATABASES.map(|machine| machine.at(POSTGRES_PORT).to_string()).join(","),
        };
        format!("postgres://{NAME}@{hosts}/{NAME}?sslmode=disable")
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Haproxy => "by HAProxy",
            Self::Hosts => "by a URL with both hosts",
        })
    }
}

/// Has a command serve at an address, for clients that come by the entrance.
pub(crate) fn serve(command: &mut Command, listen: SocketAddr, entrance: SocketAddr, database: &str) {
    command.args(["serve", "--listen", &listen.to_string(), "--log-format", "json"]);
    command.args(["--public-url", &format!("http://{entrance}"), "--database", database]);
    // All clients have one address here.
    for limit in ["address", "signed-address", "client", "user"] {
        command.args([&format!("--limit-per-{limit}"), "0"]);
    }
    command.env("POOLHOUSE_MASTER_KEY", MASTER_KEY);
    command.env("POOLHOUSE_ROOT_ACCESS_KEY_ID", TestServer::ROOT.access_key_id);
    command.env("POOLHOUSE_ROOT_SECRET_ACCESS_KEY", TestServer::ROOT.secret_access_key);
}

/// The nodes.
pub(crate) struct Nodes {
    binary: PathBuf,
    folder: PathBuf,
    way: Way,
}

impl Nodes {
    /// Starts both nodes.
    pub(crate) fn start(binary: &Path, folder: &Folder, way: Way) -> Result<Self> {
        let own = folder.of("nodes")?;
        // Where it was built, others may not be let in.
        let copy = own.join("poolhouse");
        fs::copy(binary, &copy).map_err(|e| format!("cannot copy {}: {e}", binary.display()))?;
        for machine in NODES {
            folder.of(machine.name)?;
        }
        let nodes = Self { binary: copy, folder: folder.path().to_owned(), way };
        for machine in NODES {
            nodes.boot(machine)?;
        }
        nodes.wait_until_whole()?;
        Ok(nodes)
    }

    /// Starts a node.
    pub(crate) fn boot(&self, machine: &Machine) -> Result {
        let folder = self.folder.join(machine.name);
        let mut command = machine.command(&self.binary);
        serve(&mut command, machine.at(PORT), entrance(), &self.way.url());
        command.arg("--data-dir").arg(&folder);
        start(&mut command, &folder.join("log"))
    }

    /// Waits until both are ready, and can be reached.
    pub(crate) fn wait_until_whole(&self) -> Result {
        wait_until("both nodes are ready", || {
            let all = NODES.map(|machine| machine.at(PORT)).into_iter().chain([entrance()]);
            all.into_iter().all(|address| says_yes(address, "/_poolhouse/ready")).then_some(())
        })
    }
}
