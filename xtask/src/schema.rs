//! The schema of a release, which every later one is held to.

use crate::Result;
use crate::workspace::command;

/// Writes the schema that the migrations make into `crates/store/tests/schemas`, by the test that holds those that are there.
pub(crate) fn run() -> Result {
    let test = ["test", "--quiet", "--workspace", "--lib", "--", "what_was_released_stays_as_it_was"];
    let status = command("cargo", &test).env("POOLHOUSE_WRITE_SCHEMA", "1").status();
    let status = status.map_err(|e| format!("cannot run cargo: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the schema is not written: cargo ended with {status}"))
    }
}
