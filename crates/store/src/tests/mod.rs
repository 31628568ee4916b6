//! Tests that need more than the public interface.

mod commit;
mod failover;
mod open;
mod schema;
mod standby;
