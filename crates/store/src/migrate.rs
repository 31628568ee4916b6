//! Migrations: numbered scripts, forward only.
//!
//! The same text serves both databases, with these words replaced: `{text}`, `{int}`, `{bytes}` by
//! the column types, `{table}` and `{clustered}` by what follows the column list of a table.
//!
//! From the first release on they only add, so that the release before works beside this one
//! (docs/decisions/0066).

mod change;
mod keep;
mod plan;
#[cfg(test)]
mod rule;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use poolhouse_ports::Clock;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::error::{OpenError, StoreError};
use crate::options::{Access, Options};
use crate::statement::statements;
use crate::store::{Kind, Store, Tx};
use crate::value::params;

pub use change::Hold;
pub use plan::{Held, Plan, Step, plan};

/// One script.
struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}_{}", self.version, self.name)
    }
}

/// All of them in order; versions count from 1 without a gap. A released one never changes.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("migrations/0001_init.sql") },
    Migration { version: 2, name: "rotation", sql: include_str!("migrations/0002_rotation.sql") },
    Migration { version: 3, name: "devices", sql: include_str!("migrations/0003_devices.sql") },
    Migration { version: 4, name: "outbox", sql: include_str!("migrations/0004_outbox.sql") },
    Migration { version: 5, name: "passkeys", sql: include_str!("migrations/0005_passkeys.sql") },
    Migration {
        version: 6,
        name: "session_tracking",
        sql: include_str!("migrations/0006_session_tracking.sql"),
    },
    Migration {
        version: 7,
        name: "risk_configuration",
        sql: include_str!("migrations/0007_risk_configuration.sql"),
    },
    Migration { version: 8, name: "generations", sql: include_str!("migrations/0008_generations.sql") },
    Migration { version: 9, name: "auth_events", sql: include_str!("migrations/0009_auth_events.sql") },
    Migration { version: 10, name: "domains", sql: include_str!("migrations/0010_domains.sql") },
    Migration {
        version: 11,
        name: "browser_sessions",
        sql: include_str!("migrations/0011_browser_sessions.sql"),
    },
    Migration { version: 12, name: "accounts", sql: include_str!("migrations/0012_accounts.sql") },
    Migration { version: 13, name: "operations", sql: include_str!("migrations/0013_operations.sql") },
    Migration {
        version: 14,
        name: "identity_pools",
        sql: include_str!("migrations/0014_identity_pools.sql"),
    },
    Migration {
        version: 15,
        name: "metadata_clients",
        sql: include_str!("migrations/0015_metadata_clients.sql"),
    },
    Migration { version: 16, name: "federation", sql: include_str!("migrations/0016_federation.sql") },
    Migration {
        version: 17,
        name: "published_secrets",
        sql: include_str!("migrations/0017_published_secrets.sql"),
    },
    Migration { version: 18, name: "audit_chains", sql: include_str!("migrations/0018_audit_chains.sql") },
    Migration {
        version: 19,
        name: "federated_providers",
        sql: include_str!("migrations/0019_federated_providers.sql"),
    },
    Migration { version: 20, name: "deleted_pools", sql: include_str!("migrations/0020_deleted_pools.sql") },
    Migration {
        version: 21,
        name: "provider_sessions",
        sql: include_str!("migrations/0021_provider_sessions.sql"),
    },
    Migration { version: 22, name: "recovery", sql: include_str!("migrations/0022_recovery.sql") },
    Migration {
        version: 23,
        name: "deleted_identity_pools",
        sql: include_str!("migrations/0023_deleted_identity_pools.sql"),
    },
    Migration { version: 24, name: "signing_keys", sql: include_str!("migrations/0024_signing_keys.sql") },
];

/// The last one of the first release whose schema is kept in `tests/schemas`: what comes after it only adds.
#[cfg(test)]
pub(crate) const FIRST_RELEASED: i64 = 24;

/// What the name of a migration begins with that servers of the release before cannot work with.
const BREAKING: &str = "break_";

/// How many migrations beyond its own a program works with, if none of them is breaking: more than a release brings.
const AHEAD: i64 = 16;

/// How often it is tried to get hold of the tables, and how long others have them in between.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_secs(1);

/// The list of applied migrations, made before the first.
const LIST_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version {int} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    checksum {text} NOT NULL
) {table}";

statements! {
    APPLIED = ["SELECT version, name, checksum FROM schema_migrations ORDER BY version"];
    INSERT = ["INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)"];
}

