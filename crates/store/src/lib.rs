//! The database: schema, migrations, statements and row types, on SQLite and PostgreSQL.
//!
//! The only crate that knows SQL, and it knows none of the domain's rules: functions of
//! [`tables`] do what their SQL does, in the transaction ([`Tx`]) that they are given.
//!
//! One text serves both databases, so that they cannot differ. The rules that make it portable:
//! placeholders `$1` to `$n`; only the types `{text}`, `{int}` and `{bytes}`; no `LIKE`, no case
//! folding, no clock, no random and no stored function in SQL; times and identifiers come from the
//! caller; a page continues after a key, never at an offset; columns are named, never `*`.
//!
//! Every request reads, computes, calls out and then writes shortly: hold no transaction longer
//! than its statements take, and never two at a time.

pub mod backup;
mod bulk;
pub mod copy;
mod driver;
mod error;
mod follow;
mod latency;
pub mod migrate;
mod options;
pub mod portable;
pub mod private;
mod row;
mod statement;
mod store;
pub mod surroundings;
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod value;
pub mod verify;

pub use error::{OpenError, StoreError};
pub use latency::Durations;
pub use options::{Access, Options, RECENT, Synchronous};
pub use store::{Connections, Kind, Store, Tx};
