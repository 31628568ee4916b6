//! Providers that speak SAML 2.0 (docs/cognito/federation.md §9). What is believed of their answers `poolhouse_saml` says;
//! here is what that needs to know of the pool and of time.
//!
//! | file | subject |
//! |---|---|
//! | `metadata` | what a provider says of itself, fetched or from a file |
//! | `service` | how the pool shows itself to providers, and its keys |
//! | `answer` | an answer, turned into an assertion |
//! | `failure` | why not |

pub(crate) mod answer;
pub(crate) mod failure;
pub(crate) mod metadata;
pub(crate) mod service;

/// Where providers post their answers to, at a domain (federation §9, documented).
pub const SAML_ANSWERS: &str = "/saml2/idpresponse";
