//! The signature itself: stamp, canonical request, comparison.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use poolhouse_kernel::{Fault, Kind, Unsigned};
use poolhouse_ports::Timestamp;
use poolhouse_wire::ErrorCode;
use subtle::ConstantTimeEq;

use super::{Authorization, Signed, Stamp};

/// How far a client's clock may be off, in seconds.
const SKEW: i64 = 5 * 60;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// The name by which a request of HTTP/2 signs whom it is for.
const AUTHORITY: &str = ":authority";

/// The key derived from a secret access key for one day, region and service.
#[derive(Clone)]
pub(crate) struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key.
    pub(crate) fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes());
        for part in [date, region, service, "aws4_request"] {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        Self(key)
    }
}

/// Holds the request's stamp against the clock `now` and the scope's date.
pub(crate) fn check_stamp(authorization: &Authorization, now: Timestamp) -> Result<(), Fault> {
    let stamp = &authorization.stamp;
    let off = stamp.at.seconds() - now.seconds();
    let (given, in_seconds) = (&stamp.text, |seconds| Stamp::at(now.plus_seconds(seconds)).text);
    let (why, message) = if off < -SKEW {
        let (limit, now) = (in_seconds(-SKEW), in_seconds(0));
        let text = format!("Signature expired: {given} is now earlier than {limit} ({now} - 5 min.)");
        (Unsigned::Clock, text)
    } else if off > SKEW {
        let (limit, now) = (in_seconds(SKEW), in_seconds(0));
        let text = format!("Signature not yet current: {given} is still later than {limit} ({now} + 5 min.)");
        (Unsigned::Clock, text)
    } else if stamp.date() != authorization.date {
        let text = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{given}'.",
            authorization.date,
            stamp.date()
        );
        (Unsigned::Scope, text)
    } else {
        return Ok(());
    };
    Err(invalid(message, why))
}

/// Whether the signature fits a `POST /` with these headers and this body. A query has no place in it: nothing
/// that is served takes one, and the signature would leave it open.
///
/// The body's hash is always computed here, so `UNSIGNED-PAYLOAD` and a false
/// `X-Amz-Content-Sha256` end as a mismatch, as on AWS.
///
/// # Errors
/// `InvalidSignatureException` when it does not fit, or leaves out a header that must be signed.
pub(crate) fn signature_matches(
    authorization: &Authorization,
    key: &SigningKey,
    signed: &Signed<'_>,
) -> Result<(), Fault> {
    let signs = |name: &str| authorization.signs(name);
    if !signs("host") && !signs(AUTHORITY) || signed.host().is_none() {
        let text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        return Err(invalid(text, Unsigned::OpenHeader));
    }
    if signed.uri.query().is_some() {
        return Err(invalid(MISMATCH, Unsigned::Mismatch));
    }
    let unsigned_amz = signed.headers.keys().find(|n| must_be_signed(n.as_str()) && !signs(n.as_str()));
    if let Some(name) = unsigned_amz {
        let text = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        return Err(invalid(text, Unsigned::OpenHeader));
    }
    let canonical = canonical_request(authorization, signed);
    let expected = hex(hmac::sign(&key.0, to_sign(authorization, &canonical).as_bytes()).as_ref());
    let equal = expected.as_bytes().ct_eq(authorization.signature.as_bytes());
    if bool::from(equal) { Ok(()) } else { Err(invalid(MISMATCH, Unsigned::Mismatch)) }
}

/// Headers that decide what the request means: a signature that leaves them open could be reused.
fn must_be_signed(name: &str) -> bool {
    matches!(name, "x-amz-target" | "x-amz-date" | "x-amz-security-token")
}

fn to_sign(authorization: &Authorization, canonical: &str) -> String {
    let Authorization { date, region, service, stamp, .. } = authorization;
    let hash = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let mut text = String::with_capacity(192);
    for part in
        ["AWS4-HMAC-SHA256\n", &stamp.text, "\n", date, "/", region, "/", service, "/aws4_request\n", &hash]
    {
        text.push_str(part);
    }
    text
}

fn canonical_request(authorization: &Authorization, signed: &Signed<'_>) -> String {
    let mut text = String::with_capacity(1024);
    text.push_str("POST\n/\n\n");
    for name in authorization.signed_headers().split(';') {
        text.push_str(name);
        text.push(':');
        match name {
            AUTHORITY => push_value(&mut text, signed.host().unwrap_or_default()),
            "host" if !signed.headers.contains_key(name) => {
                push_value(&mut text, signed.host().unwrap_or_default());
            }
            name => {
                for (n, value) in signed.headers.get_all(name).iter().enumerate() {
                    if n > 0 {
                        text.push(',');
                    }
                    push_value(&mut text, value.as_bytes());
                }
            }
        }
        text.push('\n');
    }
    let hash = hex(digest(&SHA256, signed.body).as_ref());
    for part in ["\n", authorization.signed_headers(), "\n", &hash] {
        text.push_str(part);
    }
    text
}

/// Trims a value, and turns each run of blanks into one.
fn push_value(text: &mut String, value: &[u8]) {
    for (n, word) in String::from_utf8_lossy(value).split(' ').filter(|w| !w.is_empty()).enumerate() {
        if n > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>, why: Unsigned) -> Fault {
    Fault::new(ErrorCode::InvalidSignatureException, message).of_kind(Kind::Signature(why))
}
