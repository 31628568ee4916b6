//! Signing in at somebody else's: from an authorization request to an identity provider, and back with a login
//! (docs/cognito/federation.md §4 to §7, docs/decisions/0054-a-provider-s-user-enters-behind-the-first-factor.md).
//!
//! ```text
//! authorize::Request ─ begin ─► browser, with a sealed state ─► provider
//!                                                                  │
//! redirect to the application ◄─ finish ◄─ sign_in ◄─ Assertion ◄──┘
//!                                             │
//!         InboundFederation ─► person ─┬─ New: PreSignUp ─► user, group ─► PostConfirmation
//!                                      └─ Own, Linked: PreAuthentication ─► mapped attributes
//!                                             └─► `signin`: risk, events, PostAuthentication, Login
//! ```
//!
//! [`sign_in`](enter::sign_in) is the one entrance for what a provider vouches for, whatever its protocol.
//!
//! | file | subject |
//! |---|---|
//! | `state` | what goes through the browser to the provider and back |
//! | `begin` | the way to a provider |
//! | `finish` | the way back |
//! | `enter` | which user it is, made or changed; and into the sign-in machine |
//! | `mapping` | what a provider's words make of a user's attributes |
//! | `refusal` | why nothing comes of it, as applications are told |

pub(crate) mod begin;
pub(crate) mod enter;
pub(crate) mod finish;
mod mapping;
mod refusal;
mod state;

pub use begin::{Way, begin};
pub use finish::{Returned, SignedIn, finish};
pub use refusal::Refused;
