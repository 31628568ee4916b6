//! Users imported from CSV files (docs/cognito/operations-and-protection.md §11, docs/cognito/users-and-groups.md §17).
//!
//! ```text
//! create ─► upload ─► start ─► a node takes the job ─► batch after batch ─► end
//!                              └── for a lease, which each batch renews ──┘
//! ```
//!
//! A batch writes its users, how far the file is read, and the counts in one transaction, which only the holder of the
//! lease commits. So a node that dies leaves nothing half done, and whoever takes the job next goes on behind the last
//! batch.

mod csv;
mod job;
mod lines;
mod manage;
mod people;
mod run;
mod upload;
mod url;

pub use manage::{create, csv_header, describe, expire, list, start, stop};
pub use run::Running;
pub use upload::{Refused, Upload};
