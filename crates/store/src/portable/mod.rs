//! Rows on their way into a backup and out of it: in one form, whichever database they come from or go to.

mod fill;
mod row;
mod walk;

use poolhouse_ports::PoolId;

use crate::tables::{TABLES, Table};

pub use fill::{Fill, FillError};
pub use row::{Malformed, Row, Shape};
pub use walk::Walk;

/// Tables whose rows are of the moment: messages that are being sent, which a restore would send once more, servers
/// that run, and what their TLS has from an authority, which gives it again.
const OF_THE_MOMENT: [&str; 5] = ["outbox", "nodes", "acme_accounts", "acme_certificates", "acme_challenges"];

/// How the rows of a table are known to be a pool's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// By this column.
    Pool(&'static str),
    /// By the pool of their client.
    Client,
    /// They are no pool's.
    Nobody,
}

impl Owner {
    /// Whose the rows of a shape are.
    pub fn of(shape: &Shape) -> Self {
        let has = |column| shape.position(column).is_some();
        match shape.table() {
            "pools" => Self::Pool("id"),
            // Their pools are identity pools.
            "identities" | "identity_logins" => Self::Nobody,
            _ if has("pool_id") => Self::Pool("pool_id"),
            _ if has("client_id") => Self::Client,
            _ => Self::Nobody,
        }
    }
}

/// Whose the rows of a table are.
fn owner(table: &Table) -> Owner {
    Owner::of(&Shape::of(table))
}

/// The tables of a backup, each after those it points to: all of them, or those of single pools.
pub fn tables(of_pools: bool) -> impl Iterator<Item = &'static str> {
    TABLES
        .iter()
        .filter(move |table| !of_pools || owner(table) != Owner::Nobody)
        .map(|table| table.name)
        .filter(|name| !OF_THE_MOMENT.contains(name))
}

/// Whether a table has rows that are a pool's.
pub fn is_of_pools(table: &str) -> bool {
    tables(true).any(|name| name == table)
}

/// The walk through a table: all of it, or what is a pool's; `None` for a table that is not there.
pub fn walk(table: &str, pool: Option<&PoolId>) -> Option<Walk> {
    TABLES.iter().find(|known| known.name == table).map(|table| Walk::new(table, pool))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::statement::Statement;
    use crate::testing::TestDatabase;

    /// Which table points to which, as the schema says it.
    async fn pointers() -> Vec<(String, String)> {
        let database = TestDatabase::sqlite().await;
        let sql = "SELECT m.name, k.\"table\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k \
                   WHERE m.type = 'table'";
        let statement = Statement::new("test", sql.to_owned());
        let mut tx = database.store.read().await.unwrap();
        tx.query(&statement, &[], |row| Ok((row.get(0)?, row.get(1)?))).await.unwrap()
    }

    #[tokio::test]
    async fn what_points_to_a_pool_is_the_pools() {
        let pointers = pointers().await;
        let mut of_pools = BTreeSet::from(["pools".to_owned()]);
        loop {
            let found: BTreeSet<_> = pointers
                .iter()
                .filter(|(_, to)| of_pools.contains(to))
                .map(|(from, _)| from.clone())
                .collect();
            let known = of_pools.len();
            of_pools.extend(found);
            if of_pools.len() == known {
                break;
            }
        }
        for table in TABLES.iter().filter(|table| pointers.iter().any(|(from, _)| from == table.name)) {
            assert_eq!(owner(table) != Owner::Nobody, of_pools.contains(table.name), "{}", table.name);
        }
    }

    #[test]
    fn a_backup_has_what_is_not_of_the_moment() {
        assert_eq!(tables(false).count(), TABLES.len() - OF_THE_MOMENT.len());
        assert!(tables(true).count() < tables(false).count());
        for name in OF_THE_MOMENT {
            assert!(TABLES.iter().any(|table| table.name == name), "{name} is no table");
        }
    }
}
