//! Growth to a million users: `cargo xtask scale`.

use crate::test::postgres::{FEW, MANY, Postgres};
use crate::{Result, bench};

/// Builds the server and the bench as they are released, and measures with so many users on both databases; fails when a bound is
/// exceeded.
pub(crate) fn run(users: u32) -> Result {
    let users = users.to_string();
    match Postgres::start() {
        Ok(postgres) => {
            let databases = [FEW, MANY].map(|name| postgres.database_url(name));
            bench::run(&["scale", &users, &databases[0], &databases[1]])
        }
        Err(obstacle) => {
            println!("on SQLite alone: {obstacle}");
            bench::run(&["scale", &users])
        }
    }
}
