//! The outside world as small concrete types: time, randomness, outgoing messages,
//! functions that judge and change, servers that tenants name, logs kept elsewhere. And what all speak of: the ids of pools,
//! clients and users.
//!
//! Everything else takes these as values, so that a test decides what time it is, which
//! identifiers are drawn and reads the messages that would have been sent.
//! This crate knows no SQL, no wire form and no rule of the domain.

mod calendar;
mod clock;
mod courier;
mod entropy;
mod fetch;
mod ids;
mod logs;
mod pattern;
mod triggers;

/// The target of spans that are made for traces alone: no log has them, and nobody makes them unless somebody traces.
pub const SPANS: &str = "poolhouse::spans";

pub use calendar::Civil;
pub use clock::{Clock, Timestamp};
pub use courier::{Courier, DeliveryError, Handover, Medium, Message, MessageFilter, Transport};
pub use entropy::Entropy;
pub use fetch::{Fetch, FetchError, FetchRequest, Fetched, Fetching};
pub use ids::{ClientId, IdentityId, IdentityPoolId, PoolId, Sub, Username};
pub use logs::{LogRecord, Logs};
pub use pattern::matches;
pub use triggers::{Answer, Invocation, InvokeError, Triggers};
