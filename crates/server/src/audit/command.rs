//! `poolhouse audit verify`.

use std::collections::BTreeMap;
use std::path::Path;

use poolhouse_kernel::sealing::MasterKey;
use poolhouse_store::tables::audit_chains;
use poolhouse_store::{Options, StoreError};

use super::chain::Head;
use super::verify::{Known, Report, verify};
use crate::cli::AuditCommand;
use crate::config::SealedOptions;
use crate::database::{self, say};
use crate::exit::Failure;
use crate::master_key;

/// How many chains are read from the database at once.
const PAGE: u32 = 1000;

/// Runs the command.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when something is not as it was written.
pub(crate) async fn run(command: AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify { options, archived, folder } = command;
    let (keys, database) = given(options).await?;
    let mut known = Known { archived, ..Known::default() };
    match heads(database).await {
        Ok(heads) => known.heads = heads,
        Err(why) => say(&format!(
            "Where chains end is not looked at: {why}. With SQLite stop the server first, or name a backup with --database."
        )),
    }
    tell(&folder, &check(&folder, &keys, &known)?)
}

/// The master keys, and where the data is.
async fn given(options: SealedOptions) -> Result<(Vec<MasterKey>, Options), Failure> {
    let (store, installation, _) = options.complete()?;
    let keys = master_key::all(&installation, &store).await?;
    Ok((keys, store.database()))
}

/// Where chains stood when a server last noted it.
async fn heads(options: Options) -> Result<BTreeMap<String, Head>, String> {
    let file = options.url.strip_prefix("sqlite:").map(Path::new);
    if let Some(file) = file.filter(|file| !file.exists()) {
        return Err(format!("there is no database at {}", file.display()));
    }
    let store = database::open(Options { migrate: false, ..options }).await;
    let store = store.map_err(|failure| failure.to_string())?;
    let failed = |error: StoreError| error.to_string();
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let mut tx = store.read().await.map_err(failed)?;
        let page = audit_chains::list(&mut tx, &after, PAGE).await.map_err(failed)?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.chain_id);
        found.extend(
            page.into_iter().map(|row| (row.chain_id, Head { sequence: row.sequence, mac: row.mac })),
        );
    }
}

fn check(folder: &Path, keys: &[MasterKey], known: &Known) -> Result<Report, Failure> {
    verify(folder, keys, known)
        .map_err(|error| Failure::setup(format!("audit: cannot read {}: {error}", folder.display())))
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
