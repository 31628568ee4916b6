//! Migrations: numbered scripts, forward only.
//!
//! The same text serves both databases, with these words replaced: `{text}`, `{int}`, `{bytes}` by
//! the column types, `{table}` and `{clustered}` by what follows the column list of a table.

use crate::error::{OpenError, StoreError};
use crate::statement::statements;
use crate::store::{Kind, Store, Tx};
use crate::value::params;

/// One script.
struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
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
    Migration { version: 18, name: "recovery", sql: include_str!("migrations/0018_recovery.sql") },
];

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

/// A migration and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Whether it has been applied.
    pub applied: bool,
}

/// Which migrations this program has, and which of them the database.
///
/// # Errors
/// [`OpenError::TooNew`] and [`OpenError::Changed`] when the database is not one of this program's.
pub async fn status(store: &Store) -> Result<Vec<MigrationStatus>, OpenError> {
    let mut tx = store.migration().await?;
    let pending = pending(&mut tx, store.kind()).await?;
    let first_pending = pending.first().map_or(i64::MAX, |migration| migration.version);
    Ok(MIGRATIONS
        .iter()
        .map(|m| MigrationStatus {
            version: m.version,
            name: m.name.to_owned(),
            applied: m.version < first_pending,
        })
        .collect())
}

/// Applies the migrations that the database lacks, and tells how many they were.
///
/// # Errors
/// As [`status`]; whatever fails, the database is as before.
pub async fn run(store: &Store) -> Result<usize, OpenError> {
    let mut tx = store.migration().await?;
    let pending = pending(&mut tx, store.kind()).await?;
    for migration in pending {
        tracing::info!(version = migration.version, name = migration.name, "migrating the database");
        tx.script(&substitute(migration.sql, store.kind())).await?;
        tx.execute(INSERT, params![migration.version, migration.name, checksum(migration.sql).as_str()])
            .await?;
    }
    if !pending.is_empty() {
        tx.commit().await?;
    }
    Ok(pending.len())
}

/// Tells the schema that all migrations together make from every other one.
pub fn fingerprint() -> String {
    let all: String = MIGRATIONS.iter().map(|migration| migration.sql).collect();
    checksum(&all)
}

/// What opening a store does about migrations.
pub(crate) async fn on_open(store: &Store, migrate: bool) -> Result<(), OpenError> {
    if migrate {
        return run(store).await.map(drop);
    }
    let statuses = status(store).await?;
    let missing = statuses.iter().filter(|m| !m.applied).map(|m| format!("{:04}_{}", m.version, m.name));
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() { Ok(()) } else { Err(OpenError::Pending(missing)) }
}

/// The migrations that the database lacks, after checking those that it has.
async fn pending(tx: &mut Tx, kind: Kind) -> Result<&'static [Migration], OpenError> {
    tx.script(&substitute(LIST_TABLE, kind)).await?;
    let row = |row: &crate::value::Row<'_>| -> Result<(i64, String, String), StoreError> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    };
    let applied = tx.query(APPLIED, &[], row).await?;
    for (version, name, sum) in &applied {
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        let Some(migration) = MIGRATIONS.iter().find(|m| m.version == *version) else {
            return Err(OpenError::TooNew { found: *version, known });
        };
        if *sum != checksum(migration.sql) {
            return Err(OpenError::Changed { version: *version, name: name.clone() });
        }
    }
    Ok(MIGRATIONS.get(applied.len()..).unwrap_or_default())
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
