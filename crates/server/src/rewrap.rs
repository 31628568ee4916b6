//! From one master key to the next: the job of a server that was given the previous one, and `poolhouse master-key`.

use std::path::Path;

use poolhouse_api::audit::Command;
use poolhouse_core::Engine;
use poolhouse_ports::{Entropy, PoolId};
use serde_json::json;

use crate::cli::MasterKeyCommand;
use crate::config::SealedOptions;
use crate::database::say;
use crate::exit::Failure;
use crate::installation::{self, Installation};
use crate::master_key;

/// How many keys are sealed anew in one transaction.
const AT_ONCE: u32 = 100;

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when it could not be done.
pub(crate) async fn run(command: MasterKeyCommand) -> Result<(), Failure> {
    match command {
        MasterKeyCommand::Make { file } => make(&file),
        MasterKeyCommand::Rotate { options } => rotate(*options).await,
    }
}

fn make(file: &Path) -> Result<(), Failure> {
    if file.exists() {
        return Err(Failure::running(format!("master-key: {} is there already", file.display())));
    }
    master_key::create(file, &Entropy::system())?;
    say(&format!("Made {}. Keep a copy apart from the database's backups.", file.display()));
    Ok(())
}

async fn rotate(options: SealedOptions) -> Result<(), Failure> {
    let Installation { engine, audit } = installation::open(options).await?;
    if !engine.sealing().has_previous() {
        return Err(Failure::setup(
            "master-key: give the key of before with --previous-master-key-file, and the new one with --master-key-file",
        ));
    }
    let done = all(&engine).await;
    let (parameters, error) = (json!({ "rewrapped": done.as_ref().ok() }), done.as_ref().err());
    audit
        .told(&engine, Command { name: "RotateMasterKey", parameters, error: error.map(String::as_str) })
        .await;
    let count = done
        .map_err(|why| Failure::running(format!("master-key: {why}; what was done is done, run it again")))?;
    say(&format!(
        "{count} keys were sealed anew; all are under the new master key. Servers need the one of before no more."
    ));
    Ok(())
}

/// Seals everything anew, for a server that has the previous key as well.
pub(crate) async fn job(engine: &Engine) {
    if !engine.sealing().has_previous() {
        return;
    }
    match all(engine).await {
        Ok(count) => tracing::info!(
            count,
            "everything is sealed under the new master key; the one of before can go once no server uses it"
        ),
        Err(cause) => tracing::warn!(
            cause,
            "not everything is sealed under the new master key; see `poolhouse master-key rotate`"
        ),
    }
}

/// Seals the keys of everything anew; returns how many were under the previous master key.
async fn all(engine: &Engine) -> Result<u64, String> {
    let (sealing, store) = (engine.sealing(), engine.store());
    let installation = sealing.rewrap_installation(store).await.map_err(|error| error.to_string())?;
    let mut count = u64::from(installation);
    let mut after = PoolId::START.clone();
    loop {
        let done = sealing.rewrap_pools(store, &after, AT_ONCE).await.map_err(|fault| {
            let cause = fault.cause().map(ToString::to_string);
            format!("pools behind {after:?}: {}", cause.unwrap_or_default())
        })?;
        count += done.rewrapped;
        match done.last {
            Some(last) => after = last,
            None => return Ok(count),
        }
    }
}
