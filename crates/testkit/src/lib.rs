//! A whole server in the test's own process: fixed time, seeded randomness, messages kept to be read.
//!
//! ```ignore
//! on_both! {
//!     async fn a_group_is_made_once(server) {
//!         let pool = server.pool(json!({})).await;
//!         let group = json!({ "UserPoolId": pool, "GroupName": "staff" });
//!         server.admin().call("CreateGroup", group.clone()).await.unwrap();
//!         let error = server.admin().call("CreateGroup", group).await.unwrap_err();
//!         assert_eq!(error.code, "GroupExistsException");
//!     }
//! }
//! ```
//!
//! Each such test runs on SQLite, and on PostgreSQL when `POOLHOUSE_TEST_POSTGRES` holds the URL of a server
//! on which databases may be created; where there is none, `cargo xtask test` counts it as skipped. When a test ends, the
//! database is verified.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test kit fails by panicking")]

pub mod browser;
mod caller;
mod connection;
mod custom_sender;
mod database;
mod fixtures;
mod functions;
pub mod hostile;
pub mod idp;
mod passkey;
mod server;
pub mod sign;
mod srp;
mod strangers;
pub mod tls;

pub use browser::Browser;
pub use caller::{ApiError, Caller, element};
pub use connection::{Answer, Connection};
pub use custom_sender::EncryptedCode;
pub use database::Database;
pub use fixtures::{claims, decode_jwt, refusal};
pub use functions::Outcome;
pub use passkey::Passkey;
pub use server::{Parts, START, TestServer};
pub use srp::SrpClient;

/// Declares tests that run on SQLite and on PostgreSQL: see the crate's documentation.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident) $body:block)+) => {
        $($(#[$meta])* mod $name {
            #[allow(unused_imports, reason = "the body of a test uses what its file imports")]
            use super::*;

            async fn body($server: &$crate::TestServer) $body

            #[tokio::test]
            async fn sqlite() {
                let server = $crate::TestServer::start($crate::Database::Sqlite).await;
                body(&server).await;
                server.finish().await;
            }

            #[tokio::test]
            async fn postgres() {
                let Some(database) = $crate::Database::postgres().await else { return };
                let server = $crate::TestServer::start(database).await;
                body(&server).await;
                server.finish().await;
            }
        })+
    };
}
