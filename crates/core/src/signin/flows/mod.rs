//! The ways to begin a sign-in.

pub(super) mod choice;
pub(super) mod password;
pub(super) mod refresh;
