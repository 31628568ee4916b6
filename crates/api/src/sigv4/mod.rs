//! AWS Signature Version 4, header form: reading and verifying (docs/cognito/protocol.md §5.1).
//!
//! Pure functions over the request's parts; who the caller is and which secret belongs to an access
//! key is the business of `authority`.

mod header;
mod mismatch;
mod stamp;
mod verify;

pub(crate) use header::Authorization;
pub(crate) use mismatch::Mismatches;
pub(crate) use stamp::Stamp;
pub(crate) use verify::{SigningKey, check_stamp, signature_matches};

use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderValue, Uri};

/// What a signature of a `POST /` covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) uri: &'a Uri,
    pub(crate) body: &'a [u8],
}

impl<'a> Signed<'a> {
    /// For whom the request is. HTTP/2 names it in `:authority`, which stands in the URI, and has no Host.
    pub(crate) fn host(&self) -> Option<&'a [u8]> {
        let host = self.headers.get(HOST).map(HeaderValue::as_bytes);
        host.or_else(|| self.uri.authority().map(|authority| authority.as_str().as_bytes()))
    }
}

#[cfg(test)]
pub(crate) mod tests;
