//! What the store promises, one behaviour at a time, on both databases.
//!
//! SQLite always; PostgreSQL when `POOLHOUSE_TEST_POSTGRES` names a server.

#![expect(clippy::unwrap_used, reason = "a test may end there")]

mod accounts;
mod acme;
mod auth_events;
mod browser_sessions;
mod copying;
mod devices;
mod domains;
mod groups;
mod journals;
mod leases;
mod model;
mod others;
mod outbox;
mod passkeys;
mod rows;
mod sessions;
mod surroundings;
mod transactions;
mod users;
mod verification;

/// Each behaviour becomes two tests, `<name>::sqlite` and `<name>::postgres`, which also look for
/// contradictions in what it leaves behind.
macro_rules! behaviours {
    ($($(#[$doc:meta])* async fn $name:ident($store:ident: &Store) $body:block)+) => {
        $(
            $(#[$doc])*
            mod $name {
                use super::*;

                async fn behaviour($store: &Store) $body

                #[tokio::test]
                async fn sqlite() {
                    crate::run(poolhouse_store::Kind::Sqlite, async |store: &Store| behaviour(store).await).await;
                }

                #[tokio::test]
                async fn postgres() {
                    crate::run(poolhouse_store::Kind::Postgres, async |store: &Store| behaviour(store).await).await;
                }
            }
        )+
    };
}
pub(crate) use behaviours;

async fn run(kind: poolhouse_store::Kind, behaviour: impl AsyncFnOnce(&poolhouse_store::Store)) {
    let Some(database) = poolhouse_store::testing::TestDatabase::new(kind).await else { return };
    behaviour(&database.store).await;
    assert_eq!(poolhouse_store::verify::verify(&database.store).await, Ok(Vec::new()));
}
