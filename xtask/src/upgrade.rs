//! A rolling upgrade, tried out on this machine.

use std::fs;
use std::path::PathBuf;

use crate::test::postgres::{FEW, Postgres};
use crate::workspace::{command, output};
use crate::{Result, ha};

/// Builds the server of a revision beside that of the workspace, and replaces one by the other under load, and back; a binary that
/// was built before is taken as it is.
pub(crate) fn run(from: Option<&str>) -> Result {
    let before = built(&revision(from)?)?;
    let after = ha::build(true)?;
    let postgres = Postgres::start().map_err(|obstacle| obstacle.to_string())?;
    let database = postgres.database_url(FEW);
    ha::try_out("upgrade", &[before.as_os_str(), after.as_os_str(), "--database".as_ref(), database.as_ref()])
}

/// The revision that is upgraded: the one that is asked for, or else the last release, or else the commit before.
fn revision(from: Option<&str>) -> Result<String> {
    let named =
        |name: &str| output("git", &["rev-parse", "--verify", "--short", &format!("{name}^{{commit}}")]);
    let found = match from {
        Some(name) => named(name)?,
        None => match output("git", &["describe", "--tags", "--abbrev=0", "HEAD~1"]) {
            Ok(tag) => named(tag.trim())?,
            Err(_) => named("HEAD~1")?,
        },
    };
    Ok(found.trim().to_owned())
}

/// The server of a revision, built in a work tree of its own, with the dependencies that are built already.
fn built(revision: &str) -> Result<PathBuf> {
    let folder = ha::target().join("upgrade");
    let binary = folder.join(format!("poolhouse-{revision}"));
    if binary.is_file() {
        return Ok(binary);
    }
    let tree = folder.join(revision);
    let place = tree.to_string_lossy();
    // One that was broken off may be left.
    let _ = output("git", &["worktree", "remove", "--force", &place]);
    output("git", &["worktree", "add", "--force", "--detach", &place, revision])?;
    let mut cargo = command("cargo", &["build", "--quiet", "--workspace", "--bin", "poolhouse"]);
    let status = cargo.current_dir(&tree).env("CARGO_TARGET_DIR", ha::target()).status();
    let status = status.map_err(|e| format!("cannot run cargo: {e}"))?;
    output("git", &["worktree", "remove", "--force", &place])?;
    if !status.success() {
        return Err(format!("{revision} does not build: cargo ended with {status}"));
    }
    // A copy that is broken off must not be taken for the server.
    let begun = binary.with_extension("unfinished");
    fs::copy(ha::target().join("debug/poolhouse"), &begun)
        .and_then(|_| fs::rename(&begun, &binary))
        .map_err(|e| format!("cannot keep the server of {revision}: {e}"))?;
    Ok(binary)
}
