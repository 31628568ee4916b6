//! One thin handler per operation, by family.

pub(crate) mod admin_users;
pub(crate) mod auth;
pub(crate) mod clients;
pub(crate) mod devices;
pub(crate) mod groups;
pub(crate) mod identity_providers;
pub(crate) mod mfa;
pub(crate) mod passkeys;
pub(crate) mod pools;
pub(crate) mod profile;
pub(crate) mod protection;
pub(crate) mod recovery;
pub(crate) mod resource_servers;
pub(crate) mod sessions;
pub(crate) mod sign_up;
pub(crate) mod tags;
pub(crate) mod tokens;
