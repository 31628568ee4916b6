//! Protection of the server and its users (docs/protection.md): from those who ask too much, and, in a pool that has
//! threat protection switched on, from risky sign-ins (spec/operations-and-protection.md §9).
//!
//! | file | subject |
//! |---|---|
//! | `limits` | how often one source, client or user may ask |
//! | `sent_codes` | how often one user may be sent a code to sign in with |
//! | `risk` | the configuration in force for a client |
//! | `configuration` | SetRiskConfiguration and DescribeRiskConfiguration |
//! | `ranges` | ranges of addresses |
//!
//! Wrong guesses are another matter: `lockout`, and `hourly` for the operations that AWS limits by the hour.

pub mod configuration;
pub mod limits;
pub mod ranges;
#[expect(dead_code, reason = "what is decided by it comes with the record of sign-ins")]
pub(crate) mod risk;
pub(crate) mod sent_codes;
