//! Users: their records, how a name leads to one, and the operations of administrators on them.

pub(crate) mod attributes;
pub(crate) mod names;
pub(crate) mod password;
pub(crate) mod record;
pub(crate) mod view;

pub(crate) use record::{User, get};
