//! Protection of the server and its users (docs/protection.md): from those who ask too much, and, in a pool
//! that has threat protection switched on, from risky sign-ins
//! (docs/cognito/operations-and-protection.md §9).
//!
//! | file | subject |
//! |---|---|
//! | `limits` | how often one source, client or user may ask |
//! | `shares` | how much they may have in use at a moment |
//! | `sent_codes` | how often one user may be sent a code to sign in with |
//! | `passwords` | passwords that others know |
//! | `compromised` | what is done about them |
//! | `risk` | the configuration in force for a client |
//! | `configuration` | SetRiskConfiguration and DescribeRiskConfiguration |
//! | `gate` | addresses from which nobody signs in |
//! | `assessment` | the risk of a sign-in, and what is done about it |
//! | `likeness` | how unlike the user's earlier sign-ins it is |
//! | `events` | what is written down |
//! | `history` | the list of it, and what users and administrators say of it |
//! | `notice` | the mail that tells the user |
//! | `findings` | figures for the metrics |
//! | `context` | where the user of a request is |
//! | `ranges` | ranges of addresses |
//!
//! Wrong guesses are another matter: `lockout`, and `hourly` for the operations that AWS limits by the hour.

pub(crate) mod assessment;
pub(crate) mod compromised;
pub mod configuration;
mod context;
pub(crate) mod events;
pub(crate) mod gate;
pub mod history;
mod likeness;
mod notice;
pub mod ranges;
pub(crate) mod risk;
