//! Signatures: well-known example, and each way in which a header can be wrong.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_wire::user_pools::SERVICE as USER_POOLS;

use super::verify::hex;
use super::{Authorization, Signed, SigningKey, Stamp, check_stamp, signature_matches};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// Made with botocore 1.44.5 for the request of [`request`].
const SIGNATURE: &str = "47f918a02c6629e65184b4068605848b61ac4f0bf5e7faf67a89f2efeb51715f";

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    list.iter()
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect()
}

/// A request as botocore sends it.
pub(crate) fn request() -> HeaderMap {
    let credential = "AKIDEXAMPLE/20300101/us-east-1/cognito-idp/aws4_request";
    let signed = "content-type;host;x-amz-date;x-amz-target";
    headers(&[
        ("host", "127.0.0.1:7665"),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools"),
        ("x-amz-date", "20300101T000000Z"),
        (
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={SIGNATURE}"
            ),
        ),
    ])
}

pub(crate) const BODY: &[u8] = br#"{"MaxResults": 10}"#;

/// Where it goes.
pub(crate) fn root() -> Uri {
    Uri::from_static("/")
}

fn verify(headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
    verify_at("/", headers, body)
}

fn verify_at(uri: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
    let uri: Uri = uri.parse().unwrap();
    let authorization = Authorization::read(headers, USER_POOLS.signing_name)?;
    let key = SigningKey::derive(SECRET, &authorization.date, &authorization.region, USER_POOLS.signing_name);
    signature_matches(&authorization, &key, &Signed { headers, uri: &uri, body })
}

fn refusal(result: Result<(), Fault>) -> (&'static str, String) {
    let fault = result.unwrap_err();
    (fault.code().as_str(), fault.message().unwrap_or_default().to_owned())
}

#[test]
fn a_signature_of_botocore_fits_and_any_change_breaks_it() {
    verify(&request(), BODY).unwrap();
    assert!(verify(&request(), b"{}").is_err());
    for (name, value) in [
        ("host", "example.com"),
        ("x-amz-target", "AWSCognitoIdentityProviderService.DeleteUserPool"),
        ("x-amz-date", "20300101T000001Z"),
    ] {
        let mut changed = request();
        changed.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_static(value));
        let (code, message) = refusal(verify(&changed, BODY));
        assert_eq!(code, "InvalidSignatureException", "{name}");
        assert!(message.starts_with("The request signature we calculated does not match"), "{name}");
    }
}

#[test]
fn blanks_around_and_inside_header_values_do_not_count() {
    let mut spaced = request();
    spaced.insert("content-type", HeaderValue::from_static("  application/x-amz-json-1.1  "));
    verify(&spaced, BODY).unwrap();
}

#[test]
fn headers_that_decide_the_meaning_must_be_signed() {
    let unsigned = |signed: &str| {
        let mut headers = request();
        let text = headers["authorization"]
            .to_str()
            .unwrap()
            .replace("content-type;host;x-amz-date;x-amz-target", signed);
        headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
        refusal(verify(&headers, BODY)).1
    };
    assert!(unsigned("content-type;x-amz-date;x-amz-target").starts_with("'Host'"));
    assert!(unsigned("content-type;host;x-amz-date").starts_with("'x-amz-target'"));
    assert!(unsigned("content-type;host;x-amz-target").starts_with("'x-amz-date'"));
}

/// The request with a header that tells the body's hash, signed with that hash.
fn request_with_hash(hash: &str) -> HeaderMap {
    let lines = format!(
        "content-type:application/x-amz-json-1.1\nhost:127.0.0.1:7665\nx-amz-content-sha256:{hash}\nx-amz-date:20300101T000000Z\nx-amz-target:AWSCognitoIdentityProviderService.ListUserPools\n"
    );
    let names = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target";
    let mut headers = signed_as(&lines, names, hash);
    headers.insert("x-amz-content-sha256", HeaderValue::from_str(hash).unwrap());
    headers
}

/// The request with the signature of these canonical lines.
fn signed_as(lines: &str, names: &str, hash: &str) -> HeaderMap {
    let canonical = digest(&SHA256, format!("POST\n/\n\n{lines}\n{names}\n{hash}").as_bytes());
    let scope = "20300101/us-east-1/cognito-idp/aws4_request";
    let to_sign = format!("AWS4-HMAC-SHA256\n20300101T000000Z\n{scope}\n{}", hex(canonical.as_ref()));
    let mac = |key: &[u8], text: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    };
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    let signature = hex(&mac(&key, &to_sign));
    let text = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    );
    let mut headers = request();
    headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
    headers
}

