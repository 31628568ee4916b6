//! Grants: what an authorization server hands out, and to whom (docs/cognito/oauth-and-managed-login.md §4, §6 to §8).
//!
//! ```text
//! Asked ─ authorize::check ─► Request ─┬─ authorize::resume ─► Login of the browser ─┐
//!                                      └─ pages, `signin` ───► Step::LoggedIn ───────┤
//!                                                                 authorize::grant ◄─┘
//!                                                 code, sealed ◄─┴─► tokens (implicit)
//!                                                      │
//! token::authorization_code ◄──────────────────────────┘      token::refresh_token, token::client_credentials
//! ```
//!
//! Everything ends in `tokens::issue`. No HTTP is known here: surfaces hand over parameters as they came, each at most
//! once, and tell what is returned. Functions repeat themselves where the database asks for it.
//!
//! | file | subject |
//! |---|---|
//! | `asked` | the parameters of an authorization request |
//! | `request` | an authorization request that is good |
//! | `usual` | a request that a client might make |
//! | `authorize` | which are, a login taken up, what is granted |
//! | `redirect` | where a browser is sent back to |
//! | `providers` | which identity provider is asked for |
//! | `scopes` | which scopes are granted, and which attributes they tell |
//! | `code` | authorization codes |
//! | `client` | how a client proves itself |
//! | `token`, `exchange` | the grants of the token endpoint |
//! | `revoke`, `user_info`, `sign_out` | the endpoints of these names |
//! | `refusal` | why the token endpoint refuses |

mod asked;
pub mod authorize;
pub mod client;
mod code;
pub mod exchange;
mod providers;
pub mod redirect;
mod refusal;
mod request;
pub mod revoke;
mod scopes;
pub mod sign_out;
pub mod token;
pub mod user_info;
pub mod usual;

pub use client::Credentials;
pub use refusal::Refusal;
pub use token::Tokens;
