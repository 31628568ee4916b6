//! Documents that other programs made (`fixtures/make.py`), and what they are good with.

use poolhouse_ports::Timestamp;

use crate::{DecryptionKey, IdentityProvider, ServiceProvider};

/// A response, and whether its assertion is encrypted.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// The response.
    pub xml: &'static str,
    /// Whether its assertion is encrypted.
    pub is_encrypted: bool,
}

macro_rules! document {
    ($name:literal, $is_encrypted:literal) => {
        Document { xml: include_str!(concat!("../../fixtures/", $name, ".xml")), is_encrypted: $is_encrypted }
    };
}

/// The assertion is signed.
pub const ASSERTION_SIGNED: Document = document!("assertion-signed", false);
/// The response is signed.
pub const RESPONSE_SIGNED: Document = document!("response-signed", false);
/// Both are, with SHA-512.
pub const BOTH_SIGNED: Document = document!("both-signed-sha512", false);
/// The assertion is signed by a key of P-384, with prefixes that are named as inclusive.
pub const SIGNED_ECDSA: Document = document!("signed-ecdsa", false);
/// Both are signed with SHA-1.
pub const SIGNED_SHA1: Document = document!("signed-sha1", false);
/// The assertion is signed, and encrypted by AES-128-GCM.
pub const ENCRYPTED_GCM: Document = document!("encrypted-gcm", true);
/// The assertion is signed, and encrypted by AES-256-CBC.
pub const ENCRYPTED_CBC: Document = document!("encrypted-cbc", true);
/// Both are signed, and the assertion is encrypted by Triple DES.
pub const ENCRYPTED_3DES: Document = document!("encrypted-3des", true);

/// All of them.
pub const ALL: [Document; 8] = [
    ASSERTION_SIGNED,
    RESPONSE_SIGNED,
    BOTH_SIGNED,
    SIGNED_ECDSA,
    SIGNED_SHA1,
    ENCRYPTED_GCM,
    ENCRYPTED_CBC,
    ENCRYPTED_3DES,
];

/// The metadata of who made them.
pub const METADATA: &str = include_str!("../../fixtures/metadata.xml");

/// The ID of the request that they answer.
pub const REQUEST: &str = "_request";

/// When they are good.
pub fn now() -> Timestamp {
    Timestamp::from_iso8601("2026-11-29T01:39:37Z").unwrap()
}

/// Who made them.
pub fn provider() -> IdentityProvider {
    IdentityProvider::from_metadata(METADATA.as_bytes(), None, now()).unwrap()
}

/// For whom they are.
pub fn service_provider() -> ServiceProvider {
    ServiceProvider {
        entity_id: "urn:amazon:cognito:sp:us-east-1_aaaaaaaaa".to_owned(),
        acs_url: "https://auth.example.com/saml2/idpresponse".to_owned(),
        slo_url: "https://auth.example.com/saml2/logout".to_owned(),
    }
}

/// The key of that one, in PKCS#8.
pub const KEY: &[u8] = include_bytes!("../../fixtures/service-provider.pkcs8");

/// What opens the encrypted ones.
pub fn decryption_key() -> DecryptionKey {
    DecryptionKey::from_pkcs8(KEY).unwrap()
}
