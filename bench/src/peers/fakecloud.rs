//! fakecloud: a server of many services of AWS, in Rust.

use std::process::Command;

use super::peer::{Peer, run};

pub(super) const PEER: Peer = Peer {
    name: "fakecloud",
    version: "0.51.0",
    registry: "crates.io",
    storage: "memory",
    install: |peer, folder| {
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "--quiet", "--locked", "--root"]).arg(folder);
        cargo.arg(format!("{}@{}", peer.name, peer.version));
        run(&mut cargo)
    },
    command: |folder, _, port| {
        let mut server = Command::new(folder.join("bin/fakecloud"));
        server.args(["--addr", &format!("127.0.0.1:{port}")]);
        server
    },
};
