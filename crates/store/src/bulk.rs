//! Inserts of many rows: where there are thousands, the way to the database and back takes longer than the rows do.

use crate::error::StoreError;
use crate::statement::Statement;
use crate::store::Tx;
use crate::value::{ColumnType, Value};

/// How many rows a statement inserts: few enough for the parameters that both databases take.
const ROWS: usize = 64;

/// Inserts rows that are not there yet, and tells a column of those that were not.
pub(crate) struct Bulk {
    many: Statement,
    one: Statement,
}

impl Bulk {
    /// Of `table`, with these columns, telling the column `told`.
    pub(crate) fn new(table: &'static str, columns: &str, told: &str) -> Self {
        let statement = |rows: usize| {
            let width = columns.split(", ").count();
            let row = |row: usize| {
                let values: Vec<_> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
                format!("({})", values.join(", "))
            };
            let values = (0..rows).map(row).collect::<Vec<_>>().join(", ");
            let sql = format!(
                "INSERT INTO {table} ({columns}) VALUES {values} ON CONFLICT DO NOTHING RETURNING {told}"
            );
            Statement::new(format!("bulk::{table}"), sql)
        };
        Self { many: statement(ROWS), one: statement(1) }
    }

    /// Inserts rows, each the values of its columns. Of two with the same key the first one counts.
    pub(crate) async fn insert<T: ColumnType>(
        &self,
        tx: &mut Tx,
        rows: &[Vec<Value<'_>>],
    ) -> Result<Vec<T>, StoreError> {
        let mut inserted = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(ROWS) {
            if chunk.len() == ROWS {
                inserted.extend(tx.query(&self.many, &chunk.concat(), |row| row.get(0)).await?);
                continue;
            }
            for row in chunk {
                inserted.extend(tx.query(&self.one, row, |row| row.get(0)).await?);
            }
        }
        Ok(inserted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_count_their_parameters() {
        let bulk = Bulk::new("t", "a, b", "a");
        assert_eq!(
            bulk.one.postgres,
            "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING a"
        );
        assert!(bulk.many.postgres.contains("($3, $4), ($5, $6), "), "{}", bulk.many.postgres);
        assert!(bulk.many.sqlite.contains(&format!("?{}) ON CONFLICT", 2 * ROWS)), "{}", bulk.many.sqlite);
    }
}
