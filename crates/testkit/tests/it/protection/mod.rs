//! Limits of requests and of codes, and threat protection: docs/cognito/operations-and-protection.md §9,
//! docs/protection.md. What is not in the service model is a choice of ours.

mod configuration;
mod events;
mod feedback;
mod limits;
mod passwords;
mod risk;
mod sent_codes;
mod user;

use poolhouse_kernel::limits::Limits;
use poolhouse_testkit::{Database, TestServer};
use serde_json::{Value, json};

/// Runs a test under these limits on each database.
async fn under(limits: Limits, test: impl AsyncFn(&TestServer)) {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = TestServer::start_with(database, |parts| parts.kernel.settings.limits = limits).await;
        test(&server).await;
        server.finish().await;
    }
}

/// The settings of a pool with threat protection in this mode.
fn protected(mode: &str) -> Value {
    json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode } })
}
