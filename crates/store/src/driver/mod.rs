//! The two databases behind one small set of calls.

pub(crate) mod postgres;
pub(crate) mod sqlite;
