//! The `cognito-idp` surface: AWS JSON 1.1 over HTTP.
//!
//! A request goes target → authority → types and constraints → handler → answer, each in the file
//! of its name. Handlers (`ops`) turn a typed input into one call of `poolhouse_core` and its result
//! into a typed output. No rule of the domain and no SQL lives here.

mod answer;
mod authority;
mod body;
mod confirm_page;
mod cors;
mod dispatch;
mod feedback_page;
pub mod forwarded;
mod http;
mod key_service;
mod limits;
mod metadata;
mod ops;
mod page;
mod sigv4;
#[cfg(feature = "testing")]
pub mod testing;
mod to_its_end;
mod user_context;
mod well_known;

pub use body::{BODY_LIMIT, PUBLIC_BODY_LIMIT};
pub use http::{Api, Observation, Observer, SourceAddress};
