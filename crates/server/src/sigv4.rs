//! AWS Signature Version 4 for calls of Lambda, KMS and S3.

use std::env;

use aws_lc_rs::hmac;
use axum::http::{Method, Uri};
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

impl Keys {
    /// Those of the environment, under the names that AWS's tools use.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            access_key_id: variable("AWS_ACCESS_KEY_ID")?,
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
            session_token: variable("AWS_SESSION_TOKEN"),
        })
    }
}

/// A variable of the environment that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// For what a signature is good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    /// As signatures name it: `lambda`.
    pub(crate) service: &'static str,
}

/// The service that signs paths as they are sent, and the hash of the body as a header.
pub(crate) const S3: &str = "s3";

/// A request without its signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a Method,
    /// The query as it is signed: sorted by its names, each with a value.
    pub(crate) uri: &'a Uri,
    /// Their names are in small letters.
    pub(crate) headers: &'a [(&'static str, String)],
    pub(crate) body: &'a [u8],
}

/// The headers that sign a request.
pub(crate) fn headers(
    keys: &Keys,
    Scope { region, service }: Scope<'_>,
    Unsigned { method, uri, headers, body }: Unsigned<'_>,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let stamp = timestamp::format_compact(now.seconds());
    let date = stamp.get(..8).unwrap_or_default();
    let mut added = vec![("x-amz-date", stamp.clone())];
    added.extend(keys.session_token.as_ref().map(|token| ("x-amz-security-token", token.clone())));
    let hash = hex(&sha256(&[body]));
    added.extend((service == S3).then(|| ("x-amz-content-sha256", hash.clone())));

    let mut signed: Vec<&(&str, String)> = headers.iter().chain(&added).collect();
    signed.sort_unstable();
    let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    // The path as it is sent, encoded once more: so it is for every service but S3.
    let path = match service {
        S3 => uri.path().to_owned(),
        _ => uri.path().split('/').map(encode).collect::<Vec<_>>().join("/"),
    };
    let query = uri.query().unwrap_or_default();
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{hash}");
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of AWS's documentation of S3's signatures.
    #[test]
    fn published_examples_of_s3_are_signed() {
        let keys = Keys {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let now = Timestamp::from_iso8601("2013-05-24T00:00:00Z").unwrap();
        let host = "examplebucket.s3.amazonaws.com";
        let range = ("range", "bytes=0-9".to_owned());
        for (path, more, signature) in [
            ("/test.txt", Some(range), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            (
                "/?max-keys=2&prefix=J",
                None,
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
        ] {
            let uri: Uri = format!("https://{host}{path}").parse().unwrap();
            let mut given = vec![("host", host.to_owned())];
            given.extend(more);
            let unsigned = Unsigned { method: &Method::GET, uri: &uri, headers: &given, body: b"" };
            let scope = Scope { region: "us-east-1", service: S3 };
            let signed = headers(&keys, scope, unsigned, now);
            let (_, authorization) = signed.iter().find(|(name, _)| *name == "authorization").unwrap();
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{authorization}");
        }
    }
}
