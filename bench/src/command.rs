//! The built server, to be started with nothing of an installation that the shell knows of: it would be measured on its database.

use std::env;
use std::path::Path;
use std::process::Command;

pub(crate) fn poolhouse(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("POOLHOUSE_") {
            command.env_remove(name);
        }
    }
    command
}
