//! User pools: their defaults, changes, lists, MFA configuration, tags and certificates.

mod defaults;
mod delete;
mod list;
