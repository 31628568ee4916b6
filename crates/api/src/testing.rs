//! For tests that throw bytes at what strangers reach first.

use axum::http::{HeaderMap, Uri};
use poolhouse_wire::user_pools::SERVICE;

use crate::sigv4::{Authorization, Signed, SigningKey, Stamp, check_stamp, signature_matches};

/// Whether a `POST` with these parts is signed with this secret, at the time that it names.
pub fn is_signed(secret: &str, headers: &HeaderMap, uri: &Uri, body: &[u8]) -> bool {
    let Ok(authorization) = Authorization::read(headers, SERVICE.signing_name) else { return false };
    let key = SigningKey::derive(secret, &authorization.date, &authorization.region, SERVICE.signing_name);
    check_stamp(&authorization, authorization.stamp.at).is_ok()
        && signature_matches(&authorization, &key, &Signed { headers, uri, body }).is_ok()
}

/// The stamp of a request as it is written anew, if it has one.
pub fn stamp(headers: &HeaderMap) -> Option<String> {
    Stamp::of(headers).map(|stamp| Stamp::at(stamp.at).text)
}
