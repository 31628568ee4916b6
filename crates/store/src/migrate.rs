//! Migrations: numbered scripts, forward only.
//!
//! The same text serves both databases, with these words replaced: `{text}`, `{int}`, `{bytes}` by
//! the column types, `{table}` and `{clustered}` by what follows the column list of a table.

use crate::error::{OpenError, StoreError};
use crate::options::{Access, Options};
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
    let applied = up_to(&mut tx, store.kind(), newest()).await?;
    if applied > 0 {
        tx.commit().await?;
    }
    Ok(applied)
}

/// Applies those of the lacking migrations that are not beyond `version`, and tells how many they were.
pub(crate) async fn up_to(tx: &mut Tx, kind: Kind, version: i64) -> Result<usize, OpenError> {
    let pending = pending(tx, kind).await?;
    let due = pending.iter().take_while(|migration| migration.version <= version);
    let mut applied = 0;
    for migration in due {
        tracing::info!(version = migration.version, name = migration.name, "migrating the database");
        tx.script(&substitute(migration.sql, kind)).await?;
        tx.execute(INSERT, params![migration.version, migration.name, checksum(migration.sql).as_str()])
            .await?;
        applied += 1;
    }
    Ok(applied)
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
    if options.access == Access::Fill {
        return Ok(());
    }
    let missing = if options.access.reads_only() || store.is_read_node() {
        match lacking(&mut store.read_lasting().await?).await {
            // The list itself is not there.
            Err(OpenError::Store(StoreError::Other(_))) => {
                return Err(OpenError::Blank("of this URL".to_owned()));
            }
            lacking => lacking?,
        }
    } else if options.migrate {
        return run(store).await.map(drop);
    } else {
        pending(&mut store.migration().await?, store.kind()).await?
    };
    let names: Vec<_> = missing.iter().map(|m| format!("{:04}_{}", m.version, m.name)).collect();
    if names.is_empty() { Ok(()) } else { Err(OpenError::Pending(names)) }
}

/// The migrations that the database lacks, after checking those that it has.
async fn pending(tx: &mut Tx, kind: Kind) -> Result<&'static [Migration], OpenError> {
    tx.script(&substitute(LIST_TABLE, kind)).await?;
    lacking(tx).await
}

/// The same where the list of those that it has is there.
async fn lacking(tx: &mut Tx) -> Result<&'static [Migration], OpenError> {
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
