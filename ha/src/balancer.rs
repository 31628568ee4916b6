//! HAProxy: before the nodes for clients, and between them and the databases.

use std::fs;
use std::net::SocketAddr;

use crate::Result;
use crate::cluster::{PATRONI_PORT, POSTGRES_PORT};
use crate::folder::Folder;
use crate::machine::{BALANCER, DATABASES, Machine, NODES, start};
use crate::needs::Programs;
use crate::nodes::PORT;

/// Where clients find the nodes.
pub(crate) fn entrance() -> SocketAddr {
    BALANCER.at(PORT)
}

/// Where nodes find the primary.
pub(crate) fn databases() -> SocketAddr {
    BALANCER.at(POSTGRES_PORT)
}

/// Starts it, before what it leads to: it takes servers to be there until it has looked.
pub(crate) fn run(programs: &Programs, folder: &Folder) -> Result {
    let folder = folder.of("haproxy")?;
    let servers = |machines: [&Machine; 2], port, check: &str| -> String {
        let line =
            |machine: &Machine| format!("    server {} {} check{check}\n", machine.name, machine.at(port));
        machines.map(line).concat()
    };
    let text = format!(
        "\
defaults
    timeout connect 1s
    timeout client 30m
    timeout server 30m
    timeout check 3s
    # Connections to a server that is none any more end at once, instead of being waited for.
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions

listen primary
    mode tcp
    bind {database}
    option httpchk OPTIONS /primary
{databases}
listen poolhouse
    mode http
    bind {entrance}
    option httpchk GET /_poolhouse/ready
    option redispatch 1
{nodes}",
        database = databases(),
        databases = servers(DATABASES, POSTGRES_PORT, &format!(" port {PATRONI_PORT}")),
        entrance = entrance(),
        nodes = servers(NODES, PORT, ""),
    );
    let file = folder.join("haproxy.cfg");
    fs::write(&file, text).map_err(|e| format!("cannot write {}: {e}", file.display()))?;
    let mut command = BALANCER.command(&programs.haproxy);
    start(command.arg("-db").arg("-f").arg(&file), &folder.join("log"))
}
