//! For tests that throw bytes at what strangers reach first.

use axum::http::{HeaderMap, Uri};

use crate::sigv4::{Authorization, Signed, SigningKey, Stamp, USER_POOLS, check_stamp, signature_matches};

/// Whether a `POST` with these parts is signed with this secret, at the time that it names.
pub fn is_signed(secret: &str, headers: &HeaderMap, uri: &Uri, body: &[u8]) -> bool {
    let Ok(authorization) = Authorization::read(headers, USER_POOLS) else { return false };
    let key = SigningKey::derive(secret, &authorization.date, &authorization.region, USER_POOLS);
    check_stamp(&authorization, authorization.stamp.at).is_ok()
        && signature_matches(&authorization, &key, &Signed { headers, uri, body }).is_ok()
}

/// The stamp of a request as it is written anew, if it has one.
pub fn stamp(headers: &HeaderMap) -> Option<String> {
    Stamp::of(headers).map(|stamp| Stamp::at(stamp.at).text)
}
