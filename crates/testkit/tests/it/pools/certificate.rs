//! GetSigningCertificate (operations-and-protection §12).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

async fn certificate(server: &TestServer, pool: &str) -> String {
    let answer = server.admin().ok("GetSigningCertificate", json!({ "UserPoolId": pool })).await;
    answer["Certificate"].as_str().unwrap().to_owned()
}

/// Tag, content and what follows of the first DER element.
fn element(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (tag, rest) = der.split_first().unwrap();
    let (first, rest) = rest.split_first().unwrap();
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at(usize::from(first & 0x7f));
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, after) = rest.split_at(length);
    (*tag, content, after)
}

const SEQUENCE: u8 = 0x30;

/// The content of SubjectPublicKeyInfo.
fn public_key(certificate: &str) -> Vec<u8> {
    let der = STANDARD.decode(certificate).unwrap();
    let (_, certificate_content, _) = element(&der);
    let (_, mut rest, _) = element(certificate_content);
    // version, serialNumber, signature, issuer, validity, subject
    for _ in 0..6 {
        rest = element(rest).2;
    }
    let (tag, key, _) = element(rest);
    assert_eq!(tag, SEQUENCE);
    key.to_vec()
}

/// The key itself, `RSAPublicKey`.
pub(crate) fn rsa_key(certificate: &str) -> Vec<u8> {
    let key = public_key(certificate);
    let (_, _, bits) = element(&key);
    let (_, bits, _) = element(bits);
    bits[1..].to_vec()
}

on_both! {
    async fn the_certificate_is_x509_of_ten_years_and_stays(server) {
        let pool = server.pool(json!({})).await;
        let first = certificate(server, &pool).await;
        assert!(!first.contains(['\n', '-']), "one line without armour");
        let der = STANDARD.decode(&first).unwrap();

        // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
        let (tag, certificate_content, after) = element(&der);
        assert_eq!((tag, after.len()), (SEQUENCE, 0));
        let (tag, signed, rest) = element(certificate_content);
        assert_eq!(tag, SEQUENCE);
        let (tag, algorithm, rest) = element(rest);
        assert_eq!(tag, SEQUENCE);
        let (tag, signature, after) = element(rest);
        assert_eq!((tag, signature.len(), after.len()), (0x03, 257, 0), "a signature of RSA-2048");
        // sha256WithRSAEncryption
        let (tag, oid, _) = element(algorithm);
        assert_eq!((tag, oid), (0x06, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b].as_slice()));

        // version, serialNumber, signature, issuer, validity, subject
        let (_, _, rest) = element(signed);
        let (_, _, rest) = element(rest);
        let (_, _, rest) = element(rest);
        let (_, issuer, rest) = element(rest);
        let (_, validity, rest) = element(rest);
        let (_, subject, _) = element(rest);
        assert_eq!(issuer, subject, "self-signed");
        assert!(subject.windows(pool.len()).any(|w| w == pool.as_bytes()));
        let (_, start, rest) = element(validity);
        let (_, end, _) = element(rest);
        assert_eq!((start, end), (b"300101000000Z".as_slice(), b"391230000000Z".as_slice()));

        assert_eq!(certificate(server, &pool).await, first);
        let other = server.pool(json!({})).await;
        assert_ne!(certificate(server, &other).await, first);
    }

    // federation §9: for the same key
    async fn a_new_one_is_made_each_year(server) {
        let pool = server.pool(json!({})).await;
        let first = certificate(server, &pool).await;
        server.clock().advance_seconds(364 * 24 * 3600);
        assert_eq!(certificate(server, &pool).await, first);
        server.clock().advance_seconds(24 * 3600);
        let second = certificate(server, &pool).await;
        assert_ne!(second, first);
        assert_eq!(public_key(&second), public_key(&first));
        assert_eq!(certificate(server, &pool).await, second);
        let other = server.pool(json!({})).await;
        assert_ne!(public_key(&certificate(server, &other).await), public_key(&first));
    }

    async fn an_unknown_pool_has_none(server) {
        let refused = server.admin().refused("GetSigningCertificate", json!({ "UserPoolId": "us-east-1_000000000" })).await;
        assert_eq!(refused, (
            "ResourceNotFoundException".to_owned(),
            "User pool us-east-1_000000000 does not exist.".to_owned(),
        ));
    }
}
