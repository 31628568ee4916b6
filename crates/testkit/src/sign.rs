//! Signs requests as an SDK does: Signature Version 4, written apart from the server's verifier.

use aws_lc_rs::{digest, hmac};
use poolhouse_ports::Timestamp;

/// The region that requests are signed for where none is named.
pub const REGION: &str = "us-east-1";

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// Named in the signature.
    pub access_key_id: &'a str,
    /// Never sent.
    pub secret_access_key: &'a str,
}

/// The headers that sign a `POST /` to a service in a region with `headers` (in alphabetical order) and `body`.
#[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
pub fn headers(
    keys: Keys<'_>,
    (service, region): (&str, &str),
    headers: &[(&str, String)],
    body: &[u8],
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let Keys { access_key_id, secret_access_key } = keys;
    let stamp = stamp(now);
    let date = stamp.get(..8).unwrap();
    let mut signed: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    signed.push(("x-amz-date", &stamp));
    signed.sort_unstable();
    let names: Vec<&str> = signed.iter().map(|(n, _)| *n).collect();
    let names = names.join(";");
    let lines: String = signed.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", sha256(body));
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let key = [date, region, service, "aws4_request"]
        .into_iter()
        .fold(format!("AWS4{secret_access_key}").into_bytes(), |key, part| mac(&key, part.as_bytes()));
    let signature = hex(&mac(&key, to_sign.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    vec![("x-amz-date", stamp), ("authorization", authorization)]
}

/// `yyyymmddThhmmssZ`, counted up day by day: slow, and independent of the server's arithmetic.
fn stamp(now: Timestamp) -> String {
    let (mut days, of_day) = (now.seconds() / 86_400, now.seconds() % 86_400);
    let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let mut year = 1970;
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{:02}T{hour:02}{minute:02}{second:02}Z", days + 1)
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref().to_vec()
}

fn sha256(data: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, data).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
