//! The domain of identity pools: from a login to an identity, a role and temporary credentials
//! (docs/cognito/identity-pools-and-iam.md §1–§7).
//!
//! Who somebody is, [`core`](poolhouse_core) says of users of its pools; what a role gives, [`iam`](poolhouse_iam). Between
//! them is what an identity pool keeps: which logins are one identity, and which role it gets. It keeps nothing in memory
//! but the keys that sign: a pool is one row.

mod admission;
mod changes;
pub mod credentials;
pub mod developers;
mod faults;
pub mod identities;
pub mod keys;
mod logins;
pub mod pools;
pub mod principal_tags;
mod record;
mod role_choice;
pub mod roles;
mod rules;
mod saml;
pub mod tags;
pub mod tokens;

pub use logins::Given;
