//! `poolhouse dev fill`: many made-up users, to see how an installation does with them.

use std::time::Instant;

use poolhouse_core::fill::{self, Filling};
use poolhouse_core::pools::{self, NewPool};
use poolhouse_core::pools::{Basis, Settings};
use poolhouse_core::{Cx, Engine};
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use serde_json::json;

use crate::audit::Act;
use crate::cli::DevCommand;
use crate::database::say;
use crate::exit::Failure;
use crate::installation;

/// After how many users it is said how far it is.
const TOLD: u32 = 100_000;

/// Fills a pool, which is made if none is named, and prints its id in the first line.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when the pool does not take the users.
pub(crate) async fn run(command: DevCommand) -> Result<(), Failure> {
    let DevCommand::Fill { options, pool, users, groups, groups_of_user, everybody, password } = command;
    let parameters = json!({ "userPoolId": pool, "users": users, "groups": groups });
    let filling = Filling { users, groups, groups_of_user, everybody, password };
    let act = Act { name: "FillUserPool", parameters };
    installation::change(*options, act, async |engine, _| {
        fill_pool(engine, pool, &filling).await.map_err(|fault| Failure::of_fault("fill", &fault))
    })
    .await
}

async fn fill_pool(engine: &Engine, pool: Option<String>, filling: &Filling) -> Result<(), Fault> {
    let pool: PoolId = match pool {
        Some(pool) => pool.into(),
        None => make(engine).await?,
    };
    say(pool.as_str());
    let begun = Instant::now();
    fill::fill(engine, &pool, filling, |done| {
        if done % TOLD == 0 {
            say(&format!("{done} users after {} s", begun.elapsed().as_secs()));
        }
    })
    .await?;
    say(&format!("Done in {} s.", begun.elapsed().as_secs()));
    Ok(())
}

async fn make(engine: &Engine) -> Result<PoolId, Fault> {
    let new = NewPool { name: "filled".to_owned(), basis: Basis::default(), settings: Settings::default() };
    let made = pools::create(&Cx::job(engine), new).await?;
    made.id.ok_or_else(|| Fault::internal("a pool was made without an id"))
}
