//! Session tracking: what users and administrators see of sign-ins that are still good
//! (docs/cognito/new-operations.md §2, docs/decisions/0010-families.md).
//!
//! | file | subject |
//! |---|---|
//! | `configuration` | the settings of pools and clients |
//! | `record` | what is written of a sign-in, and when |
//! | `browser` | what pages remember of a browser |
//! | `manage` | listing and revoking |

pub mod browser;
pub mod configuration;
pub(crate) mod manage;
pub(crate) mod record;

pub use manage::{list_of_user, revoke_of_user};
