//! Growth to a million users: `cargo xtask scale`.

use crate::test::Obstacle;
use crate::test::postgres::{FEW, MANY, Postgres};
use crate::{Result, bench};

/// Builds the server and the bench as they are released, and measures with so many users on both databases; fails when a bound is
/// exceeded. Where PostgreSQL is not installed, on SQLite alone; one that does not start is a failure.
pub(crate) fn run(users: u32) -> Result {
    let users = users.to_string();
    match Postgres::start() {
        Ok(postgres) => {
            let databases = [FEW, MANY].map(|name| postgres.database_url(name));
            bench::run(&["scale", &users, &databases[0], &databases[1]])
        }
        Err(Obstacle::Missing(what)) => {
            println!("on SQLite alone: {what}");
            bench::run(&["scale", &users])
        }
        Err(Obstacle::Broken(what)) => Err(what),
    }
}
