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
//! | `find`, `unknown` | the client of a URL, and why there is none |
//! | `cache` | its document: kept, or fetched |
//! | `urls` | the operations on the URLs of a policy |

mod cache;
mod document;
mod find;
mod policies;
mod unknown;
mod urls;

pub(crate) use find::{app_client, are_served, find};
pub use policies::{Change, New, create, delete, describe, list, update};
pub(crate) use unknown::Unknown;
pub use urls::{list as list_urls, set_state};

/// Where a URL leads whose document this is, for the tests that throw bytes at both.
#[cfg(feature = "testing")]
pub(crate) fn redirect_uris(url: &str, document: &[u8]) -> Option<Vec<String>> {
    let is_client = crate::model::metadata_url::is_well_formed(url);
    document::read(url, document).ok().filter(|_| is_client).map(|document| document.redirect_uris)
}
