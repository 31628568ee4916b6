//! Tests that need more than the public interface.

mod commit;
mod failover;
mod folder;
mod open;
mod schema;
mod standby;
mod upgrade;
