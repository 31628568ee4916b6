//! Tests that need more than the public interface.

mod commit;
mod open;
mod schema;
