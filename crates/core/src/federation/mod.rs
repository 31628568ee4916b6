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
//! | `saml` | both for SAML, and signing out there |
//! | `saml_sign_out` | signing out because a SAML provider asks for it |
//! | `enter` | which user it is, made or changed; and into the sign-in machine |
//! | `mapping` | what a provider's words make of a user's attributes |
//! | `refusal` | why nothing comes of it, as applications are told |

pub(crate) mod begin;
pub(crate) mod enter;
pub(crate) mod finish;
mod mapping;
mod refusal;
mod saml;
mod saml_sign_out;
mod state;

pub use crate::providers::saml::SAML_ANSWERS;
pub use begin::{Way, begin};
pub use finish::{Returned, SignedIn, Then, finish};
pub use refusal::Refused;
pub use saml::{Began, finish_saml, saml_metadata, sign_out, signed_out};
pub use saml_sign_out::sign_out_by_provider;

/// Where providers of OpenID Connect and OAuth 2.0 send browsers back to, at a domain.
pub const OIDC_ANSWERS: &str = "/oauth2/idpresponse";

/// Where SAML providers post that somebody is signed out.
pub const SAML_SIGNED_OUT: &str = "/saml2/logout";

/// Where the pool shows its metadata to SAML providers.
pub const SAML_METADATA: &str = "/saml2/metadata";
