//! Why a signature does not fit, as far as that can be told: mostly the secret is wrong, but a proxy that passes on
//! another Host than it got breaks every one.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, Uri, header};
use poolhouse_kernel::Unsigned;

use super::{Authorization, Signed, SigningKey, signature_matches};

/// How many sources are told of, so that nobody fills the log or the memory.
const SOURCES: usize = 1000;

/// Finds out why signatures do not fit, and tells the operator, once for each source.
#[derive(Debug, Default)]
pub(crate) struct Mismatches {
    told: Mutex<HashSet<Option<IpAddr>>>,
}

impl Mismatches {
    /// Why a signature does not fit. The log says so too, if `source` is not known for it already.
    pub(crate) fn explain(
        &self,
        source: Option<IpAddr>,
        public_url: &str,
        (authorization, key): (&Authorization, &SigningKey),
        signed: &Signed<'_>,
    ) -> Unsigned {
        let signed_for = signed_for(public_url, authorization, key, signed);
        let why = if signed_for.is_some() { Unsigned::Host } else { Unsigned::Mismatch };
        let new = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.len() < SOURCES && told.insert(source)
        };
        if !new {
            return why;
        }
        let came_with = signed.host().map_or("", |host| str::from_utf8(host).unwrap_or("?"));
        let source = source.map(tracing::field::display);
        match signed_for {
            Some(host) => tracing::warn!(
                source,
                signed_for = host,
                came_with,
                "a request was signed for one host and came with another: a proxy must pass Host on as it is (nginx: proxy_set_header Host $http_host)"
            ),
            None => tracing::warn!(
                source,
                came_with,
                "a signature does not fit: the secret access key is wrong, or a proxy has changed the Host or the path on the way"
            ),
        }
        why
    }
}

/// The host with which the signature would have fitted: that of the server's own URL, or one that a proxy names.
fn signed_for(
    public_url: &str,
    authorization: &Authorization,
    key: &SigningKey,
    signed: &Signed<'_>,
) -> Option<String> {
    let own = public_url.parse::<Uri>().ok().and_then(|url| Some(url.authority()?.to_string()));
    let named = signed.headers.get("x-forwarded-host").and_then(|host| Some(host.to_str().ok()?.to_owned()));
    own.into_iter().chain(named).find(|host| {
        let Ok(value) = HeaderValue::from_str(host) else { return false };
        let mut headers = signed.headers.clone();
        headers.insert(header::HOST, value);
        signature_matches(authorization, key, &Signed { headers: &headers, ..*signed }).is_ok()
    })
}
