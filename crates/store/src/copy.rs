//! Moving a whole database into another one, also of the other kind.

use crate::error::StoreError;
use crate::portable::Walk;
use crate::statement::Statement;
use crate::store::{Store, Tx};
use crate::tables::{TABLES, Table};
use crate::value::Value;

/// What [`copy`] has done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table that is being copied.
    pub table: &'static str,
    /// How many of its rows are copied.
    pub rows: u64,
}

/// Why a copy was not made, or not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// The target has rows in this table.
    NotEmpty(&'static str),
    /// A statement failed. The target then holds a part of the data: empty it before another try.
    Store(StoreError),
}

impl std::fmt::Display for CopyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotEmpty(table) => {
                write!(f, "The target database has rows in table {table}. Copy into an empty database.")
            }
            Self::Store(error) => write!(
                f,
                "The copy stopped: {error}. The target holds a part of the data; empty it before another try."
            ),
        }
    }
}

impl std::error::Error for CopyError {}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Copies all rows of `from` into the empty database `to`, and tells `progress` after each batch.
///
/// What is read is the state of one moment; the source may be in use, but what is written to it
/// meanwhile stays behind.
///
/// # Errors
/// [`CopyError::NotEmpty`] before anything is written; [`CopyError::Store`] when a statement fails.
pub async fn copy(from: &Store, to: &Store, mut progress: impl FnMut(&Progress)) -> Result<(), CopyError> {
    let mut target = to.read().await?;
    for table in TABLES {
        if !Walk::new(table, None).next(&mut target).await?.is_empty() {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    drop(target);
    let mut source = from.read().await?;
    for table in TABLES {
        copy_table(&mut source, to, table, &mut progress).await?;
    }
    Ok(())
}

async fn copy_table(
    source: &mut Tx,
    to: &Store,
    table: &'static Table,
    progress: &mut impl FnMut(&Progress),
) -> Result<(), StoreError> {
    let insert = insert_statement(table);
    let mut walk = Walk::new(table, None);
    let mut done = Progress { table: table.name, rows: 0 };
    loop {
        let page = walk.next(source).await?;
        if page.is_empty() {
            return Ok(());
        }
        let mut tx = to.write().await?;
        for row in &page {
            let values: Vec<Value<'_>> = row.0.iter().map(Value::from).collect();
            tx.execute(&insert, &values).await?;
        }
        tx.commit().await?;
        done.rows += page.len() as u64;
        progress(&done);
    }
}

fn insert_statement(table: &Table) -> Statement {
    let count = table.columns.split(", ").count();
    let marks: Vec<String> = (1..=count).map(|n| format!("${n}")).collect();
    let (name, columns, marks) = (table.name, table.columns, marks.join(", "));
    Statement::new(format!("copy::{name}"), format!("INSERT INTO {name} ({columns}) VALUES ({marks})"))
}
