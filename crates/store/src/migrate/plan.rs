//! What an upgrade will do to a database, told before it does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::change::{Change, Effect, Hold, statements};
use super::found::lacking_of_what_is_read;
use super::{Migration, version_without};
use crate::error::{OpenError, StoreError};
use crate::options::{Access, Options};
use crate::statement::Statement;
use crate::store::{Kind, Store, Tx};

/// What the migrations that a database lacks will do to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which database it is.
    pub kind: Kind,
    /// The version of its schema.
    pub version: i64,
    /// What it lacks, in the order in which it is applied.
    pub steps: Vec<Step>,
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number and name.
    pub name: String,
    /// What it does, one after the other, in a few words each.
    pub does: Vec<String>,
    /// The tables with rows that it holds, by their names.
    pub holds: BTreeMap<String, Held>,
    /// Whether servers of a release before it fail.
    pub breaks: bool,
}

/// What becomes of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// How it is held.
    pub hold: Hold,
    /// How many rows it has: an estimate on PostgreSQL, and `None` when that has none yet.
    pub rows: Option<u64>,
}

/// Says what opening the database would do to it, and does nothing. Servers may use it meanwhile.
///
/// # Errors
/// As opening it to be read, for another reason than that it lacks migrations.
pub async fn plan(options: Options) -> Result<Plan, OpenError> {
    let store = Store::connect(&Options { access: Access::ReadBeside, ..options }).await?;
    let mut tx = store.read().await?;
    let lacking = lacking_of_what_is_read(&mut tx).await?;
    let tables = rows_of_tables(&mut tx, store.kind()).await?;
    Ok(Plan {
        kind: store.kind(),
        version: version_without(lacking),
        steps: lacking.iter().map(|migration| Step::of(migration, store.kind(), &tables)).collect(),
    })
}

impl Step {
    fn of(migration: &Migration, kind: Kind, tables: &BTreeMap<String, Option<u64>>) -> Self {
        let changes: Vec<_> = statements(migration.sql).iter().map(|sql| Change::read(sql)).collect();
        let new = new_tables(&changes);
        // An index of a table that is new with it is a part of that.
        let is_of_new =
            |change: &&Change| matches!(change, Change::Index { table, .. } if new.contains(table));
        let mut holds = BTreeMap::<String, Held>::new();
        for (table, hold) in changes.iter().flat_map(Change::holds) {
            // SQLite writes a table anew that loses a column.
            let rewrites = kind == Kind::Sqlite
                && changes.iter().any(|c| matches!(c, Change::NoColumn { table: of, .. } if of == table));
            let hold = if rewrites { Hold::Rewrite } else { hold };
            // What is not there yet is new with one of the steps.
            let Some(rows) = tables.get(table).copied() else { continue };
            let held = holds.entry(table.to_owned()).or_insert(Held { hold, rows });
            held.hold = held.hold.max(hold);
        }
        Self {
            name: migration.to_string(),
            does: changes.iter().filter(|change| !is_of_new(change)).map(Change::to_string).collect(),
            holds,
            breaks: changes.iter().any(|change| matches!(change.effect(&new), Effect::Breaks(_))),
        }
    }
}

/// The tables that these changes make.
pub(super) fn new_tables(changes: &[Change]) -> BTreeSet<String> {
    let made = changes.iter().filter_map(|change| match change {
        Change::Table { table, .. } => Some(table.clone()),
        _ => None,
    });
    made.collect()
}

/// Every table, and how many rows it has.
async fn rows_of_tables(tx: &mut Tx, kind: Kind) -> Result<BTreeMap<String, Option<u64>>, StoreError> {
    if kind == Kind::Postgres {
        let sql = "SELECT relname::text, CAST(reltuples AS bigint) FROM pg_class \
                   WHERE relkind = 'r' AND pg_table_is_visible(oid)";
        let estimates = Statement::new("plan::estimates", sql.to_owned());
        let decode =
            |row: &crate::value::Row<'_>| Ok((row.get::<String>(0)?, u64::try_from(row.get::<i64>(1)?).ok()));
        return Ok(tx.query(&estimates, &[], decode).await?.into_iter().collect());
    }
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let names = Statement::new("plan::tables", sql.to_owned());
    let mut counts = BTreeMap::new();
    for name in tx.query(&names, &[], |row| row.get::<String>(0)).await? {
        let count = Statement::new("plan::count", format!("SELECT COUNT(*) FROM {name}"));
        let rows = tx.query(&count, &[], |row| row.get::<i64>(0)).await?;
        counts.insert(name, rows.first().and_then(|rows| u64::try_from(*rows).ok()));
    }
    Ok(counts)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, version, steps } = self;
        let Some(last) = steps.last() else {
            return writeln!(f, "The schema is up to date: version {version}.");
        };
        writeln!(f, "The schema is of version {version}, and lacks these migrations:")?;
        for step in steps {
            writeln!(f, "\n{step}")?;
        }
        writeln!(f, "\nThey run in one transaction; what is held is held until its end.")?;
        match kind {
            Kind::Sqlite => writeln!(
                f,
                "The server is stopped meanwhile, and the database is copied first, into the folder where it is."
            ),
            Kind::Postgres if steps.iter().any(|step| step.breaks) => writeln!(
                f,
                "Stop all servers first: those of before cannot work with the schema of {}.",
                last.name
            ),
            Kind::Postgres => writeln!(f, "Servers of the release before go on meanwhile, and afterwards."),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.does.join(", "))?;
        for (table, Held { hold, rows }) in &self.holds {
            let rows = rows.map_or_else(
                || "rows that PostgreSQL has not estimated: ANALYZE does".to_owned(),
                |rows| format!("{rows} rows"),
            );
            let how = match hold {
                Hold::Moment => "held for a moment",
                Hold::Rows => "rows are changed, which nobody else changes meanwhile",
                Hold::Scan => "read as a whole, and nobody writes to it meanwhile",
                Hold::Rewrite => "written anew, and nobody uses it meanwhile",
            };
            write!(f, "\n    {table} ({rows}): {how}")?;
        }
        if self.breaks { write!(f, "\n    not beside servers of before") } else { Ok(()) }
    }
}
