//! The records: what they are, what they say, and how they are read from their rows. Nothing here asks the database, the
//! clock or anybody outside.

pub(crate) mod assurance;
pub(crate) mod attributes;
pub(crate) mod cimd;
pub(crate) mod client;
pub(crate) mod domain;
pub(crate) mod factors;
pub(crate) mod federation;
pub(crate) mod group_claims;
pub(crate) mod guess;
pub(crate) mod identities;
pub(crate) mod logs;
pub(crate) mod metadata_url;
pub(crate) mod names;
pub(crate) mod pool;
pub(crate) mod pool_settings;
pub(crate) mod provider;
pub(crate) mod replica;
pub(crate) mod risk;
pub(crate) mod schema;
pub(crate) mod scopes;
#[cfg(test)]
pub(crate) mod stored;
pub(crate) mod strangers_json;
pub(crate) mod threat_protection;
pub(crate) mod tracking;
pub(crate) mod user;
pub(crate) mod user_agent;

pub(crate) use assurance::{Level, Method, Methods};
pub(crate) use attributes::Attributes;
pub(crate) use client::Client;
pub(crate) use federation::Federation;
pub(crate) use pool::Pool;
pub(crate) use user::User;
