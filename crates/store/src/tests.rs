//! Tests that need more than the public interface.

use crate::testing::TestDatabase;
use crate::{Kind, migrate, tables};

#[tokio::test]
async fn every_statement_prepares() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(database) = TestDatabase::new(kind).await else { continue };
        for statement in tables::STATEMENTS.iter().copied().flatten().chain(migrate::STATEMENTS) {
            let mut tx = database.store.write().await.unwrap();
            let prepared = tx.prepare(statement).await;
            assert!(prepared.is_ok(), "{kind:?} {}: {prepared:?}", statement.name);
        }
    }
}
