//! The tests in Rust: of every crate, in documentation, on both databases.

use super::process::{run_counted, tied};
use super::{Obstacle, Outcome, Setting, count};

/// Runs them. Without PostgreSQL they run on SQLite alone, except in CI.
pub(super) fn run(setting: &Setting) -> Outcome {
    let mut cargo = tied("cargo");
    cargo.args(["test", "--quiet", "--workspace", "--no-fail-fast"]);
    match setting.postgres() {
        Ok(postgres) => {
            cargo.env("POOLHOUSE_TEST_POSTGRES", postgres.superuser_url());
        }
        Err(Obstacle::Missing(what)) if !setting.ci => println!("on SQLite alone: {what}"),
        Err(obstacle) => return Err(obstacle),
    }
    Ok(run_counted(&mut cargo, count::cargo)?)
}
