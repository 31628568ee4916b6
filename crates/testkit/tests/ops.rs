//! Temporary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[path = "it/import/mod.rs"]
mod import;
#[path = "it/logs.rs"]
mod logs;
#[path = "it/outbox.rs"]
mod outbox;
#[path = "it/provisioned.rs"]
mod provisioned;
mod contention {
    use poolhouse_ports::Entropy;
    use poolhouse_testkit::{Database, TestServer};
    pub(crate) async fn second_node(first: &TestServer, database: Database) -> TestServer {
        let (clock, courier) = (first.clock().clone(), first.engine().courier().clone());
        TestServer::start_with(database, |parts| {
            parts.kernel.clock = clock;
            parts.kernel.courier = courier;
            parts.kernel.entropy = Entropy::seeded(43);
        })
        .await
    }
}
