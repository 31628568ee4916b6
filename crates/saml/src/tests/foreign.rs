//! Documents that other programs made: an identity provider of pysaml2, and xmlsec1 (`fixtures/make.py`).

use poolhouse_ports::Timestamp;

use super::{Attack, BENCH, REQUEST};
use crate::testing::form;
use crate::{Assertion, DecryptionKey, Expected, IdentityProvider, Legacy, Origin, Refusal};

const NOW: &str = "2026-11-29T01:39:37Z";

const ASSERTION_SIGNED: &str = include_str!("../../fixtures/assertion-signed.xml");
const RESPONSE_SIGNED: &str = include_str!("../../fixtures/response-signed.xml");
const BOTH_SIGNED: &str = include_str!("../../fixtures/both-signed-sha512.xml");
const SIGNED_ECDSA: &str = include_str!("../../fixtures/signed-ecdsa.xml");
const SIGNED_SHA1: &str = include_str!("../../fixtures/signed-sha1.xml");
const ENCRYPTED_GCM: &str = include_str!("../../fixtures/encrypted-gcm.xml");
const ENCRYPTED_CBC: &str = include_str!("../../fixtures/encrypted-cbc.xml");
const ENCRYPTED_3DES: &str = include_str!("../../fixtures/encrypted-3des.xml");

fn accept(xml: &str, is_encrypted: bool, legacy: Legacy) -> Result<Assertion, Refusal> {
    let now = Timestamp::from_iso8601(NOW).unwrap();
    let metadata = include_bytes!("../../fixtures/metadata.xml");
    let provider = IdentityProvider::from_metadata(metadata, None, now).unwrap();
    let key = DecryptionKey::from_pkcs8(include_bytes!("../../fixtures/service-provider.pkcs8")).unwrap();
    let expected = Expected {
        provider: &provider,
        origin: Origin::Request(REQUEST),
        decryption_key: Some(&key).filter(|_| is_encrypted),
        legacy,
    };
    BENCH.sp.accept(&form(xml), now, &expected)
}

const STRICT: Legacy = Legacy { sha1: false, rsa_1_5: false, unsigned_cbc: false };

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::new("another program's SHA-1", Refusal::Sha1, accept(SIGNED_SHA1, false, STRICT)),
        Attack::new("another program's CBC", Refusal::UnsignedCbc, accept(ENCRYPTED_CBC, true, STRICT)),
        Attack::new(
            "another program's Triple DES",
            Refusal::ContentCipher,
            accept(ENCRYPTED_3DES, true, STRICT),
        ),
        Attack::new(
            "another program's signature of something else",
            Refusal::Digest,
            accept(&SIGNED_ECDSA.replace(">ann-5a<", ">eve-5a<"), false, STRICT),
        ),
    ]
}

#[test]
fn what_others_made_is_understood() {
    let sha1 = Legacy { sha1: true, ..STRICT };
    let unsigned_cbc = Legacy { unsigned_cbc: true, ..STRICT };
    for (xml, is_encrypted, legacy) in [
        (ASSERTION_SIGNED, false, STRICT),
        (RESPONSE_SIGNED, false, STRICT),
        (BOTH_SIGNED, false, STRICT),
        (SIGNED_ECDSA, false, STRICT),
        (SIGNED_SHA1, false, sha1),
        (ENCRYPTED_GCM, true, STRICT),
        (ENCRYPTED_CBC, true, unsigned_cbc),
    ] {
        let accepted = accept(xml, is_encrypted, legacy).unwrap();
        assert_eq!(accepted.name_id.value, "ann-5a");
        assert_eq!(accepted.name_id.format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
        let values = |name: &str| {
            let attribute = accepted.attributes.iter().find(|attribute| attribute.name == name);
            attribute.map(|attribute| attribute.values.join(" "))
        };
        assert_eq!(values("urn:oid:1.2.840.113549.1.9.1.1").as_deref(), Some("ann@example.com"));
        assert_eq!(values("urn:oid:1.3.6.1.4.1.5923.1.1.1.1").as_deref(), Some("staff member"));
    }
}
