//! Pools over plain HTTP, beside the API: the documents of their issuers, and forward-auth for gateways.
//!
//! No rule of the domain lives here, and nothing of the API is used: what is answered is read from `core`.

mod answer;
mod exchange;
mod forward_auth;
mod routes;
#[cfg(feature = "testing")]
pub mod testing;
mod well_known;

pub use exchange::{Endpoint, OAuth, Observation, Observer};
