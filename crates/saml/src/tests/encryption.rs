//! Encrypted assertions.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;

use super::{Attack, BENCH, Bench};
use crate::names::{AES128_CBC, AES256_CBC, AES256_GCM, ENCRYPTION, MGF1_SHA1, RSA_1_5, RSA_OAEP, SHA256};
use crate::testing::{Encrypting, encrypted, form};
use crate::{Assertion, DecryptionKey, Expected, Legacy, Refusal};

impl Bench {
    fn accept_encrypted(&self, xml: &str, legacy: Legacy) -> Result<Assertion, Refusal> {
        let expected = Expected { decryption_key: Some(&self.decryption_key), legacy, ..self.expected() };
        self.sp.accept(&form(xml), self.now, &expected)
    }

    fn encrypted(&self, assertion: &str, encrypting: Encrypting<'_>) -> String {
        encrypted(assertion, &self.our_certificate, encrypting)
    }

    /// A response, not signed, with an assertion that is, encrypted so.
    fn with_encrypted(&self, encrypting: Encrypting<'_>) -> String {
        self.idp.response(&self.answer(), &self.encrypted(&self.signed_assertion(), encrypting))
    }

    /// A signed response with an assertion that is not.
    fn around_encrypted(&self, encrypting: Encrypting<'_>) -> String {
        let assertion = self.encrypted(&self.idp.assertion(&self.answer()), encrypting);
        self.idp.signing("_r1").within(&self.idp.response(&self.answer(), &assertion))
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks(bench: &Bench) -> Vec<Attack> {
    let gcm = Encrypting::default();
    let good = bench.with_encrypted(gcm);
    let strict = Legacy::default();
    let tried = |name, refusal, xml: String| Attack::new(name, refusal, bench.accept_encrypted(&xml, strict));
    let holding = |name, refusal, assertion: &str| {
        let xml = bench.idp.response(&bench.answer(), &bench.encrypted(assertion, gcm));
        Attack::new(name, refusal, bench.accept_encrypted(&xml, strict))
    };
    let key = good[good.find("<xenc:EncryptedKey>").unwrap()..good.find("</ds:KeyInfo>").unwrap()].to_owned();
    let plain = bench.idp.assertion(&bench.answer());
    let signed = bench.signed_assertion();
    let weak = Encrypting { transport: RSA_1_5, ..gcm };
    vec![
        Attack::new("encrypted where it is not expected", Refusal::UnexpectedEncryption, bench.accept(&good)),
        tried(
            "not encrypted where it is demanded",
            Refusal::Unencrypted,
            bench.idp.signed_response(&bench.answer()),
        ),
        tried(
            "encrypted for us by somebody else",
            Refusal::Unsigned,
            bench.idp.response(&bench.answer(), &bench.encrypted(&plain, gcm)),
        ),
        tried("RSA 1.5", Refusal::Rsa15, bench.with_encrypted(weak)),
        tried(
            "OAEP with two hashes",
            Refusal::KeyTransport,
            bench.with_encrypted(Encrypting { transport: RSA_OAEP, digest: SHA256, mask: MGF1_SHA1, ..gcm }),
        ),
        tried(
            "OAEP with a label",
            Refusal::KeyTransport,
            good.replace("<ds:DigestMethod", "<xenc:OAEPparams>AA==</xenc:OAEPparams><ds:DigestMethod"),
        ),
        tried("a key wrapped by a key", Refusal::KeyTransport, good.replace("#rsa-oaep-mgf1p", "#kw-aes256")),
        tried(
            "Triple DES",
            Refusal::ContentCipher,
            good.replace(AES256_GCM, &format!("{ENCRYPTION}tripledes-cbc")),
        ),
        tried("AES-192", Refusal::ContentCipher, good.replace("aes256-gcm", "aes192-gcm")),
        tried(
            "CBC in a response that is not signed",
            Refusal::UnsignedCbc,
            bench.with_encrypted(Encrypting { cipher: AES256_CBC, ..gcm }),
        ),
        tried("GCM called CBC", Refusal::UnsignedCbc, good.replace(AES256_GCM, AES256_CBC)),
        tried("another length of key", Refusal::Undecryptable, good.replace("aes256-gcm", "aes128-gcm")),
        tried("a changed cipher text", Refusal::Undecryptable, changed_end(&good)),
        tried(
            "no cipher text",
            Refusal::EncryptionShape,
            good.replace("xenc:CipherValue", "xenc:CipherReference"),
        ),
        tried("an empty cipher text", Refusal::Undecryptable, emptied(&good)),
        tried("no key", Refusal::EncryptionShape, good.replace(&key, "")),
        tried("two keys", Refusal::EncryptionShape, good.replace(&key, &key.repeat(2))),
        tried("no method", Refusal::EncryptionShape, good.replace("xenc:EncryptionMethod", "xenc:Method")),
        tried("no data", Refusal::EncryptionShape, good.replace("xenc:EncryptedData", "xenc:Data")),
        holding("encrypted text that is no XML", Refusal::Undecryptable, "ann@example.com"),
        holding("an encrypted comment", Refusal::Undecryptable, &signed.replace("ann@", "ann<!---->@")),
        holding("an encrypted document type", Refusal::Undecryptable, &format!("<!DOCTYPE a>{signed}")),
        holding("an encrypted response", Refusal::Root, &bench.idp.signed_response(&bench.answer())),
        holding("an encrypted assertion that was changed", Refusal::Digest, &signed.replace("ann@", "eve@")),
        holding(
            "an encrypted assertion in a forged one",
            Refusal::SeveralAssertions,
            &bench.forged().replace("</saml:Subject>", &format!("</saml:Subject>{signed}")),
        ),
        holding(
            "encrypted, with two IDs alike",
            Refusal::DuplicateId,
            &signed.replace("<saml:Subject>", "<saml:Subject ID=\"_a1\">"),
        ),
        holding(
            "encrypted, with a signature elsewhere",
            Refusal::MisplacedSignature,
            &plain.replace(
                "<saml:Subject>",
                &format!("<saml:Subject>{}", bench.idp.signing("_a1").over(&plain)),
            ),
        ),
        tried(
            "a signature elsewhere than in the response",
            Refusal::MisplacedSignature,
            good.replace(
                "<ds:DigestMethod",
                &format!("{}<ds:DigestMethod", bench.idp.signing("_r1").over(&good)),
            ),
        ),
        tried("an encrypted assertion in a signed response exchanged", Refusal::Digest, {
            let other = bench.encrypted(&bench.forged(), gcm);
            let xml = bench.around_encrypted(gcm);
            let (from, to) =
                (xml.find("<saml:EncryptedAssertion").unwrap(), xml.find("</samlp:Response>").unwrap());
            format!("{}{other}{}", &xml[..from], &xml[to..])
        }),
    ]
}

/// Another last byte of what is encrypted, and so of its tag.
fn changed_end(xml: &str) -> String {
    let end = xml.rfind("</xenc:CipherValue>").unwrap();
    let (before, after) = xml.split_at(end);
    let kept = before.trim_end_matches('=');
    let padding = before.len() - kept.len();
    let at = kept.len() - 2;
    let other = if kept.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}{}{after}", &kept[..at], &kept[at + 1..], "=".repeat(padding))
}

fn emptied(xml: &str) -> String {
    let from = xml.rfind("<xenc:CipherValue>").unwrap();
    let to = xml.rfind("</xenc:CipherValue>").unwrap();
    format!("{}<xenc:CipherValue>{}", &xml[..from], &xml[to..])
}

#[test]
fn all_good_ways_to_encrypt_are_taken() {
    let bench = &*BENCH;
    for encrypting in Encrypting::GOOD {
        let in_signed = bench.accept_encrypted(&bench.around_encrypted(encrypting), Legacy::default());
        assert_eq!(in_signed.unwrap().name_id.value, "ann@example.com", "{encrypting:?}");
        let legacy = Legacy { unsigned_cbc: true, ..Legacy::default() };
        let signed_within = bench.accept_encrypted(&bench.with_encrypted(encrypting), legacy);
        assert_eq!(signed_within.unwrap().name_id.value, "ann@example.com", "{encrypting:?}");
    }
}

#[test]
fn rsa_1_5_is_taken_when_it_is_switched_on() {
    let bench = &*BENCH;
    let legacy = Legacy { rsa_1_5: true, ..Legacy::default() };
    let xml = bench.around_encrypted(Encrypting {
        transport: RSA_1_5,
        cipher: AES128_CBC,
        ..Encrypting::default()
    });
    assert!(bench.accept_encrypted(&xml, legacy).is_ok());
    assert_eq!(bench.accept_encrypted(&xml, Legacy::default()), Err(Refusal::Rsa15));
}

#[test]
fn the_key_may_stand_beside_what_it_opens() {
    let bench = &*BENCH;
    let xml = bench.with_encrypted(Encrypting::default());
    let from = xml.find("<xenc:EncryptedKey>").unwrap();
    let to = xml.find("</ds:KeyInfo>").unwrap();
    let key = xml[from..to].replace(
        "<xenc:EncryptedKey>",
        &format!(
            "<xenc:EncryptedKey xmlns:xenc=\"{ENCRYPTION}\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
        ),
    );
    let moved = format!("{}{}", &xml[..from], &xml[to..])
        .replace("</xenc:EncryptedData>", &format!("</xenc:EncryptedData>{key}"));
    assert!(bench.accept_encrypted(&moved, Legacy::default()).is_ok());
}

#[test]
fn a_wrong_key_tells_no_more_than_a_wrong_text() {
    let bench = &*BENCH;
    let other: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    let other = DecryptionKey::from_pkcs8(other.as_ref()).unwrap();
    let legacy = Legacy { rsa_1_5: true, unsigned_cbc: true, sha1: false };
    for transport in [RSA_1_5, RSA_OAEP] {
        for cipher in [AES256_CBC, AES256_GCM] {
            let xml = bench.with_encrypted(Encrypting { transport, cipher, ..Encrypting::default() });
            let expected = Expected { decryption_key: Some(&other), legacy, ..bench.expected() };
            assert_eq!(bench.sp.accept(&form(&xml), bench.now, &expected), Err(Refusal::Undecryptable));
        }
    }
}
