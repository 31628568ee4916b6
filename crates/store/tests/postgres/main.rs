//! PostgreSQL on bad days: far away, silent, full.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may end there, or be skipped"
)]

mod cluster;
mod full;
mod silent;
mod tls;
