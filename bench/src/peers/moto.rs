//! moto: a server of many services of AWS, in Python.

use std::process::Command;

use super::peer::{Peer, run};

pub(super) const PEER: Peer = Peer {
    name: "moto",
    version: "5.2.5",
    registry: "PyPI",
    storage: "memory",
    install: |peer, folder| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        run(pip.arg(format!("{}[server,cognitoidp]=={}", peer.name, peer.version)))
    },
    command: |folder, _, port| {
        let mut server = Command::new(folder.join("bin/moto_server"));
        server.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        server
    },
};
