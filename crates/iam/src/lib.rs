//! The domain of accounts: users, groups, roles, policies, access keys and temporary credentials
//! (docs/cognito/identity-pools-and-iam.md §8–§10).
//!
//! It says who signs ([`credentials`]), what they may do ([`caller`]), and keeps what that hangs on. It keeps nothing in
//! memory itself: functions take a request of any domain, and whoever asks again and again has a [`caller::Memory`].

pub mod access_keys;
mod assumable;
pub mod attachments;
mod aws_policies;
pub mod boundaries;
pub mod caller;
mod change;
pub mod credentials;
pub mod details;
mod documents;
mod entities;
mod faults;
pub mod groups;
mod holdings;
pub mod inline;
mod keys;
mod lists;
pub mod managed;
mod names;
pub mod oidc_providers;
pub mod policy_list;
mod principals;
mod quotas;
mod registered;
pub mod resources;
mod role_parts;
pub mod roles;
pub mod saml_providers;
pub mod sessions;
pub mod simulation;
pub mod summary;
pub mod tagging;
mod tags;
mod trusted;
pub mod users;
pub mod versions;
pub mod web_identities;

pub use lists::Asked;
pub use names::{Kind, Owner};
pub use registered::Kind as ProviderKind;
pub use trusted::names_nobody;