// A request of HTTP/2 has no Host; what it signs in its place must be where it came to.
#[test]
fn whom_a_request_is_for_is_signed_under_both_of_its_names() {
    let signed = |name: &str, value: &str| {
        let mut lines = [
            format!("{name}:{value}"),
            "content-type:application/x-amz-json-1.1".to_owned(),
            "x-amz-date:20300101T000000Z".to_owned(),
            "x-amz-target:AWSCognitoIdentityProviderService.ListUserPools".to_owned(),
        ];
        lines.sort_unstable();
        let names = lines.each_ref().map(|line| line.split_at(line[1..].find(':').unwrap() + 1).0).join(";");
        let mut headers =
            signed_as(&format!("{}\n", lines.join("\n")), &names, &hex(digest(&SHA256, BODY).as_ref()));
        headers.remove("host");
        headers
    };
    for name in ["host", ":authority"] {
        let headers = signed(name, "127.0.0.1:7665");
        verify_at("http://127.0.0.1:7665/", &headers, BODY).unwrap();
        for elsewhere in ["http://example.com/", "/"] {
            assert_eq!(
                refusal(verify_at(elsewhere, &headers, BODY)).0,
                "InvalidSignatureException",
                "{name}"
            );
        }
        // The empty text that it was before it was looked up.
        assert!(verify_at("http://127.0.0.1:7665/", &signed(name, ""), BODY).is_err());
        let mut old = signed(name, "127.0.0.1:7665");
        old.insert("host", HeaderValue::from_static("127.0.0.1:7665"));
        verify(&old, BODY).unwrap();
        old.insert("host", HeaderValue::from_static("example.com"));
        assert!(verify(&old, BODY).is_err());
    }
}

// The signature does not cover it, and nothing reads it.
#[test]
fn a_query_is_refused() {
    verify_at("/", &request(), BODY).unwrap();
    for query in ["/?a=b", "/?"] {
        let (code, message) = refusal(verify_at(query, &request(), BODY));
        assert_eq!(code, "InvalidSignatureException", "{query}");
        assert!(message.starts_with("The request signature we calculated does not match"), "{message}");
    }
}

// protocol §5.1: the body must be signed
#[test]
fn the_body_is_hashed_here_whatever_the_request_says_of_it() {
    verify(&request_with_hash(&hex(digest(&SHA256, BODY).as_ref())), BODY).unwrap();
    for hash in ["UNSIGNED-PAYLOAD", &hex(digest(&SHA256, b"{}").as_ref())] {
        let (code, message) = refusal(verify(&request_with_hash(hash), BODY));
        assert_eq!(code, "InvalidSignatureException", "{hash}");
        assert!(message.starts_with("The request signature we calculated does not match"), "{message}");
    }
}

// Without bounds, a name repeated in one header of 64 KiB would multiply another header of that size.
#[test]
fn signed_headers_are_few_and_each_is_named_once() {
    let signs = |list: &str| {
        let mut headers = request();
        let text = headers["authorization"].to_str().unwrap();
        let text = text.replace("content-type;host;x-amz-date;x-amz-target", list);
        headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
        Authorization::read(&headers, USER_POOLS.signing_name)
            .map(|authorization| authorization.signed_headers().split(';').count())
    };
    let many = |count: u32| (0..count).map(|n| format!("x-{n:03}")).collect::<Vec<_>>().join(";");
    assert_eq!(signs(&many(64)).unwrap(), 64);
    for list in [&many(65), "host;host", "host;Host", "x-amz-date;host", &"host;".repeat(10_000)] {
        let (code, message) = refusal(signs(list).map(drop));
        assert_eq!(code, "InvalidSignatureException");
        assert_eq!(message, "'SignedHeaders' must name at most 64 headers, each once, in ascending order.");
    }
}

