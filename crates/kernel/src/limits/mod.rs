//! What one source may ask for, and have in use (docs/protection.md).

mod limiter;
pub mod shares;
mod source;

pub use limiter::{Asker, Kind, Limiter, Limits};
pub use source::network;
