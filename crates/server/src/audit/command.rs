//! `poolhouse audit`: verifying the log, and letting go of what has ended.

use std::path::Path;

use poolhouse_ports::{Clock, Timestamp};
use poolhouse_store::tables::audit_chains::{self, AuditChain};
use poolhouse_store::{Access, Options, StoreError};
use serde_json::json;

use super::Act;
use super::chain::Head;
use super::verify::{Heads, Report, verify};
use crate::cli::AuditCommand;
use crate::config::SealedOptions;
use crate::database::{self, say};
use crate::exit::Failure;
use crate::installation::Given;

/// A day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// How many chains are read from the database at once.
const PAGE: u32 = 1000;

/// Runs the command.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when something is not as it was written.
pub(crate) async fn run(command: AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify { options, without_database, folder } => {
            let given = Given::read(options)?;
            let heads = if without_database { Heads::new() } else { heads_of(&chains(&given).await?) };
            tell(&folder, &check(&folder, &given, &heads).await?)
        }
        AuditCommand::Archive { options, before, folder } => archive(options, &before, &folder).await,
    }
}

/// Forgets chains that have ended, once it is sure that the folder has them whole.
async fn archive(options: SealedOptions, before: &str, folder: &Path) -> Result<(), Failure> {
    let day = Timestamp::from_iso8601(&format!("{before}T00:00:00Z"))
        .ok_or_else(|| Failure::setup(format!("audit: {before} is no day such as 2030-01-31")))?;
    // A server that runs notes every hour that it does.
    if day.plus_seconds(DAY_SECONDS) > Clock::system().now() {
        return Err(Failure::setup(
            "audit: --before must be yesterday or earlier: what is written now is not over",
        ));
    }
    let given = Given::read(options)?;
    let act = Act {
        name: "ArchiveAuditLog",
        parameters: json!({ "before": before, "folder": folder.display().to_string() }),
    };
    given.told(act, forget(&given, day, folder)).await
}

async fn forget(given: &Given, day: Timestamp, folder: &Path) -> Result<(), Failure> {
    let chains = chains(given).await?;
    tell(folder, &check(folder, given, &heads_of(&chains)).await?)?;
    let failed = |error: StoreError| Failure::running(format!("database: {error}"));
    let store = database::open(Options { migrate: false, ..given.database() }).await?;
    for chain in chains.iter().filter(|chain| chain.noted_at < day) {
        let mut tx = store.write().await.map_err(failed)?;
        audit_chains::delete(&mut tx, &chain.chain_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        say(&format!("{}: its files may be moved elsewhere.", chain.chain_id));
    }
    Ok(())
}

async fn check(folder: &Path, given: &Given, heads: &Heads) -> Result<Report, Failure> {
    verify(folder, given.master().await?, heads)
        .map_err(|error| Failure::setup(format!("audit: cannot read {}: {error}", folder.display())))
}

fn heads_of(chains: &[AuditChain]) -> Heads {
    let head = |chain: &AuditChain| Head { sequence: chain.sequence, mac: chain.mac.clone() };
    chains.iter().map(|chain| (chain.chain_id.clone(), head(chain))).collect()
}

/// Where chains stood when a server last noted it.
async fn chains(given: &Given) -> Result<Vec<AuditChain>, Failure> {
    let failed = |why: String| {
        Failure::running(format!(
            "audit: the database does not say where chains end: {why}; name another one with --database, or leave that out with --without-database"
        ))
    };
    let store = given.open(Access::ReadBeside).await.map_err(|failure| failed(failure.to_string()))?;
    let failed = |error: StoreError| failed(error.to_string());
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let mut tx = store.read().await.map_err(failed)?;
        let page = audit_chains::list(&mut tx, &after, PAGE).await.map_err(failed)?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.chain_id);
        found.extend(page);
    }
}

fn tell(folder: &Path, report: &Report) -> Result<(), Failure> {
    for problem in &report.problems {
        say(&problem.to_string());
    }
    for file in &report.unfinished {
        say(&format!(
            "{}: ends within a record, as when the power fails; its call had no answer",
            file.display()
        ));
    }
    if report.lost > 0 {
        say(&format!(
            "{} records could not be kept when they were to be written, as records say.",
            report.lost
        ));
    }
    if !report.problems.is_empty() {
        return Err(Failure::running(format!(
            "audit: {} problems were found in {}",
            report.problems.len(),
            folder.display()
        )));
    }
    say(&format!("{} records in {} chains, all as they were written.", report.records, report.chains));
    Ok(())
}
