//! PostgreSQL on bad days: far away, silent, full.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may end there")]

mod cluster;
mod full;
mod silent;
mod tls;
