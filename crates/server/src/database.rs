//! The database: opening it with plain words about what is wrong, and the commands of `poolhouse db`.

use std::path::Path;

use poolhouse_store::backup::backup;
use poolhouse_store::copy::copy;
use poolhouse_store::{Access, OpenError, Options, Store, migrate};
use serde_json::json;

use crate::audit::Act;
use crate::cli::DbCommand;
use crate::config::{SealedOptions, for_commands};
use crate::exit::Failure;
use crate::installation::Given;
use crate::master_key;

/// Opens the database.
///
/// # Errors
/// Exit code 2 with the cause and its cure.
pub(crate) async fn open(options: Options) -> Result<Store, Failure> {
    Store::open(options).await.map_err(|error| Failure::setup(format!("database: {error}")))
}

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when a database cannot be opened, 1 when the work failed.
pub(crate) async fn run(command: DbCommand) -> Result<(), Failure> {
    match command {
        DbCommand::Migrate { options, plan: true } => plan(*options).await,
        DbCommand::Migrate { options, plan: false } => migrate_schema(*options).await,
        DbCommand::Verify(options) => verify(*options).await,
        DbCommand::Backup { options, to } => back_up(*options, &to).await,
        DbCommand::Copy { options, from, to } => copy_database(*options, from, to).await,
    }
}

async fn migrate_schema(options: SealedOptions) -> Result<(), Failure> {
    let given = Given::read(options)?;
    let act = Act { name: "MigrateDatabase", parameters: json!({}) };
    let migrated = given.told(act, async {
        match Store::open(Options { migrate: false, ..given.database() }).await {
            Ok(_) => Ok(Vec::new()),
            Err(OpenError::Pending(names)) => open(given.database()).await.map(|_| names),
            Err(error) => Err(Failure::setup(format!("database: {error}"))),
        }
    });
    for name in migrated.await? {
        say(&format!("Applied migration {name}."));
    }
    say("The schema is up to date.");
    Ok(())
}

async fn plan(options: SealedOptions) -> Result<(), Failure> {
    let (options, ..) = options.complete()?;
    let plan = migrate::plan(for_commands(options.database())).await;
    let plan = plan.map_err(|error| Failure::setup(format!("database: {error}")))?;
    say(plan.to_string().trim_end());
    Ok(())
}

async fn verify(options: SealedOptions) -> Result<(), Failure> {
    let (options, installation, _) = options.complete()?;
    let access = Access::ReadBeside;
    let store = open(for_commands(Options { access, ..options.database() })).await?;
    let opens = match master_key::in_use_if_any(&installation, &options).await? {
        Some(master) => master.opens(&store).await.map_err(|e| Failure::running(format!("database: {e}")))?,
        None => None,
    };
    if opens == Some(false) {
        return Err(Failure::running(
            "master key: it does not open the secrets of this database; give the one that was in use with it",
        ));
    }
    let problems = poolhouse_store::verify::verify(&store)
        .await
        .map_err(|e| Failure::running(format!("database: {e}")))?;
    if problems.is_empty() {
        say("The database is in order.");
        say(if opens.is_some() {
            "The master key opens its secrets."
        } else {
            "No master key was tried: there are no secrets yet, or no key is in the data folder."
        });
        return Ok(());
    }
    for problem in &problems {
        say(&problem.to_string());
    }
    Err(Failure::running(format!(
        "{} problems were found. Keep a copy of the database as it is before you change anything",
        problems.len()
    )))
}

async fn back_up(options: SealedOptions, to: &Path) -> Result<(), Failure> {
    let given = Given::read(options)?;
    let act = Act { name: "BackUpDatabase", parameters: json!({ "to": to.display().to_string() }) };
    let made = given.told(act, async {
        backup(&given.database().url, to).map_err(|error| Failure::running(format!("backup: {error}")))
    });
    made.await?;
    say(&format!("Made {} and found it sound. Keep the master key apart from it.", to.display()));
    Ok(())
}

async fn copy_database(options: SealedOptions, from: String, to: String) -> Result<(), Failure> {
    let mut given = Given::read(options)?;
    // There it is noted where the audit stands.
    given.store.database = Some(to);
    // URLs may hold passwords.
    let act = Act { name: "CopyDatabase", parameters: json!({}) };
    let copied = given.told(act, async {
        let from = open(for_commands(Options { access: Access::ReadAlone, ..Options::new(from) })).await?;
        let to = open(for_commands(Options::new(given.store.url()))).await?;
        let report = |progress: &poolhouse_store::copy::Progress| {
            say(&format!("{}: {} rows", progress.table, progress.rows));
        };
        copy(&from, &to, report).await.map_err(|e| Failure::running(format!("copy: {e}")))
    });
    copied.await?;
    say("Copied. Point the server at the new database, and keep the master key.");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what a command found is its output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
