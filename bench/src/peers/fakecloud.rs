//! fakecloud: a server of many services of AWS, in Rust. Its user pools alone are built, by the program in `bench/peers/fakecloud`.

use std::path::Path;
use std::process::Command;

use super::peer::{Peer, run};

pub(super) const PEER: Peer = Peer {
    name: "fakecloud",
    version: "0.51.0",
    registry: "crates.io",
    storage: "memory",
    install: |peer, folder| {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(peer.name);
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "--quiet", "--locked", "--path"]).arg(program).arg("--root").arg(folder);
        // Not below the program's own folder, which is the repository's.
        cargo.arg("--target-dir").arg(folder.join("build"));
        run(&mut cargo)
    },
    command: |folder, _, port| {
        let mut server = Command::new(folder.join("bin/fakecloud-user-pools"));
        server.arg(format!("127.0.0.1:{port}"));
        server
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_that_is_told_is_built() {
        let manifest = include_str!("../../peers/fakecloud/Cargo.toml");
        for crate_name in ["fakecloud-cognito", "fakecloud-core"] {
            let pinned = format!("{crate_name} = \"={}\"", PEER.version);
            assert!(manifest.lines().any(|line| line == pinned), "{pinned}");
        }
    }
}
