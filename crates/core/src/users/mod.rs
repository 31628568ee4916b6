//! Users: their records, how a name leads to one, and the operations of administrators on them.

pub mod admin;
pub(crate) mod attributes;
pub(crate) mod change;
pub mod create;
pub(crate) mod disown;
mod edit;
pub(crate) mod filter;
pub mod list;
pub mod mfa;
pub(crate) mod migrate;
pub(crate) mod password;
pub(crate) mod record;
pub(crate) mod software_token;
pub(crate) mod verifier;
pub(crate) mod view;

pub(crate) use edit::{Edit, edit, edit_again};
pub(crate) use record::get;
