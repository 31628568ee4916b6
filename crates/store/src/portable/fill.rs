//! Writing what a backup holds: all of it or nothing, in one transaction.

use std::fmt;

use poolhouse_ports::PoolId;

use super::row::{Row, Shape};
use super::walk::Walk;
use crate::error::{OpenError, StoreError};
use crate::migrate;
use crate::statement::Statement;
use crate::store::{Kind, Store, Tx};
use crate::tables::TABLES;
use crate::value::Value;

/// How many rows a statement writes: few enough for the parameters that both databases take.
const ROWS: usize = 64;

/// Why a database is not filled. It is as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FillError {
    /// It has rows in this table.
    NotEmpty(String),
    /// Its schema is of this version, and not the one that is needed.
    Schema(i64),
    /// The row is there already, or another one that excludes it.
    Taken(String),
    /// The schema could not be made.
    Open(OpenError),
    /// A statement failed.
    Store(StoreError),
}

impl fmt::Display for FillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEmpty(table) => {
                write!(f, "the database has rows in {table}; name a new, empty one")
            }
            Self::Schema(version) => write!(
                f,
                "the database has the schema of version {version}; name a new one without tables, which gets that of the \
                 backup and is then brought up to date"
            ),
            Self::Taken(table) => write!(f, "the database has another row of {table} in the place of one"),
            Self::Open(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FillError {}

impl From<StoreError> for FillError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<OpenError> for FillError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => Self::Store(error),
            error => Self::Open(error),
        }
    }
}

/// The transaction of a restore. Dropped before [`Fill::finish`], it leaves nothing.
#[derive(Debug)]
pub struct Fill {
    tx: Tx,
    kind: Kind,
    /// The statements of the table whose rows came last.
    insert: Option<Insert>,
}

impl Fill {
    /// Begins to fill an empty database with rows of this version of the schema.
    ///
    /// # Errors
    /// [`FillError::NotEmpty`] and [`FillError::Schema`] for one that is not fit for that.
    pub async fn whole(store: &Store, version: i64) -> Result<Self, FillError> {
        let mut tx = store.migration().await?;
        let found = migrate::applied(&mut tx, store.kind()).await?;
        if found == 0 {
            migrate::up_to(&mut tx, store.kind(), version).await?;
        } else if found != version || version != migrate::newest() {
            return Err(FillError::Schema(found));
        }
        if found > 0 {
            for table in TABLES {
                if !Walk::new(table, None).next(&mut tx).await?.is_empty() {
                    return Err(FillError::NotEmpty(table.name.to_owned()));
                }
            }
        }
        Ok(Self { tx, kind: store.kind(), insert: None })
    }

    /// Begins to write pools into a database that others may use meanwhile, if it has this version of the schema.
    ///
    /// # Errors
    /// [`FillError::Schema`] when it has another.
    pub async fn pools(store: &Store, version: i64) -> Result<Self, FillError> {
        let found = migrate::applied(&mut store.migration().await?, store.kind()).await?;
        if found != version {
            return Err(FillError::Schema(found));
        }
        Ok(Self { tx: store.fill().await?, kind: store.kind(), insert: None })
    }

    /// What the transaction sees.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Deletes a pool with all that points to it. What was used up, and guesses, are remembered.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn delete_pool(&mut self, id: &PoolId) -> Result<(), FillError> {
        let delete = Statement::new("fill::delete_pool", "DELETE FROM pools WHERE id = $1".to_owned());
        self.tx.execute(&delete, &[Value::from(id)]).await?;
        Ok(())
    }

    /// Writes rows of one shape; those of what outlives its pool where there are none yet.
    ///
    /// # Errors
    /// [`FillError::Taken`] when the place of one is taken.
    pub async fn insert(&mut self, shape: &Shape, rows: &[Row]) -> Result<(), FillError> {
        if self.insert.as_ref().is_none_or(|insert| insert.shape != *shape) {
            self.insert = Some(Insert::new(shape));
        }
        let Some(insert) = &self.insert else { return Ok(()) };
        for chunk in rows.chunks(ROWS) {
            let (statement, at_once) =
                if chunk.len() == ROWS { (&insert.many, ROWS) } else { (&insert.one, 1) };
            for rows in chunk.chunks(at_once) {
                let values: Vec<Value<'_>> = rows.iter().flat_map(|row| &row.0).map(Value::from).collect();
                let written = self.tx.execute(statement, &values).await?;
                if written != rows.len() as u64 && !OUTLIVING.contains(&shape.table()) {
                    return Err(FillError::Taken(shape.table().to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Brings the schema up to date, and keeps everything.
    ///
    /// # Errors
    /// When it cannot be kept; then it is as if nothing had been written.
    pub async fn finish(mut self) -> Result<(), FillError> {
        migrate::up_to(&mut self.tx, self.kind, migrate::newest()).await?;
        Ok(self.tx.commit().await?)
    }
}

/// Tables whose rows may outlive their pool for a while: what is used up stays so, and the later count of guesses counts.
const OUTLIVING: [&str; 2] = ["spent", "attempts"];

/// The statements that insert into a table.
#[derive(Debug)]
struct Insert {
    shape: Shape,
    many: Statement,
    one: Statement,
}

impl Insert {
    fn new(shape: &Shape) -> Self {
        Self { shape: shape.clone(), many: statement(shape, ROWS), one: statement(shape, 1) }
    }
}

fn statement(shape: &Shape, rows: usize) -> Statement {
    let (table, width) = (shape.table(), shape.columns().len());
    let row = |row: usize| {
        let values: Vec<_> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
        format!("({})", values.join(", "))
    };
    let values = (0..rows).map(row).collect::<Vec<_>>().join(", ");
    let columns = shape.columns().join(", ");
    let sql = format!("INSERT INTO {table} ({columns}) VALUES {values} ON CONFLICT DO NOTHING");
    Statement::new(format!("fill::{table}"), sql)
}
