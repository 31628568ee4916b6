//! The bench: what the server costs, in ratios.

use crate::Result;
use crate::workspace::command;

const SERVER: &str = "target/release/poolhouse";

/// Builds the server and the bench as they are released, and runs the bench with `arguments`; fails when a bound is exceeded.
pub(crate) fn run(arguments: &[&str]) -> Result {
    // One after the other: the bench's seeded randomness must not get into the server.
    cargo(&["build", "--release", "--package", "poolhouse-server"])?;
    cargo(&[&["run", "--release", "--package", "poolhouse-bench", "--", SERVER], arguments].concat())
}

fn cargo(arguments: &[&str]) -> Result {
    let line = format!("cargo {}", arguments.join(" "));
    // The path of the binary is known only if it is built where it usually is.
    match command("cargo", arguments).env_remove("CARGO_TARGET_DIR").status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("`{line}` failed")),
        Err(e) => Err(format!("cannot run `{line}`: {e}")),
    }
}
