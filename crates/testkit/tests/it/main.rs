//! The tests of the operations, each against a whole server in process.
//!
//! All are modules of one binary, for each binary links the server once more. `hostile.rs` is one of its own, because
//! `cargo xtask fuzz` runs it by itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod backup;
mod branding;
mod cimd;
mod clients;
mod confirmation_link;
mod contention;
mod deletion;
mod deployed;
mod derived_token;
mod devices;
mod domains;
mod existence;
mod federation;
mod fill;
mod forward_auth;
mod get_tokens_from_refresh_token;
mod grants;
mod group_claims;
mod groups;
mod iam;
mod identity_pools;
mod identity_providers;
mod import;
mod issuer_documents;
mod key_rotation;
mod logs;
mod oauth;
mod outbox;
mod passkeys;
mod point_in_time;
mod pools;
mod profile;
mod protection;
mod protocol;
mod provisioned;
mod recovery;
mod replicas;
mod resource_servers;
mod rotation;
mod services;
mod sessions;
mod sign_in;
mod sign_up;
mod sites;
mod starting_together;
mod terms;
mod tokens;
mod triggers;
mod users;
