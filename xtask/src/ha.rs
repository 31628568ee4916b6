//! Deployments of several nodes, tried out on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::workspace::{command, root};

/// Builds the server, unless a binary is given, and what tries it out, and has parts of a deployment killed and cut off.
/// What is missing is said, and the rest not run.
pub(crate) fn run(binary: Option<&Path>, further: &[String]) -> Result {
    let own = build(binary.is_none())?;
    let further = further.iter().map(OsStr::new);
    let arguments: Vec<_> = [binary.unwrap_or(&own).as_os_str()].into_iter().chain(further).collect();
    try_out("failover", &arguments)
}

/// Builds what tries out deployments, and with it the server; returns where that is.
pub(crate) fn build(with_server: bool) -> Result<PathBuf> {
    // As parts of the workspace, so that nothing is compiled again with other features.
    let mut build = vec!["build", "--quiet", "--workspace", "--bin", "poolhouse-ha"];
    if with_server {
        build.extend(["--bin", "poolhouse"]);
    }
    let built = command("cargo", &build).status().map_err(|e| format!("cannot run cargo: {e}"))?;
    if built.success() {
        Ok(built_folder().join("poolhouse"))
    } else {
        Err(format!("it does not build: cargo ended with {built}"))
    }
}

/// Cargo's folder of what it has built.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

fn built_folder() -> PathBuf {
    target().join("debug")
}

/// Runs one of the trials.
pub(crate) fn try_out(trial: &str, arguments: &[&OsStr]) -> Result {
    let mut command = command(&built_folder().join("poolhouse-ha").to_string_lossy(), &[trial]);
    match command.args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("something was refused or lost, or did not go on in time".to_owned()),
        Err(e) => Err(format!("cannot run poolhouse-ha: {e}")),
    }
}
