//! What goes over the wire: of each service its operations, their request, response and value types,
//! their errors, and the checker of requests.
//!
//! Everything that the service models know is generated (`cargo xtask codegen`) from the files in `model/`; what they do
//! not know lives in the crates above.
//!
//! The path of a request: [`Service::operation`], for services of the Query protocol [`query`], then [`check()`] with the `input` of [`Operation::facts`], then
//! `serde_json::from_value` into the operation's type of the service's module.

mod check;
mod constraints;
mod error_code;
mod generated;
mod open_enum;
mod operation;
pub mod query;
mod redact;
mod sensitive;
mod service;
pub mod timestamp;

pub use check::{CheckError, check};
pub use constraints::Structure;
pub use generated::errors::ErrorCode;
pub use generated::{Operation, SERVICES, iam, identity_pools, kms, secretsmanager, sts, user_pools};
pub use operation::{Authority, Facts, OutputForm, Resource};
pub use redact::{HIDDEN, redacted};
pub use sensitive::Sensitive;
pub use service::{Protocol, Service};
