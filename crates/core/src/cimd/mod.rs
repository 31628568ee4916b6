//! Clients that are URLs: client ID metadata documents, and the policies that say which URLs are clients of a pool
//! (docs/cognito/new-operations.md §16).
//!
//! Such a client has the settings of an app client, and of its document its name, its redirect URIs, and whether it wants
//! refresh tokens. Beyond this folder it is a [`Client`](crate::model::Client) like any other, which knows its URL.
//!
//! | file | subject |
//! |---|---|
//! | `document` | what a document must say; pure |
//! | `policies` | the operations on policies |
//! | `find` | the client of a URL |
//! | `cache` | its document: kept, or fetched |
//! | `urls` | the operations on the URLs of a policy |

mod cache;
mod document;
mod find;
mod policies;
mod urls;

pub(crate) use find::{Unknown, app_client, are_served, find};
pub use policies::{Change, New, create, delete, describe, list, update};
pub use urls::{list as list_urls, set_state};
