//! Paths, files and commands of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// The features that are off by default; the tests run with all of them.
pub(crate) const FEATURES: [&str; 2] = ["--features", "poolhouse-server/otlp"];

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The text of a file named from the root.
pub(crate) fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(root().join(path)).map_err(|e| format!("cannot read {path}: {e}"))
}

/// The Rust files below a folder named from the root, named from that folder, in their order.
pub(crate) fn rust_files(folder: &str) -> Result<Vec<String>> {
    let folder = root().join(folder);
    let mut files = Vec::new();
    let mut open = vec![String::new()];
    while let Some(inner) = open.pop() {
        let listed = std::fs::read_dir(folder.join(&inner))
            .map_err(|e| format!("cannot read {}: {e}", folder.join(&inner).display()))?;
        for entry in listed.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if inner.is_empty() { name.clone() } else { format!("{inner}/{name}") };
            if entry.path().is_dir() {
                open.push(path);
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a file named from the root.
pub(crate) fn write(path: &str, text: &str) -> Result {
    let place = root().join(path);
    let folder = place.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(place, text)).map_err(|e| format!("cannot write {path}: {e}"))
}

/// A command that will run in the workspace's root.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command for what it prints.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let line = format!("{program} {}", arguments.join(" "));
    let output = command(program, arguments).output().map_err(|e| format!("cannot run `{line}`: {e}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{line}` printed something that is not UTF-8"))
}