/// Brings the schema up to date where the database lacks migrations, and tells how many they were.
///
/// On PostgreSQL a table that others hold for long is not waited for, since everybody else would wait behind: the migrations
/// are undone, and tried again later.
///
/// # Errors
/// [`OpenError::TooNew`] and [`OpenError::Changed`] when the database is not one of this program's, [`OpenError::Held`] when
/// others hold its tables; whatever fails, the database is as before.
pub async fn run(store: &Store) -> Result<usize, OpenError> {
    for _ in 1..ATTEMPTS {
        match once(store).await {
            Err(OpenError::Store(StoreError::Busy)) => {
                tracing::info!("others hold a table that is to be migrated; trying again");
                sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    once(store).await.map_err(|error| match error {
        OpenError::Store(StoreError::Busy) => OpenError::Held,
        error => error,
    })
}

async fn once(store: &Store) -> Result<usize, OpenError> {
    let mut tx = store.migration().await?;
    // Another server may have been quicker, also a newer one.
    let found = found(&mut tx, store.kind()).await?;
    found.is_borne()?;
    let applied = apply(&mut tx, store.kind(), found.lacking).await?;
    if applied > 0 {
        tx.commit().await?;
    }
    Ok(applied)
}

/// Applies those of the lacking migrations that are not beyond `version`, and tells how many they were.
pub(crate) async fn up_to(tx: &mut Tx, kind: Kind, version: i64) -> Result<usize, OpenError> {
    let pending = pending(tx, kind).await?;
    let due = pending.iter().take_while(|migration| migration.version <= version).count();
    apply(tx, kind, pending.get(..due).unwrap_or_default()).await
}

async fn apply(tx: &mut Tx, kind: Kind, migrations: &[Migration]) -> Result<usize, OpenError> {
    for migration in migrations {
        tracing::info!(version = migration.version, name = migration.name, "migrating the database");
        tx.script(&substitute(migration.sql, kind)).await?;
        tx.execute(INSERT, params![migration.version, migration.name, checksum(migration.sql).as_str()])
            .await?;
    }
    Ok(migrations.len())
}

/// How many migrations the database has.
pub(crate) async fn applied(tx: &mut Tx, kind: Kind) -> Result<i64, OpenError> {
    let pending = pending(tx, kind).await?;
    Ok(pending.first().map_or(newest(), |first| first.version - 1))
}

/// The version of the schema that this program has.
pub fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// Tells the schema of a version from others of the same number.
pub fn checksum_of(version: i64) -> String {
    checksum(&MIGRATIONS.iter().take_while(|m| m.version <= version).map(|m| m.sql).collect::<String>())
}

/// Tells the schema that all migrations together make from every other one.
pub fn fingerprint() -> String {
    checksum_of(newest())
}

/// What opening a store does about migrations.
pub(crate) async fn on_open(store: &Store, options: &Options) -> Result<(), OpenError> {
    match options.access {
        Access::Fill => Ok(()),
        Access::Use => to_be_used(store, options).await,
        Access::ReadAlone | Access::ReadBeside => {
            complete(lacking_of_what_is_read(&mut store.read().await?).await?)
        }
    }
}

/// Whoever uses a database goes on with one that is a little newer: so servers of two releases can be in use at a time.
async fn to_be_used(store: &Store, options: &Options) -> Result<(), OpenError> {
    let found = found(&mut store.migration().await?, store.kind()).await?;
    found.is_borne()?;
    if let Some((version, _)) = found.beyond.last() {
        tracing::warn!(
            schema = version,
            known = newest(),
            "the database has been upgraded by a newer server; this one goes on without what is new, upgrade it too"
        );
    }
    if !options.migrate {
        return complete(found.lacking);
    }
    if found.lacking.is_empty() {
        return Ok(());
    }
    if let Some(file) = options.file()
        && found.lacking.len() < MIGRATIONS.len()
    {
        let copy =
            copy_before(file, newest() - i64::try_from(found.lacking.len()).unwrap_or_default()).await?;
        tracing::info!(file = %copy.display(), "copied the database, before it is migrated");
    }
    run(store).await.map(drop)
}

/// Copies an SQLite database with this version of the schema: there is no other way back.
async fn copy_before(file: &Path, version: i64) -> Result<PathBuf, OpenError> {
    let (file, now) = (file.to_path_buf(), Clock::system().now());
    let copied = spawn_blocking(move || keep::keep(&file, version, now)).await;
    let copied = copied.map_err(|error| OpenError::NotCopied(error.to_string()))?;
    copied.map_err(|error| OpenError::NotCopied(error.to_string()))
}

/// An error that names the migrations, if there are any.
fn complete(lacking: &[Migration]) -> Result<(), OpenError> {
    let names: Vec<_> = lacking.iter().map(ToString::to_string).collect();
    if names.is_empty() { Ok(()) } else { Err(OpenError::Pending(names)) }
}

/// What a database has, held against what this program has.
struct Found {
    /// What it lacks.
    lacking: &'static [Migration],
    /// What it has beyond that, by version and name.
    beyond: Vec<(i64, String)>,
}

impl Found {
    /// Whether this program can work with it.
    fn is_borne(&self) -> Result<(), OpenError> {
        let too_far =
            |(version, name): &(i64, String)| *version > newest() + AHEAD || name.starts_with(BREAKING);
        if self.beyond.iter().any(too_far) { self.is_known() } else { Ok(()) }
    }

    /// Whether this program knows all of it, as whoever reads or writes whole databases must.
    fn is_known(&self) -> Result<(), OpenError> {
        match self.beyond.last() {
            Some((found, _)) => Err(OpenError::TooNew { found: *found, known: newest() }),
            None => Ok(()),
        }
    }
}

/// What the database has, and lacks.
async fn found(tx: &mut Tx, kind: Kind) -> Result<Found, OpenError> {
    tx.script(&substitute(LIST_TABLE, kind)).await?;
    listed(tx).await
}

/// The migrations that the database lacks, which has none beyond this program's.
async fn pending(tx: &mut Tx, kind: Kind) -> Result<&'static [Migration], OpenError> {
    let found = found(tx, kind).await?;
    found.is_known().map(|()| found.lacking)
}

/// The same of a database that is only read, and in which nothing is made.
async fn lacking_of_what_is_read(tx: &mut Tx) -> Result<&'static [Migration], OpenError> {
    match listed(tx).await {
        // The list itself is not there.
        Err(OpenError::Store(StoreError::Other(_))) => Err(OpenError::Blank("of this URL".to_owned())),
        found => found.and_then(|found| found.is_known().map(|()| found.lacking)),
    }
}

/// What the list in the database says, after checking what this program knows of it.
async fn listed(tx: &mut Tx) -> Result<Found, OpenError> {
    let row = |row: &crate::value::Row<'_>| -> Result<(i64, String, String), StoreError> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    };
    let (mut known, mut beyond) = (0, Vec::new());
    for (version, name, sum) in tx.query(APPLIED, &[], row).await? {
        match MIGRATIONS.iter().find(|m| m.version == version) {
            Some(migration) if sum == checksum(migration.sql) => known += 1,
            Some(_) => return Err(OpenError::Changed { version, name }),
            None => beyond.push((version, name)),
        }
    }
    Ok(Found { lacking: MIGRATIONS.get(known..).unwrap_or_default(), beyond })
}

/// The script in the words of one database.
fn substitute(sql: &str, kind: Kind) -> String {
    let words = match kind {
        Kind::Sqlite => ["TEXT", "INTEGER", "BLOB", "STRICT", "STRICT, WITHOUT ROWID"],
        // Bytewise comparison and order, as SQLite has it.
        Kind::Postgres => ["TEXT COLLATE \"C\"", "BIGINT", "BYTEA", "", ""],
    };
    let names = ["{text}", "{int}", "{bytes}", "{table}", "{clustered}"];
    names.iter().zip(words).fold(sql.to_owned(), |sql, (name, word)| sql.replace(name, word))
}

/// A checksum that tells a changed script (FNV-1a): not a signature.
fn checksum(sql: &str) -> String {
    let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", sql.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// The statements with which these migrations make a database of a version, in one line each.
#[cfg(test)]
pub(crate) fn script_of(version: i64, kind: Kind) -> String {
    let applied = MIGRATIONS.iter().take_while(|m| m.version <= version);
    let scripts = applied.map(|m| {
        let (number, name, sum) = (m.version, m.name, checksum(m.sql));
        format!("{}; INSERT INTO schema_migrations (version, name, checksum) VALUES ({number}, '{name}', '{sum}');", m.sql)
    });
    let all: Vec<_> = [format!("{LIST_TABLE};")].into_iter().chain(scripts).collect();
    let lines = change::statements(&substitute(&all.join("\n"), kind)).into_iter().map(|line| line + ";\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_without_a_gap() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|m| m.version).collect();
        assert_eq!(versions, (1..=i64::try_from(versions.len()).unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn no_word_is_left_unreplaced() {
        for migration in MIGRATIONS {
            for kind in [Kind::Sqlite, Kind::Postgres] {
                let sql = substitute(migration.sql, kind);
                assert!(!sql.contains(['{', '}']), "{sql}");
            }
        }
    }
}
