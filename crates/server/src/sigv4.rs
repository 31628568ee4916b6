//! AWS Signature Version 4 for calls of Lambda and KMS.

use aws_lc_rs::hmac;
use axum::http::Uri;
use poolhouse_crypto::digest::{hex, sha256};
use poolhouse_crypto::timestamp;
use poolhouse_ports::Timestamp;

/// AWS credentials.
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// Of temporary credentials.
    pub(crate) session_token: Option<String>,
}

/// For what a signature is good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    /// As signatures name it: `lambda`.
    pub(crate) service: &'static str,
}

/// The headers that sign a POST with `headers`, whose names are in small letters.
pub(crate) fn headers(
    keys: &Keys,
    Scope { region, service }: Scope<'_>,
    uri: &Uri,
    headers: &[(&'static str, String)],
    body: &[u8],
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let stamp = timestamp::format_compact(now.seconds());
    let date = stamp.get(..8).unwrap_or_default();
    let mut added = vec![("x-amz-date", stamp.clone())];
    added.extend(keys.session_token.as_ref().map(|token| ("x-amz-security-token", token.clone())));

    let mut signed: Vec<&(&str, String)> = headers.iter().chain(&added).collect();
    signed.sort_unstable();
    let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    // The path as it is sent, encoded once more: so it is for every service but S3.
    let path = uri.path().split('/').map(encode).collect::<Vec<_>>().join("/");
    let query = uri.query().unwrap_or_default();
    let canonical = format!("POST\n{path}\n{query}\n{lines}\n{names}\n{}", hex(&sha256(&[body])));
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&sha256(&[canonical.as_bytes()])));
    let mut key = format!("AWS4{}", keys.secret_access_key).into_bytes();
    for part in [date, region, service, "aws4_request", &to_sign] {
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes());
        key = signature.as_ref().to_vec();
    }
    let (id, signature) = (&keys.access_key_id, hex(&key));
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
    added.push(("authorization", authorization));
    added
}

/// A segment of a path, with everything encoded that has a meaning.
pub(crate) fn encode(segment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encoded = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    segment.bytes().map(encoded).collect()
}
