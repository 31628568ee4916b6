//! Bytes from strangers, thrown at what reads them first.
//!
//! | file | subject |
//! |---|---|
//! | `targets` | the readers of bodies, tokens, filters and numbers, each with what must hold whatever comes |
//! | `clients` | the readers of what clients say of themselves, with their inputs |
//! | `oidc`, `saml` | the readers of what identity providers send, with their inputs |
//! | `seeds` | inputs to begin with, and the longest that are taken |
//! | `mutation` | from seeds to inputs that nobody wrote |
//!
//! `cargo xtask fuzz` runs all for a time; `fuzz/` drives the same functions by libFuzzer, which sees where they lead.

mod clients;
mod mutation;
mod oidc;
mod saml;
mod seeds;
mod targets;

pub use mutation::Mutator;
pub use targets::{ALL, Target};
