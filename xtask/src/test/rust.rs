//! The tests in Rust: of every crate, in documentation, on both databases.

use std::fs;
use std::path::Path;

use super::count::Tally;
use super::foreign::JAVASCRIPT;
use super::postgres::Postgres;
use super::process::{run_counted, tied};
use super::scratch::Scratch;
use super::server::Server;
use super::{Obstacle, Outcome, Setting, count};
use crate::workspace::{FEATURES, root};
use crate::{Result, fuzz};

/// Runs them. Without PostgreSQL they run on SQLite alone, except in CI.
pub(super) fn run(part: &'static str, setting: &Setting) -> Outcome {
    let folder = Scratch::new()?;
    let skipped = folder.path().join("skipped");
    let mut cargo = tied("cargo");
    cargo.args(["test", "--quiet", "--workspace", "--no-fail-fast"]).args(FEATURES);
    cargo.env("POOLHOUSE_TEST_SKIPPED", &skipped);
    match setting.postgres() {
        Ok(postgres) => {
            cargo.env("POOLHOUSE_TEST_POSTGRES", postgres.superuser_url());
        }
        Err(Obstacle::Missing(what)) if !setting.ci => {
            println!("on SQLite alone: {what}");
            cargo.env_remove("POOLHOUSE_TEST_POSTGRES");
        }
        Err(obstacle) => return Err(obstacle),
    }
    let tally = run_counted(part, &mut cargo, count::cargo)?;
    Ok(without(tally, lines(&skipped)?))
}

/// Tests that end early because something is missing say so, a line each; to their harness they have passed.
fn lines(file: &Path) -> Result<u64> {
    if !file.exists() {
        return Ok(0);
    }
    let text = fs::read_to_string(file).map_err(|e| format!("cannot read which tests were skipped: {e}"))?;
    u64::try_from(text.lines().count()).map_err(|e| e.to_string())
}

fn without(tally: Tally, skipped: u64) -> Tally {
    Tally { passed: tally.passed.saturating_sub(skipped), skipped, ..tally }
}

/// The contract of the store once more, on the newest PostgreSQL.
pub(super) fn newest_postgres(part: &'static str, setting: &Setting) -> Outcome {
    setting.node()?;
    let postgres = Postgres::start_newest(&root().join(JAVASCRIPT).join("node_modules"))?;
    let mut cargo = tied("cargo");
    // As a part of the workspace, so that nothing is compiled again with other features.
    cargo.args(["test", "--quiet", "--workspace", "--test", "contract"]).args(FEATURES).arg("postgres");
    cargo.env("POOLHOUSE_TEST_POSTGRES", postgres.superuser_url());
    Ok(run_counted(part, &mut cargo, count::cargo)?)
}

/// The client library's suite once more, against the built binary.
pub(super) fn client(part: &'static str, setting: &Setting) -> Outcome {
    let server = Server::start(setting.binary()?, &[])?;
    let mut cargo = tied("cargo");
    // As a part of the workspace, so that nothing is compiled again with other features.
    cargo.args(["test", "--quiet", "--workspace", "--test", "client"]).args(FEATURES);
    cargo.env("POOLHOUSE_CLIENT_ENDPOINT", server.endpoint()).env_remove("POOLHOUSE_CLIENT_AWS");
    Ok(run_counted(part, &mut cargo, count::cargo)?)
}

/// Bytes that nobody thought of, at every reader of strangers' bytes.
pub(super) fn fuzz(part: &'static str, setting: &Setting) -> Outcome {
    let mut cargo = tied("cargo");
    Ok(run_counted(part, fuzz::smoke(&mut cargo, setting.fuzz), count::cargo)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_skipped_has_not_passed() {
        let folder = Scratch::new().unwrap();
        let file = folder.path().join("skipped");
        assert_eq!(lines(&file), Ok(0));
        fs::write(&file, "skipped\nskipped\n").unwrap();
        let ran = Tally { passed: 12, failed: 1, skipped: 0 };
        assert_eq!(without(ran, lines(&file).unwrap()), Tally { passed: 10, failed: 1, skipped: 2 });
    }
}
