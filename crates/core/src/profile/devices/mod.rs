//! The devices of a user, as the user and administrators deal with them (docs/cognito/authentication.md §12.5).

mod confirm;
mod manage;
mod view;

pub use confirm::{Confirmation, confirm};
pub use manage::{Whose, forget, get, list, remember};
