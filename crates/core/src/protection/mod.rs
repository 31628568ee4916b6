//! Threat protection: what a pool that has it switched on does about risky sign-ins
//! (spec/operations-and-protection.md §9; docs/protection.md).
//!
//! | file | subject |
//! |---|---|
//! | `risk` | the configuration in force for a client |
//! | `configuration` | SetRiskConfiguration and DescribeRiskConfiguration |
//! | `ranges` | ranges of addresses |

pub mod configuration;
mod ranges;
#[expect(dead_code, reason = "what is decided by it comes with the record of sign-ins")]
pub(crate) mod risk;
