//! What a release leaves to the tests of later ones: its schema, and a backup of its own.

use crate::Result;
use crate::workspace::command;

/// Writes both, into `crates/store/tests/schemas` and `crates/testkit/tests/backups`, by the tests that hold those that are there.
pub(crate) fn run() -> Result {
    let tests = ["what_was_released_stays_as_it_was", "users_of_every_release_sign_in_after_a_restore"];
    let mut cargo = command("cargo", &["test", "--quiet", "--workspace", "--lib", "--test", "it", "--"]);
    let status = cargo.args(tests).env("POOLHOUSE_WRITE_SCHEMA", "1").status();
    let status = status.map_err(|e| format!("cannot run cargo: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("they are not written: cargo ended with {status}")) }
}
