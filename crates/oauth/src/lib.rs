//! Pools over plain HTTP, beside the API: their domains, with OAuth 2.0 and the pages of managed login, the documents of
//! their issuers, and forward-auth for gateways.
//!
//! No rule of the domain lives here, and nothing of the API is used: what is answered is read from `core`.
//!
//! | file | subject |
//! |---|---|
//! | `exchange` | a request and its answer, counted and measured |
//! | `routes`, `well_known`, `forward_auth` | what is under the server's own name |
//! | `domain`, `place` | which domain a request is for, and what is answered there |
//! | `visit`, `parameters`, `cookies` | a request at a domain: its query, form and cookies |
//! | `authorize`, `federation`, `saml`, `token`, `register`, `user_info`, `logout` | the endpoints without pages |
//! | `pages` | managed login |

mod answer;
mod authorize;
mod cookies;
mod domain;
mod exchange;
mod federation;
mod forward_auth;
mod logout;
mod pages;
mod parameters;
mod place;
mod register;
mod routes;
mod saml;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod user_info;
mod visit;
mod well_known;

pub use exchange::{Endpoint, OAuth, Observation, Observer};
pub use place::ReachedAs;
