//! Users: their passwords, attributes and factors, and the operations of administrators on them.

pub mod admin;
pub(crate) mod attributes;
pub(crate) mod change;
pub mod create;
pub(crate) mod disown;
pub(crate) mod filter;
pub(crate) mod generation;
pub(crate) mod imported_hash;
pub mod list;
pub mod mfa;
pub(crate) mod migrate;
pub(crate) mod password;
pub(crate) mod software_token;
pub(crate) mod verifier;
pub(crate) mod view;

pub use view::{AuthFactors, UserDetails};
