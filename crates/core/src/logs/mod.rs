//! Logs that pools keep elsewhere (docs/cognito/operations-and-protection.md §10): which go where, and the records.
//!
//! A record is told when the request that it is of has ended: what it tells is written to the database by then.

mod configuration;
mod records;

pub use configuration::{configuration, set_configuration};
pub(crate) use records::{AuthEvent, auth_event, import_line, notification, tells_auth_events};
