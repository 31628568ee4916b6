//! Migrations: numbered scripts, forward only.
//!
//! The same text serves both databases, with these words replaced: `{text}`, `{int}`, `{bytes}` by
//! the column types, `{table}` and `{clustered}` by what follows the column list of a table.
//!
//! From the first release on they only add, so that the release before works beside this one
//! (docs/decisions/0066).

mod change;
mod found;
mod keep;
mod open;
mod plan;
#[cfg(test)]
mod rule;

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use crate::error::{OpenError, StoreError};
use crate::statement::statements;
use crate::store::{Kind, Store, Tx};
use crate::value::params;

pub use change::Hold;
use found::{found, pending};
pub(crate) use open::on_open;
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
    Migration { version: 25, name: "acme", sql: include_str!("migrations/0025_acme.sql") },
    Migration { version: 26, name: "leases", sql: include_str!("migrations/0026_leases.sql") },
];

/// The last one of the first release whose schema is kept in `tests/schemas`: what comes after it only adds.
#[cfg(test)]
pub(crate) const FIRST_RELEASED: i64 = 24;

/// How often it is tried to get hold of the tables, and how long others have them in between.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_secs(2);

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
/// On PostgreSQL a table that others hold is waited for half a second, since everybody else waits behind; then, and when a
/// request and this wait for each other, the migrations are undone, and tried again later.
///
/// # Errors
/// [`OpenError::TooNew`] and [`OpenError::Changed`] when the database is not one of this program's, [`OpenError::Held`] when
/// others hold its tables; whatever fails, the database is as before.
pub async fn run(store: &Store) -> Result<usize, OpenError> {
    for _ in 1..ATTEMPTS {
        match once(store).await {
            Err(OpenError::Store(error)) if is_in_the_way(&error) => {
                tracing::info!(%error, "others hold a table that is to be migrated; trying again");
                sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    once(store).await.map_err(|error| match error {
        OpenError::Store(error) if is_in_the_way(&error) => OpenError::Held,
        error => error,
    })
}

/// Whether others were in the way: they held a table for longer than is waited, or waited for this one in turn.
fn is_in_the_way(error: &StoreError) -> bool {
    matches!(error, StoreError::Busy | StoreError::Retry)
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
    Ok(version_without(pending(tx, kind).await?))
}

/// The version of a schema that lacks these.
fn version_without(lacking: &[Migration]) -> i64 {
    lacking.first().map_or(newest(), |first| first.version - 1)
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
