//! Providers that speak OpenID Connect or OAuth 2.0, social ones among them (docs/cognito/federation.md §3, §10).
//!
//! ```text
//! create, update ─► discovery ─► addresses, kept with the provider
//! sign-in ─► addresses ─► browser ─► code ─► code::redeem ─► id_token ─┐
//!                                                  user_info ──────────┴─► Assertion
//! ```
//!
//! | file | subject |
//! |---|---|
//! | `addresses` | where a provider's endpoints are |
//! | `discovery` | its own document about them |
//! | `code` | a code turned into tokens |
//! | `apple` | how a client proves itself to Apple |
//! | `keys` | the keys of providers, kept |
//! | `id_token` | whether an ID token is to be believed |
//! | `user_info` | what a provider says beside it |
//! | `someone` | all of it: from a code, or an ID token, to an assertion |
//! | `failure` | why not |

pub(crate) mod addresses;
mod apple;
pub(crate) mod code;
pub(crate) mod discovery;
pub(crate) mod failure;
pub(crate) mod id_token;
pub(crate) mod keys;
pub(crate) mod someone;
mod user_info;
