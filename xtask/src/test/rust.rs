//! The tests in Rust: of every crate, in documentation, on both databases.

use super::process::{run_counted, tied};
use super::server::Server;
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

/// The client library's suite once more, against the built binary.
pub(super) fn client(setting: &Setting) -> Outcome {
    let server = Server::start(setting.binary()?, &[])?;
    let mut cargo = tied("cargo");
    // As a part of the workspace, so that nothing is compiled again with other features.
    cargo.args(["test", "--quiet", "--workspace", "--test", "client"]);
    cargo.env("POOLHOUSE_CLIENT_ENDPOINT", server.endpoint()).env_remove("POOLHOUSE_CLIENT_AWS");
    Ok(run_counted(&mut cargo, count::cargo)?)
}
