//! Threat protection of pools that have it switched on (docs/protection.md,
//! docs/cognito/operations-and-protection.md §9).
//!
//! | file | subject |
//! |---|---|
//! | `compromised` | what is done about passwords that others know |
//! | `risk` | the configuration in force for a client |
//! | `configuration` | SetRiskConfiguration and DescribeRiskConfiguration |
//! | `gate` | addresses from which nobody signs in |
//! | `assessment` | the risk of a sign-in, and what is done about it |
//! | `likeness` | how unlike the user's earlier sign-ins it is |
//! | `events` | what is written down |
//! | `history` | the list of it, and what users and administrators say of it |
//! | `notice` | the mail that tells the user |
//! | `context` | where the user of a request is |
//! | `ranges` | ranges of addresses |

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
