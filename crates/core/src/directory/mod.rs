//! What is stored in a pool, found by its name: users, and the providers of their identities.

pub(crate) mod bulk;
mod edit;
pub(crate) mod provider;
pub(crate) mod record;

pub(crate) use edit::{Edit, edit, edit_again};
pub(crate) use record::get;
