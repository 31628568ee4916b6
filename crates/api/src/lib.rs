//! AWS's services over HTTP: AWS JSON 1.1 and Query.
//!
//! A request goes target or form → authority → types and constraints → handler → answer. What all services share is in the
//! files beside this one; each service has a folder with the table of its operations and their handlers, which turn a
//! typed input into one call of the domain and its result into a typed output. No rule of the domain and no SQL lives
//! here.

mod answer;
pub mod audit;
mod authority;
mod body;
mod confirm_page;
mod cors;
mod decision;
mod dispatch;
mod feedback_page;
pub mod forwarded;
mod head;
mod headers;
mod http;
mod iam;
mod identity_pools;
mod import_upload;
mod kms;
mod limits;
mod page;
mod refusal;
mod routes;
mod secretsmanager;
mod services;
mod sigv4;
mod sts;
#[cfg(feature = "testing")]
pub mod testing;
mod user_pools;

pub use body::{BODY_LIMIT, IMAGES_BODY_LIMIT, PUBLIC_BODY_LIMIT};
pub use http::{Api, Observation, Observer};
