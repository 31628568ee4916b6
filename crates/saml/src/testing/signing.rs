//! Signatures as an identity provider makes them, with each part to be chosen.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Document;

use crate::Certificate;
use crate::c14n::{Method, canonicalize};
use crate::der::{BIT_STRING, INTEGER, SEQUENCE, UTC_TIME};
use crate::names::{
    ECDSA_SHA256, ECDSA_SHA384, ENVELOPED, EXCLUSIVE, RSA_SHA256, RSA_SHA384, RSA_SHA512, SHA1,
    SHA256 as SHA256_NAME, SHA384 as SHA384_NAME, SHA512 as SHA512_NAME, SIGNATURE,
};

/// A key to sign with.
pub enum Key {
    /// RSA.
    Rsa(RsaKeyPair),
    /// P-256, with SHA-256.
    P256(EcdsaKeyPair),
    /// P-384, with SHA-384.
    P384(EcdsaKeyPair),
}

impl Key {
    /// A new RSA key of 2048 bits.
    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// A new key of P-256.
    pub fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// A new key of P-384.
    pub fn p384() -> Self {
        Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap())
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Rsa(_) => RSA_SHA256,
            Self::P256(_) => ECDSA_SHA256,
            Self::P384(_) => ECDSA_SHA384,
        }
    }

    fn sign(&self, method: &str, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let encoding = match method {
                    RSA_SHA384 => &RSA_PKCS1_SHA384,
                    RSA_SHA512 => &RSA_PKCS1_SHA512,
                    // What is no algorithm of this key is signed all the same, and refused for its name.
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
            Self::P256(key) | Self::P384(key) => {
                key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
            }
        }
    }

    /// A certificate that nobody has signed: of one in metadata the key alone counts.
    pub fn certificate(&self) -> Certificate {
        let key: PublicKeyX509Der<'_> = match self {
            Self::Rsa(key) => key.public_key().as_der().unwrap(),
            Self::P256(key) | Self::P384(key) => key.public_key().as_der().unwrap(),
        };
        Certificate::from_der(&certificate(key.as_ref(), UTC_TIME, b"491231235959Z")).unwrap()
    }
}

/// A certificate of a key that ends at a time, which is given in the form of this tag.
pub(crate) fn certificate(public_key: &[u8], tag: u8, end: &[u8]) -> Vec<u8> {
    let empty = value(SEQUENCE, &[]);
    let dates = value(SEQUENCE, &[&value(UTC_TIME, &[b"200101000000Z"]), &value(tag, &[end])]);
    let content = value(SEQUENCE, &[&value(INTEGER, &[&[1]]), &empty, &empty, &dates, &empty, public_key]);
    value(SEQUENCE, &[&content, &empty, &value(BIT_STRING, &[&[0]])])
}

/// A value of DER, of less than 64 KiB.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, high, low], &content[..]].concat()
}

/// A signature over the element of an ID, as it should be; each part may be replaced.
pub struct Signing<'a> {
    /// The key.
    pub key: &'a Key,
    /// The ID of the element that is signed.
    pub id: String,
    /// `Algorithm` of SignatureMethod.
    pub method: String,
    /// `Algorithm` of DigestMethod.
    pub digest: String,
    /// `Algorithm` of CanonicalizationMethod.
    pub canonicalization: String,
    /// What Transforms holds.
    pub transforms: String,
    /// Prefixes that are canonicalized as inclusive canonicalization does.
    pub prefixes: &'a [&'a str],
    /// `URI` of the reference.
    pub uri: String,
    /// More references.
    pub more: String,
    /// What follows SignatureValue.
    pub key_info: String,
}

impl<'a> Signing<'a> {
    pub(super) fn new(key: &'a Key, id: &str) -> Self {
        Self {
            key,
            id: id.to_owned(),
            method: key.method().to_owned(),
            digest: SHA256_NAME.to_owned(),
            canonicalization: EXCLUSIVE.to_owned(),
            transforms: format!(
                "<ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"
            ),
            prefixes: &[],
            uri: format!("#{id}"),
            more: String::new(),
            key_info: String::new(),
        }
    }

    /// The document with the signature in the element, behind its issuer.
    pub fn within(&self, xml: &str) -> String {
        insert(xml, &self.id, &self.over(xml))
    }

    /// The signature alone, over the element as it stands in a document.
    pub fn over(&self, xml: &str) -> String {
        let document = Document::parse(xml).unwrap();
        let signed = document.descendants().find(|node| node.attribute("ID") == Some(&self.id)).unwrap();
        let method = Method { prefixes: self.prefixes, ..Method::default() };
        let canonical = canonicalize(signed, method).unwrap();
        let digest = match self.digest.as_str() {
            SHA1 => digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, &canonical),
            SHA384_NAME => digest::digest(&SHA384, &canonical),
            SHA512_NAME => digest::digest(&SHA512, &canonical),
            _ => digest::digest(&SHA256, &canonical),
        };
        let Self { method, canonicalization, transforms, uri, more, key_info, .. } = self;
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"{SIGNATURE}\"><ds:CanonicalizationMethod Algorithm=\"{canonicalization}\"/>\
             <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"{uri}\">\
             <ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm=\"{}\"/>\
             <ds:DigestValue>{}</ds:DigestValue></ds:Reference>{more}</ds:SignedInfo>",
            self.digest,
            STANDARD.encode(digest),
        );
        let document = Document::parse(&info).unwrap();
        let canonical = canonicalize(document.root_element(), Method::default()).unwrap();
        let value = STANDARD.encode(self.key.sign(method, &canonical));
        format!(
            "<ds:Signature xmlns:ds=\"{SIGNATURE}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue>{key_info}\
             </ds:Signature>"
        )
    }
}

/// A document with something more in the element of this ID: behind its issuer, or at the front.
pub(crate) fn insert(xml: &str, id: &str, what: &str) -> String {
    let document = Document::parse(xml).unwrap();
    let element = document.descendants().find(|node| node.attribute("ID") == Some(id)).unwrap();
    let issuer = element.children().find(|child| child.tag_name().name() == "Issuer");
    let at = issuer.map_or(element.first_child().unwrap().range().start, |issuer| issuer.range().end);
    let (before, after) = xml.split_at(at);
    format!("{before}{what}{after}")
}
