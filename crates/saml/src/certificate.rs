//! X.509 certificates: the form in which SAML exchanges public keys. Nothing in one is believed but its key, for it is the
//! metadata that vouches for it; its dates are told to who configures a provider.

use std::ops::Range;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_ports::Timestamp;

use crate::der::{
    self, BIT_STRING, CONTEXT_0, CONTEXT_3, GENERALIZED_TIME, INTEGER, OBJECT_ID, OCTET_STRING, SEQUENCE,
    UTC_TIME,
};
use crate::{Refusal, base64_text};

/// Longest certificate in base64 (federation §9).
const LONGEST: usize = 4096;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];

/// The extension that names the key of whoever has signed a certificate, and that name in it.
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];
const KEY_NAME: u8 = 0x80;

/// What a key is for, which no message may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// A certificate, of which the key is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    pub(crate) kind: KeyKind,
    /// `SubjectPublicKeyInfo` in DER.
    pub(crate) public_key: Vec<u8>,
    /// When it begins to be valid.
    pub not_before: Timestamp,
    /// When it ceases to be.
    pub not_after: Timestamp,
}

impl Certificate {
    /// From DER.
    ///
    /// # Errors
    /// [`Refusal::Certificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, Refusal> {
        read(der).ok_or(Refusal::Certificate)
    }

    /// From base64 without PEM's lines, as it stands in XML.
    ///
    /// # Errors
    /// [`Refusal::Certificate`].
    pub fn from_base64(text: &str) -> Result<Self, Refusal> {
        if text.len() > 2 * LONGEST {
            return Err(Refusal::Certificate);
        }
        let der = base64_text(text).ok_or(Refusal::Certificate)?;
        if der.len() > LONGEST / 4 * 3 { Err(Refusal::Certificate) } else { Self::from_der(&der) }
    }

    /// In DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// In base64 on one line, as GetSigningCertificate answers (federation §1).
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// Whether it is valid at this time.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.not_before..self.not_after).contains(&now)
    }
}

/// When a certificate in DER is valid, whatever its key.
#[must_use]
pub fn validity(der: &[u8]) -> Option<Range<Timestamp>> {
    parts(der).map(|parts| parts.validity)
}

/// The name of the key that has signed a certificate in DER, if it tells it, and the number that the certificate has there: what the
/// authority knows it by (RFC 9773 §4.1).
#[must_use]
pub fn signed_as(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let Parts { number, mut rest, .. } = parts(der)?;
    let mut extensions = loop {
        let value = der::next(&mut rest)?;
        if value.tag == CONTEXT_3 {
            break value.content;
        }
    };
    let mut extensions = der::expect(&mut extensions, SEQUENCE)?;
    loop {
        let mut extension = der::expect(&mut extensions, SEQUENCE)?;
        if der::expect(&mut extension, OBJECT_ID)? != AUTHORITY_KEY {
            continue;
        }
        // Before it may stand whether it is critical.
        let mut name = loop {
            let value = der::next(&mut extension)?;
            if value.tag == OCTET_STRING {
                break value.content;
            }
        };
        let mut name = der::expect(&mut name, SEQUENCE)?;
        return Some((der::expect(&mut name, KEY_NAME)?, number));
    }
}

fn read(der: &[u8]) -> Option<Certificate> {
    let Parts { validity, public_key, .. } = parts(der)?;
    Some(Certificate {
        der: der.to_vec(),
        kind: kind(public_key.content, public_key.whole)?,
        public_key: public_key.whole.to_vec(),
        not_before: validity.start,
        not_after: validity.end,
    })
}

/// What is read of a certificate.
struct Parts<'a> {
    number: &'a [u8],
    validity: Range<Timestamp>,
    public_key: der::Value<'a>,
    /// What comes behind its key.
    rest: &'a [u8],
}

fn parts(der: &[u8]) -> Option<Parts<'_>> {
    let mut input = der;
    let mut certificate = der::expect(&mut input, SEQUENCE)?;
    let mut content = der::expect(&mut certificate, SEQUENCE)?;
    if !input.is_empty() {
        return None;
    }
    let first = der::next(&mut content)?;
    let number = if first.tag == CONTEXT_0 { der::expect(&mut content, INTEGER)? } else { first.content };
    // Algorithm and issuer; behind the dates, the subject.
    der::expect(&mut content, SEQUENCE)?;
    der::expect(&mut content, SEQUENCE)?;
    let mut validity = der::expect(&mut content, SEQUENCE)?;
    der::expect(&mut content, SEQUENCE)?;
    let public_key = der::next(&mut content).filter(|key| key.tag == SEQUENCE)?;
    let not_before = instant(&mut validity)?;
    let validity = not_before..instant(&mut validity)?;
    Some(Parts { number, validity, public_key, rest: content })
}

/// The kind of a `SubjectPublicKeyInfo`, if the key is one of it.
fn kind(mut content: &[u8], whole: &[u8]) -> Option<KeyKind> {
    let mut algorithm = der::expect(&mut content, SEQUENCE)?;
    let kind = match der::expect(&mut algorithm, OBJECT_ID)? {
        RSA => KeyKind::Rsa,
        EC => match der::expect(&mut algorithm, OBJECT_ID)? {
            P256 => KeyKind::P256,
            P384 => KeyKind::P384,
            _ => return None,
        },
        _ => return None,
    };
    match kind {
        KeyKind::Rsa => {
            let mut key = der::expect(&mut content, BIT_STRING)?.strip_prefix(&[0])?;
            let mut numbers = der::expect(&mut key, SEQUENCE)?;
            let modulus = der::expect(&mut numbers, INTEGER)?;
            let bytes = modulus.len() - modulus.iter().take_while(|byte| **byte == 0).count();
            (256..=1024).contains(&bytes).then_some(())?;
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, whole).ok()?;
        }
        KeyKind::P256 => drop(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, whole).ok()?),
        KeyKind::P384 => drop(ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, whole).ok()?),
    }
    Some(kind)
}

/// RFC 5280, 4.1.2.5: years of two digits are those from 1950 to 2049.
fn instant(validity: &mut &[u8]) -> Option<Timestamp> {
    let value = der::next(validity)?;
    let text = std::str::from_utf8(value.content).ok()?;
    let text = match value.tag {
        UTC_TIME if text.as_bytes().first()? < &b'5' => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize| text.get(from..from + 2);
    Timestamp::from_iso8601(&format!(
        "{}-{}-{}T{}:{}:{}{}",
        text.get(..4)?,
        part(4)?,
        part(6)?,
        part(8)?,
        part(10)?,
        part(12)?,
        text.get(14..)?
    ))
}
