//! Signatures that are none, or not of the form that is taken.

use super::{Attack, BENCH, Bench};
use crate::names::{ENVELOPED, EXCLUSIVE, RSA_SHA384, RSA_SHA512, SHA1, SHA384, SHA512, SIGNATURE};
use crate::testing::{Idp, Key, Signing, form};
use crate::{Expected, Legacy, Refusal};

/// A response whose assertion is signed in this way.
fn signed(bench: &Bench, change: impl FnOnce(&mut Signing<'_>)) -> String {
    let mut signing = bench.idp.signing("_a1");
    change(&mut signing);
    bench.idp.response(&bench.answer(), &signing.within(&bench.idp.assertion(&bench.answer())))
}

/// A response whose assertion is signed well, with the text changed afterwards.
fn changed(bench: &Bench, from: &str, to: &str) -> String {
    let good = bench.idp.signed_response(&bench.answer());
    assert!(good.contains(from), "{from}");
    good.replacen(from, to, 1)
}

fn transform(algorithm: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\"/>")
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks(bench: &Bench) -> Vec<Attack> {
    let idp = &bench.idp;
    let plain = idp.assertion(&bench.answer());
    let tried = |name, refusal, xml: String| Attack::new(name, refusal, bench.accept(&xml));
    let with = |change: fn(&mut Signing<'_>)| signed(bench, change);
    let eve = Idp::new(&idp.entity_id);
    let eves = |key_info: String| {
        let signing = Signing { key_info, ..eve.signing("_a1") };
        idp.response(&bench.answer(), &signing.within(&plain))
    };
    let certificate = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        eve.certificate.to_base64()
    );
    let good = idp.signing("_a1").over(&plain);
    let canonicalization = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
    let mut attacks = vec![
        tried("no signature", Refusal::Unsigned, idp.response(&bench.answer(), &plain)),
        tried("a foreign key", Refusal::Signature, eves(String::new())),
        tried("a foreign key with its certificate in KeyInfo", Refusal::Signature, eves(certificate)),
        tried(
            "a foreign key with its numbers in KeyInfo",
            Refusal::Signature,
            eves("<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue></ds:KeyInfo>".to_owned()),
        ),
        tried("an empty signature", Refusal::Signature, changed(bench, &value_of(&good), "")),
        tried("a signature of zeros", Refusal::Signature, changed(bench, &value_of(&good), &"A".repeat(344))),
        tried("SignedInfo changed", Refusal::Signature, changed(bench, "xmlenc#sha256", "xmlenc#sha512")),
        tried("two signatures", Refusal::SeveralSignatures, changed(bench, &good, &format!("{good}{good}"))),
        tried("no ID", Refusal::MissingId, changed(bench, " ID=\"_a1\"", "")),
        tried("an empty ID", Refusal::MissingId, changed(bench, " ID=\"_a1\"", " ID=\"\"")),
        tried(
            "an Object in the signature",
            Refusal::SignatureShape,
            with(|s| s.key_info = "<ds:Object/>".to_owned()),
        ),
        tried("no SignedInfo", Refusal::SignatureShape, changed(bench, &info_of(&good), "")),
        tried(
            "another element for SignedInfo",
            Refusal::SignatureShape,
            changed(bench, &info_of(&good), &info_of(&good).replace("ds:SignedInfo", "ds:Info")),
        ),
        tried(
            "another element for SignatureMethod",
            Refusal::SignatureShape,
            changed(bench, "<ds:SignatureMethod", "<ds:Method"),
        ),
        tried(
            "another element for Reference",
            Refusal::SignatureShape,
            idp.signed_response(&bench.answer()).replace("ds:Reference", "ds:Manifest"),
        ),
        tried(
            "two SignedInfo",
            Refusal::SignatureShape,
            changed(bench, &info_of(&good), &info_of(&good).repeat(2)),
        ),
        tried(
            "SignedInfo of another namespace",
            Refusal::SignatureShape,
            changed(bench, &info_of(&good), &format!("<a:SignedInfo xmlns:a=\"urn:x\"/>{}", info_of(&good))),
        ),
        tried(
            "two references",
            Refusal::SeveralReferences,
            with(|s| s.more = "<ds:Reference URI=\"#_r1\"/>".to_owned()),
        ),
        tried(
            "500 references",
            Refusal::SeveralReferences,
            with(|s| s.more = "<ds:Reference URI=\"#_r1\"/>".repeat(500)),
        ),
        tried("a Manifest", Refusal::SeveralReferences, with(|s| s.more = "<ds:Manifest/>".to_owned())),
        tried("a reference to the response", Refusal::ForeignReference, with(|s| s.uri = "#_r1".to_owned())),
        tried(
            "a reference to the whole document",
            Refusal::ForeignReference,
            with(|s| s.uri = String::new()),
        ),
        tried(
            "a reference to a file",
            Refusal::ForeignReference,
            with(|s| s.uri = "file:///etc/passwd".to_owned()),
        ),
        tried(
            "a reference to a relative file",
            Refusal::ForeignReference,
            with(|s| s.uri = "poolhouse.db".to_owned()),
        ),
        tried(
            "a reference to an address",
            Refusal::ForeignReference,
            with(|s| s.uri = "http://eve/#_a1".to_owned()),
        ),
        tried("an XPointer", Refusal::ForeignReference, with(|s| s.uri = "#xpointer(id('_a1'))".to_owned())),
        tried(
            "inclusive canonicalization",
            Refusal::Canonicalization,
            with(|s| s.canonicalization = INCLUSIVE.to_owned()),
        ),
        tried("no canonicalization", Refusal::Canonicalization, with(|s| s.canonicalization = String::new())),
        tried(
            "33 prefixes for SignedInfo",
            Refusal::Canonicalization,
            changed(
                bench,
                &canonicalization,
                &holding(&canonicalization, "CanonicalizationMethod", &named_prefixes()),
            ),
        ),
        tried(
            "33 prefixes for the assertion",
            Refusal::Transform,
            with(|s| {
                s.transforms =
                    transform(ENVELOPED) + &holding(&transform(EXCLUSIVE), "Transform", &named_prefixes());
            }),
        ),
        tried("a transform by XSLT", Refusal::Transform, with(|s| s.transforms += &transform(XSLT))),
        tried(
            "a transform by XPath",
            Refusal::Transform,
            with(|s| s.transforms = transform(ENVELOPED) + &transform(XPATH)),
        ),
        tried(
            "a transform by XPath, filter 2.0",
            Refusal::Transform,
            with(|s| s.transforms = transform(FILTER) + &transform(EXCLUSIVE)),
        ),
        tried(
            "a transform by base64",
            Refusal::Transform,
            with(|s| s.transforms = transform(BASE64) + &transform(EXCLUSIVE)),
        ),
        tried(
            "inclusive canonicalization of the assertion",
            Refusal::Transform,
            with(|s| s.transforms = transform(ENVELOPED) + &transform(INCLUSIVE)),
        ),
        tried("no transform", Refusal::Transform, with(|s| s.transforms = String::new())),
        tried(
            "transforms in another order",
            Refusal::Transform,
            with(|s| s.transforms = transform(EXCLUSIVE) + &transform(ENVELOPED)),
        ),
        tried(
            "enveloped-signature with a parameter",
            Refusal::Transform,
            with(|s| s.transforms = s.transforms.replacen("/>", "><ds:XPath/></ds:Transform>", 1)),
        ),
        tried(
            "a transform with a parameter",
            Refusal::Transform,
            with(|s| {
                s.transforms = s.transforms.replace("/>", "><ds:XPath>not(//a)</ds:XPath></ds:Transform>");
            }),
        ),
        tried("RSA with SHA-1", Refusal::Sha1, with(|s| s.method = format!("{SIGNATURE}rsa-sha1"))),
        tried("a digest of SHA-1", Refusal::Sha1, with(|s| s.digest = SHA1.to_owned())),
        tried("a digest of MD5", Refusal::DigestAlgorithm, with(|s| s.digest = MORE.to_owned() + "md5")),
        tried("RSA with MD5", Refusal::SignatureAlgorithm, with(|s| s.method = MORE.to_owned() + "rsa-md5")),
        tried("DSA", Refusal::SignatureAlgorithm, with(|s| s.method = format!("{SIGNATURE}dsa-sha1"))),
        tried(
            "HMAC with the public key",
            Refusal::SignatureAlgorithm,
            with(|s| s.method = MORE.to_owned() + "hmac-sha256"),
        ),
        tried("no algorithm", Refusal::SignatureAlgorithm, with(|s| s.method = String::new())),
        tried(
            "ECDSA of an RSA key",
            Refusal::Signature,
            with(|s| s.method = MORE.to_owned() + "ecdsa-sha256"),
        ),
        tried(
            "another hash than was signed with",
            Refusal::Signature,
            changed(bench, "#rsa-sha256", "#rsa-sha512"),
        ),
        tried(
            "a length of HMAC",
            Refusal::SignatureShape,
            changed(
                bench,
                "#rsa-sha256\"/>",
                "#rsa-sha256\"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>",
            ),
        ),
        tried("a digest that is no base64", Refusal::Digest, {
            let signing = idp.signing("_a1").over(&plain);
            let (_, digest) = signing.split_once("<ds:DigestValue>").unwrap();
            changed(bench, digest.split('<').next().unwrap(), "?")
        }),
    ];
    let redeclared = with_named_prefix(bench).replace("xmlns:xs=\"urn:xs\"", "xmlns:xs=\"urn:eve\"");
    attacks.push(tried("a named namespace changed", Refusal::Digest, redeclared));
    let curve = Bench::new(Key::p256());
    let confused = signed(&curve, |signing| signing.method = MORE.to_owned() + "rsa-sha256");
    attacks.push(Attack::new("RSA of a P-256 key", Refusal::Signature, curve.accept(&confused)));
    let confused = signed(&curve, |signing| signing.method = MORE.to_owned() + "ecdsa-sha384");
    attacks.push(Attack::new("P-384 of a P-256 key", Refusal::Signature, curve.accept(&confused)));
    attacks
}

/// An empty element with something in it.
fn holding(element: &str, name: &str, what: &str) -> String {
    format!("{}{what}</ds:{name}>", element.replace("/>", ">"))
}

/// More prefixes than are taken.
fn named_prefixes() -> String {
    format!("<e:InclusiveNamespaces xmlns:e=\"{EXCLUSIVE}\" PrefixList=\"{}\"/>", "a ".repeat(33))
}

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const FILTER: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

fn value_of(signature: &str) -> String {
    let (_, value) = signature.split_once("<ds:SignatureValue>").unwrap();
    value.split('<').next().unwrap().to_owned()
}

fn info_of(signature: &str) -> String {
    let from = signature.find("<ds:SignedInfo").unwrap();
    let end = "</ds:SignedInfo>";
    signature[from..signature.find(end).unwrap() + end.len()].to_owned()
}

#[test]
fn signatures_of_all_good_algorithms_are_taken() {
    let bench = &*BENCH;
    for (method, digest) in [(RSA_SHA384, SHA384), (RSA_SHA512, SHA512)] {
        let xml = signed(bench, |signing| {
            signing.method = method.to_owned();
            signing.digest = digest.to_owned();
        });
        assert!(bench.accept(&xml).is_ok(), "{method}");
    }
    for key in [Key::p256(), Key::p384()] {
        let bench = Bench::new(key);
        assert!(bench.accept(&bench.idp.signed_response(&bench.answer())).is_ok());
    }
}

#[test]
fn response_or_assertion_or_both_may_be_signed() {
    let bench = &*BENCH;
    let answer = bench.answer();
    let sign_response =
        |assertion: &str| bench.idp.signing("_r1").within(&bench.idp.response(&answer, assertion));
    for xml in [
        bench.idp.signed_response(&answer),
        sign_response(&bench.idp.assertion(&answer)),
        sign_response(&bench.signed_assertion()),
    ] {
        assert_eq!(bench.accept(&xml).unwrap().name_id.value, "ann@example.com");
    }
}

#[test]
fn any_key_of_the_metadata_may_have_signed() {
    let bench = &*BENCH;
    let mut provider = bench.provider.clone();
    provider.certificates.insert(0, Key::p256().certificate());
    provider.certificates.insert(0, Key::rsa().certificate());
    let expected = Expected { provider: &provider, ..bench.expected() };
    let form = form(&bench.idp.signed_response(&bench.answer()));
    assert!(bench.sp.accept(&form, bench.now, &expected).is_ok());
}

#[test]
fn a_digest_of_sha_1_counts_when_it_is_switched_on() {
    let bench = &*BENCH;
    let xml = signed(bench, |signing| signing.digest = SHA1.to_owned());
    let legacy = Legacy { sha1: true, ..Legacy::default() };
    let accepted = bench.sp.accept(&form(&xml), bench.now, &Expected { legacy, ..bench.expected() });
    assert!(accepted.is_ok());
}

/// The assertion uses the prefix `xs` in a value alone, so that its declaration is signed only where it is named.
fn with_named_prefix(bench: &Bench) -> String {
    let declared = "<saml:Assertion xmlns:xs=\"urn:xs\" xmlns:xsi=\"urn:xsi\" ";
    let plain = bench.idp.assertion(&bench.answer()).replace("<saml:Assertion ", declared);
    let plain = plain.replace("<saml:AttributeValue>", "<saml:AttributeValue xsi:type=\"xs:string\">");
    let mut signing = bench.idp.signing("_a1");
    signing.prefixes = &["xs"];
    let named = format!(
        "><e:InclusiveNamespaces xmlns:e=\"{EXCLUSIVE}\" PrefixList=\"#default xs\"/></ds:Transform>"
    );
    let (enveloped, exclusive) = signing.transforms.split_at(transform(ENVELOPED).len());
    signing.transforms = format!("{enveloped}{}", exclusive.replace("/>", &named));
    bench.idp.response(&bench.answer(), &signing.within(&plain))
}

#[test]
fn prefixes_named_as_inclusive_are_signed() {
    let bench = &*BENCH;
    let xml = with_named_prefix(bench);
    assert_eq!(bench.accept(&xml).unwrap().name_id.value, "ann@example.com");
}
