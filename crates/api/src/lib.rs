//! The `cognito-idp` surface: AWS JSON 1.1 over HTTP.
//!
//! A request goes target → authority → types and constraints → handler → answer, each in the file
//! of its name. Handlers (`ops`) turn a typed input into one call of `poolhouse_core` and its result
//! into a typed output. No rule of the domain and no SQL lives here.

mod answer;
mod authority;
mod confirm_page;
mod cors;
mod dispatch;
mod feedback_page;
mod http;
mod key_service;
mod limits;
mod metadata;
mod ops;
mod page;
mod sigv4;
mod user_context;
mod well_known;

pub use http::{Api, BODY_LIMIT, Observation, Observer, SourceAddress};
