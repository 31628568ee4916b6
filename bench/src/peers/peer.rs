//! Other servers of the same interface: how they are brought here, and started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{cognito_local, fakecloud, moto};

/// Another server, as its registry has it.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) registry: &'static str,
    /// Where it keeps what it is told.
    pub(super) storage: &'static str,
    /// Installs this version into a folder.
    pub(super) install: fn(&Self, &Path) -> Result<(), String>,
    /// Serves from that folder, with data in another one, on a port of this machine.
    pub(super) command: fn(&Path, &Path, u16) -> Command,
}

/// All that are compared.
pub(super) const PEERS: &[Peer] = &[fakecloud::PEER, moto::PEER, cognito_local::PEER];

impl Peer {
    /// Where it is installed; installs it when it is not.
    pub(super) fn installed(&self) -> Result<PathBuf, String> {
        let folder = root().join(format!("target/peers/{}-{}", self.name, self.version));
        let stamp = folder.join("installed");
        if !stamp.exists() {
            eprintln!("installing {} {} from {}", self.name, self.version, self.registry);
            fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
            (self.install)(self, &folder)?;
            fs::write(&stamp, "").map_err(|e| format!("cannot write {}: {e}", stamp.display()))?;
        }
        Ok(folder)
    }
}

/// The folder of the repository.
fn root() -> PathBuf {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    bench.parent().unwrap().to_owned()
}

/// Runs a step of an installation; what it says is for people.
pub(super) fn run(command: &mut Command) -> Result<(), String> {
    match command.stdin(Stdio::null()).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(e) => Err(format!("cannot run {command:?}: {e}")),
    }
}