#[test]
fn no_long_credential_is_repeated() {
    for credential in ["/".repeat(10_000), "x".repeat(10_000)] {
        let mut headers = request();
        let text = headers["authorization"].to_str().unwrap().replace("AKIDEXAMPLE", &credential);
        headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
        let (code, message) = refusal(Authorization::read(&headers, USER_POOLS.signing_name).map(drop));
        assert_eq!(
            (code, message.as_str()),
            ("InvalidSignatureException", "Credential must have at most 256 characters.")
        );
    }
}

// protocol §5.1, recorded: the hash in the text is that of the header
#[test]
fn an_unreadable_header_is_told_all_that_it_lacks() {
    let (code, message) =
        refusal(verify(&headers(&[("authorization", "not-an-authorization-header")]), BODY));
    assert_eq!(code, "IncompleteSignatureException");
    assert_eq!(
        message,
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=nCNWH1ig8mYgx6rz1Mdk0l15im83kFZ12YdZsVEkIE8="
    );
    let no_signature = [
        ("x-amz-date", "20300101T000000Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=a/20300101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host",
        ),
    ];
    let message = refusal(verify(&headers(&no_signature), BODY)).1;
    assert!(message.starts_with("Authorization header requires 'Signature' parameter. (Hashed"), "{message}");
}

#[test]
fn no_header_is_a_missing_token() {
    assert_eq!(
        refusal(verify(&HeaderMap::new(), BODY)),
        ("MissingAuthenticationTokenException", "Missing Authentication Token".to_owned())
    );
}

#[test]
fn a_foreign_scope_is_told_each_fault() {
    let scoped = |scope: &str| {
        let mut headers = request();
        let text = headers["authorization"]
            .to_str()
            .unwrap()
            .replace("20300101/us-east-1/cognito-idp/aws4_request", scope);
        headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
        refusal(verify(&headers, BODY)).1
    };
    assert_eq!(
        scoped("20300101/US_EAST/cognito-idp/aws4_request"),
        "Credential should be scoped to a valid region, not 'US_EAST'. "
    );
    assert_eq!(
        scoped("20300101/us-east-1/s3/aws4_request"),
        "Credential should be scoped to correct service: 'cognito-idp'. "
    );
    assert!(scoped("20300101/us-east-1/cognito-idp/aws3").contains("valid terminator"));
}

#[test]
fn the_stamp_may_be_five_minutes_off() {
    let authorization = Authorization::read(&request(), USER_POOLS.signing_name).unwrap();
    let stamp = Stamp::from_iso8601("20300101T000000Z").unwrap().at;
    for off in [-300, 0, 300] {
        check_stamp(&authorization, stamp.plus_seconds(off)).unwrap();
    }
    assert_eq!(
        refusal(check_stamp(&authorization, stamp.plus_seconds(301))).1,
        "Signature expired: 20300101T000000Z is now earlier than 20300101T000001Z (20300101T000501Z - 5 min.)"
    );
    assert_eq!(
        refusal(check_stamp(&authorization, stamp.plus_seconds(-301))).1,
        "Signature not yet current: 20300101T000000Z is still later than 20291231T235959Z (20291231T235459Z + 5 min.)"
    );
}

#[test]
fn the_scope_must_be_of_the_day_of_the_stamp() {
    let mut headers = request();
    let text = headers["authorization"].to_str().unwrap().replace("/20300101/", "/20300102/");
    headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
    let authorization = Authorization::read(&headers, USER_POOLS.signing_name).unwrap();
    let message = refusal(check_stamp(&authorization, authorization.stamp.at)).1;
    assert!(message.starts_with("Date in Credential scope does not match YYYYMMDD"), "{message}");
}

#[test]
fn stamps_are_read_and_written() {
    for (text, seconds) in
        [("19700101T000000Z", 0), ("20000229T235959Z", 951_868_799), ("20300101T000000Z", 1_893_456_000)]
    {
        let stamp = Stamp::from_iso8601(text).unwrap();
        assert_eq!(stamp.at, Timestamp::from_seconds(seconds), "{text}");
        assert_eq!(Stamp::at(stamp.at).text, text);
    }
    for bad in ["", "20300101", "20300101T000000", "20301301T000000Z", "2030010１T00000Z", "20300101T240000Z"]
    {
        assert!(Stamp::from_iso8601(bad).is_none(), "{bad}");
    }
    let from_http = Stamp::of(&headers(&[("date", "Tue, 01 Jan 2030 00:00:00 GMT")])).unwrap();
    assert_eq!(from_http.text, "20300101T000000Z");
}
