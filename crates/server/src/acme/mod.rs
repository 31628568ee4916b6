//! Certificates for the server's own TLS from an authority that speaks ACME, where the server is built with the feature `acme`
//! (docs/decisions/0069-certificates-by-acme.md).
//!
//! What an order needs and brings goes through the database, and each server shows what it finds there. So it does not matter
//! which of them orders, and which one the authority reaches.
//!
//! | file | subject |
//! |---|---|
//! | `settings` | what to order, where, and whom to believe |
//! | `keeper` | shows what the database has, and has ordered what is due |
//! | `desk` | orders, from their lease to what is kept of them |
//! | `order` | one order, from the account to the certificate |
//! | `authority` | calls of the authority, within bounds |
//! | `challenge` | what the authority is shown |
//! | `kept` | certificates and challenges in the database, sealed |
//! | `accounts` | accounts and what they have under way, likewise |
//! | `renewal` | when the authority suggests to renew |
//! | `schedule` | when to renew, and when to try again |
//! | `figures` | what is counted |
//! | `none` | the same without the feature |

#[cfg(feature = "acme")]
mod accounts;
#[cfg(feature = "acme")]
mod authority;
#[cfg(feature = "acme")]
mod challenge;
#[cfg(feature = "acme")]
mod desk;
#[cfg(feature = "acme")]
mod figures;
#[cfg(feature = "acme")]
mod keeper;
#[cfg(feature = "acme")]
mod kept;
#[cfg(not(feature = "acme"))]
mod none;
#[cfg(feature = "acme")]
mod order;
#[cfg(feature = "acme")]
mod renewal;
#[cfg(feature = "acme")]
mod schedule;
#[cfg(feature = "acme")]
mod settings;

#[cfg(feature = "acme")]
pub(crate) use keeper::Keeper;
#[cfg(not(feature = "acme"))]
pub(crate) use none::{Keeper, Settings};
#[cfg(feature = "acme")]
pub(crate) use settings::Settings;

#[cfg(feature = "acme")]
#[cfg(test)]
mod tests;
