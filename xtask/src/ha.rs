//! High availability, tried out on this machine.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::workspace::{command, root};

/// Builds the server, unless a binary is given, and what tries it out, and has parts of a deployment killed and cut off.
/// What is missing is said, and the rest not run.
pub(crate) fn run(binary: Option<&Path>, further: &[String]) -> Result {
    // As parts of the workspace, so that nothing is compiled again with other features.
    let mut build = vec!["build", "--quiet", "--workspace", "--bin", "poolhouse-ha"];
    if binary.is_none() {
        build.extend(["--bin", "poolhouse"]);
    }
    let built = command("cargo", &build).status().map_err(|e| format!("cannot run cargo: {e}"))?;
    if !built.success() {
        return Err(format!("it does not build: cargo ended with {built}"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = root().join(target).join("debug");
    let own = folder.join("poolhouse");
    let trial = folder.join("poolhouse-ha");
    let mut trial = command(&trial.to_string_lossy(), &[]);
    let status = trial.arg(binary.unwrap_or(&own)).args(further).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("something was lost, or did not go on in time".to_owned()),
        Err(e) => Err(format!("cannot run poolhouse-ha: {e}")),
    }
}
