//! The passkeys of a user (docs/cognito/authentication.md §13.4).
//!
//! | file | subject |
//! |---|---|
//! | `register` | StartWebAuthnRegistration, CompleteWebAuthnRegistration |
//! | `manage` | listing and deleting |

mod manage;
mod register;

pub use manage::{delete, list};
pub use register::{complete, start};
