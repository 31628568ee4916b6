//! App clients: made, read, changed, listed, deleted, and their secrets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod life;
mod rules;
mod secrets;
