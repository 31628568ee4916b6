//! Documents that other programs made: an identity provider of pysaml2, and xmlsec1.

use super::Attack;
use crate::testing::documents::{
    ASSERTION_SIGNED, BOTH_SIGNED, Document, ENCRYPTED_3DES, ENCRYPTED_CBC, ENCRYPTED_GCM, REQUEST,
    RESPONSE_SIGNED, SIGNED_ECDSA, SIGNED_SHA1, decryption_key, now, provider, service_provider,
};
use crate::testing::form;
use crate::{Assertion, Expected, Legacy, Origin, Refusal};

fn accept(document: Document, legacy: Legacy) -> Result<Assertion, Refusal> {
    accept_xml(document.xml, document.is_encrypted, legacy)
}

fn accept_xml(xml: &str, is_encrypted: bool, legacy: Legacy) -> Result<Assertion, Refusal> {
    let (provider, key) = (provider(), decryption_key());
    let expected = Expected {
        provider: &provider,
        origin: Origin::Request(REQUEST),
        authenticated_since: None,
        decryption_key: Some(&key).filter(|_| is_encrypted),
        legacy,
    };
    service_provider().accept(&form(xml), now(), &expected)
}

const STRICT: Legacy = Legacy { sha1: false, rsa_1_5: false, unsigned_cbc: false };

pub(super) fn attacks() -> Vec<Attack> {
    let changed = SIGNED_ECDSA.xml.replace(">ann-5a<", ">eve-5a<");
    vec![
        Attack::new("another program's SHA-1", Refusal::Sha1, accept(SIGNED_SHA1, STRICT)),
        Attack::new("another program's CBC", Refusal::UnsignedCbc, accept(ENCRYPTED_CBC, STRICT)),
        Attack::new("another program's Triple DES", Refusal::ContentCipher, accept(ENCRYPTED_3DES, STRICT)),
        Attack::new(
            "another program's signature of something else",
            Refusal::Digest,
            accept_xml(&changed, false, STRICT),
        ),
    ]
}

#[test]
fn what_others_made_is_understood() {
    let sha1 = Legacy { sha1: true, ..STRICT };
    let unsigned_cbc = Legacy { unsigned_cbc: true, ..STRICT };
    for (document, legacy) in [
        (ASSERTION_SIGNED, STRICT),
        (RESPONSE_SIGNED, STRICT),
        (BOTH_SIGNED, STRICT),
        (SIGNED_ECDSA, STRICT),
        (SIGNED_SHA1, sha1),
        (ENCRYPTED_GCM, STRICT),
        (ENCRYPTED_CBC, unsigned_cbc),
    ] {
        let accepted = accept(document, legacy).unwrap();
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
