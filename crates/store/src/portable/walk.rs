//! Reading a table from its beginning to its end, in the order of its key and with bounded memory.

use poolhouse_ports::PoolId;

use super::row::{Row, Shape};
use super::{Owner, owner};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::store::Tx;
use crate::tables::Table;
use crate::value::{OwnedValue, Value};

/// How many rows are read at a time while it is not known how large they are, and at most.
const FIRST_PAGE: usize = 8;
const LONGEST_PAGE: usize = 1024;

/// How much memory a page may take, in bytes, if its rows are no larger than those before.
const PAGE_BYTES: usize = 4 << 20;

/// A walk through a table.
#[derive(Debug)]
pub struct Walk {
    shape: Shape,
    first: Statement,
    after: Statement,
    /// Where the columns of the key are among the table's columns.
    key: Vec<usize>,
    pool: Option<PoolId>,
    last: Option<Row>,
    largest: usize,
}

impl Walk {
    /// The walk through all rows of a table, or through those of a pool.
    pub(crate) fn new(table: &Table, pool: Option<&PoolId>) -> Self {
        let Table { name, columns, key } = table;
        let all: Vec<&str> = columns.split(", ").collect();
        let key_at: Vec<usize> =
            key.split(", ").filter_map(|part| all.iter().position(|column| *column == part)).collect();
        let (mut marks, mut conditions) = (1, Vec::new());
        let mut mark = || {
            marks += 1;
            format!("${}", marks - 1)
        };
        // The last parameter is how many rows to read.
        if pool.is_some() {
            let pool = mark();
            conditions.push(match owner(table) {
                Owner::Pool(column) => format!("{column} = {pool}"),
                Owner::Client => {
                    format!("client_id IN (SELECT client_id FROM clients WHERE pool_id = {pool})")
                }
                Owner::Nobody => format!("{pool} IS NULL"),
            });
        }
        let select = |conditions: &[String], limit: &str| {
            let filter = if conditions.is_empty() {
                String::new()
            } else {
                format!("WHERE {}", conditions.join(" AND "))
            };
            format!("SELECT {columns} FROM {name} {filter} ORDER BY {key} LIMIT {limit}")
        };
        let limit = format!("${}", conditions.len() + 1);
        let first = Statement::new(format!("walk::{name}::first"), select(&conditions, &limit));
        let place: Vec<String> = key_at.iter().map(|_| mark()).collect();
        conditions.push(format!("({key}) > ({})", place.join(", ")));
        let after = Statement::new(format!("walk::{name}::after"), select(&conditions, &mark()));
        Self {
            shape: Shape::of(table),
            first,
            after,
            key: key_at,
            pool: pool.cloned(),
            last: None,
            largest: PAGE_BYTES / FIRST_PAGE,
        }
    }

    /// What the rows are of.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The key of a row, as a line.
    pub fn key(&self, row: &Row) -> Vec<u8> {
        let mut line = Vec::new();
        Row(self.key.iter().filter_map(|at| row.0.get(*at)).cloned().collect()).write(&mut line);
        line
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn next(&mut self, tx: &mut Tx) -> Result<Vec<Row>, StoreError> {
        let rows = (PAGE_BYTES / self.largest.max(1)).clamp(1, LONGEST_PAGE);
        let mut params: Vec<Value<'_>> = self.pool.iter().map(Value::from).collect();
        let statement = match &self.last {
            None => &self.first,
            Some(last) => {
                params.extend(self.key.iter().filter_map(|at| last.0.get(*at)).map(Value::from));
                &self.after
            }
        };
        params.push(Value::Int(i64::try_from(rows).unwrap_or(1)));
        let width = self.shape.columns().len();
        let page = tx
            .query(statement, &params, |row| {
                (0..width).map(|column| row.get::<OwnedValue>(column)).collect::<Result<_, _>>().map(Row)
            })
            .await?;
        let largest = page.iter().map(Row::size).max().unwrap_or(0);
        self.largest = if self.last.is_some() { self.largest.max(largest) } else { largest };
        self.last = page.last().cloned();
        Ok(page)
    }
}
