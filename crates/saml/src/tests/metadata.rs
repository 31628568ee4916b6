//! Metadata of identity providers, and ours.

use super::{Attack, BENCH, Bench};
use crate::der::{GENERALIZED_TIME, INTEGER, UTC_TIME};
use crate::testing::{Idp, Key, certificate, documents};
use crate::{Binding, Certificate, Endpoint, IdentityProvider, LONGEST_METADATA, Refusal};

fn read(metadata: &str) -> Result<IdentityProvider, Refusal> {
    IdentityProvider::from_metadata(metadata.as_bytes(), None, BENCH.now)
}

fn good(bench: &Bench) -> String {
    bench.idp.metadata("https://idp.example.com/sso", "https://idp.example.com/slo")
}

fn several(entities: &[String]) -> String {
    let namespace = "urn:oasis:names:tc:SAML:2.0:metadata";
    format!("<md:EntitiesDescriptor xmlns:md=\"{namespace}\">{}</md:EntitiesDescriptor>", entities.concat())
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks() -> Vec<Attack> {
    let bench = &*BENCH;
    let good = good(bench);
    let other =
        Idp::with_key("https://idp2.example.com/", Key::p256()).metadata("https://idp2/", "https://idp2/");
    let certificate = bench.idp.certificate.to_base64();
    let tried = |name, refusal, metadata: String| Attack::new(name, refusal, read(&metadata));
    let with = |name, refusal, from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        Attack::new(name, refusal, read(&good.replace(from, to)))
    };
    let at = |location: &str| good.replace("https://idp.example.com/sso", location);
    let until = |at: &str| {
        good.replace("<md:IDPSSODescriptor ", &format!("<md:IDPSSODescriptor validUntil=\"{at}\" "))
    };
    vec![
        tried("metadata of more than a megabyte", Refusal::TooLong, " ".repeat(LONGEST_METADATA + 1)),
        tried(
            "metadata with a document type",
            Refusal::DocumentType,
            format!("<!DOCTYPE a SYSTEM \"http://eve/\">{good}"),
        ),
        tried(
            "metadata with an instruction",
            Refusal::Instruction,
            format!("<?xml-stylesheet href=\"a\"?>{good}"),
        ),
        tried("a page instead of metadata", Refusal::Root, "<html></html>".to_owned()),
        with(
            "a certificate divided by a comment",
            Refusal::NotText,
            &certificate,
            &format!("{certificate}<!---->"),
        ),
        with("a certificate that is none", Refusal::Certificate, &certificate, "AAAA"),
        with("a certificate that is no base64", Refusal::Certificate, &certificate, "?"),
        with(
            "a certificate that is longer than 4,096",
            Refusal::Certificate,
            &certificate,
            &"A".repeat(4_100),
        ),
        with(
            "a certificate with something behind it",
            Refusal::Certificate,
            &certificate,
            &longer(&bench.idp.certificate),
        ),
        with(
            "a certificate to encrypt with alone",
            Refusal::NoCertificate,
            "use=\"signing\"",
            "use=\"encryption\"",
        ),
        with("no identity provider", Refusal::NoProvider, "md:IDPSSODescriptor", "md:SPSSODescriptor"),
        with("no name", Refusal::NoProvider, &format!(" entityID=\"{}\"", bench.idp.entity_id), ""),
        with(
            "SAML 1.1 alone",
            Refusal::NoProvider,
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:oasis:names:tc:SAML:1.1:protocol",
        ),
        Attack::new(
            "another provider than was asked for",
            Refusal::NoProvider,
            IdentityProvider::from_metadata(good.as_bytes(), Some("urn:x"), bench.now),
        ),
        tried("two providers", Refusal::SeveralProviders, several(&[good.clone(), other])),
        tried("metadata that have expired", Refusal::MetadataExpired, until("2030-01-01T12:00:00Z")),
        tried("metadata with a wrong date", Refusal::Time, until("tomorrow")),
        with("an address by SOAP alone", Refusal::NoEndpoint, "HTTP-", "SOAP-"),
        tried("an address that is a script", Refusal::Endpoint, at("javascript:alert(1)")),
        tried(
            "an address with a script behind it",
            Refusal::Endpoint,
            at("https://idp.example.com/&quot;onload="),
        ),
        tried("an address without a host", Refusal::Endpoint, at("https:///sso")),
        tried(
            "an address with a line end",
            Refusal::Endpoint,
            at("https://idp.example.com/&#xD;&#xA;Set-Cookie:"),
        ),
        tried("an address with a fragment", Refusal::Endpoint, at("https://idp.example.com/#")),
    ]
}

fn longer(certificate: &Certificate) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode([certificate.der(), &[0]].concat())
}

#[test]
fn a_provider_is_read_from_its_metadata() {
    let bench = &*BENCH;
    let endpoint = |binding, location: &str| Endpoint {
        binding,
        location: location.to_owned(),
        response_location: None,
    };
    let both = |location| vec![endpoint(Binding::Post, location), endpoint(Binding::Redirect, location)];
    let expected = IdentityProvider {
        entity_id: "https://idp.example.com/saml".to_owned(),
        certificates: vec![bench.idp.certificate.clone()],
        sign_in: both("https://idp.example.com/sso"),
        sign_out: both("https://idp.example.com/slo"),
        wants_signed_requests: false,
        valid_until: None,
    };
    let good = good(bench);
    let commented = good.replace("<md:KeyDescriptor", "<!-- our key --><md:KeyDescriptor");
    for metadata in [good.clone(), commented, format!("\u{feff}<?xml version=\"1.0\"?>\r\n<!-- --> {good}")] {
        assert_eq!(read(&metadata), Ok(expected.clone()));
    }
    let more = good
        .replace(
            "<md:IDPSSODescriptor ",
            "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" validUntil=\"2030-01-01T12:00:01Z\" ",
        )
        .replace("/slo\"", "/slo\" ResponseLocation=\"https://idp.example.com/done\"")
        .replace(" use=\"signing\"", "");
    let read = read(&more).unwrap();
    assert!(read.wants_signed_requests);
    assert_eq!(read.valid_until, Some(bench.now.plus_seconds(1)));
    assert!(
        read.sign_out
            .iter()
            .all(|to| to.response_location.as_deref() == Some("https://idp.example.com/done"))
    );
    assert_eq!(read.certificates, expected.certificates);
}

#[test]
fn one_of_several_providers_is_found_by_its_name() {
    let bench = &*BENCH;
    let (first, second) =
        (good(bench), Idp::with_key("urn:second", Key::p256()).metadata("https://b/", "https://b/"));
    let service = second.replace("md:IDPSSODescriptor", "md:SPSSODescriptor");
    let inner = several(&[service.clone(), second])
        .replace("<md:EntitiesDescriptor ", "<md:EntitiesDescriptor validUntil=\"2030-01-02T00:00:00Z\" ");
    let all = several(&[first.clone(), inner]);
    let named = |name| IdentityProvider::from_metadata(all.as_bytes(), Some(name), bench.now).unwrap();
    assert_eq!(named("https://idp.example.com/saml"), bench.provider);
    assert_eq!(named("urn:second").entity_id, "urn:second");
    assert!(named("urn:second").valid_until.is_some());
    assert_eq!(read(&several(&[service, first])).unwrap(), bench.provider);
}

#[test]
fn certificates_say_until_when() {
    // By `cryptography`, which pysaml2's provider has its certificates of.
    let theirs = documents::provider().certificates;
    let dates = theirs.iter().map(|c| (c.not_before.iso8601(), c.not_after.iso8601()));
    let expected = ("2026-01-01T00:00:00Z".to_owned(), "2035-12-30T00:00:00Z".to_owned());
    assert_eq!(dates.collect::<Vec<_>>(), [expected.clone(), expected]);
    let until = |tag, end: &[u8]| {
        let certificate = Certificate::from_der(&certificate(&BENCH.our_certificate.public_key, tag, end))?;
        assert!(
            certificate.is_valid_at(certificate.not_before)
                && !certificate.is_valid_at(certificate.not_after)
        );
        Ok(certificate.not_after.iso8601())
    };
    assert_eq!(until(UTC_TIME, b"491231235959Z").as_deref(), Ok("2049-12-31T23:59:59Z"));
    assert_eq!(until(GENERALIZED_TIME, b"20500101000000Z").as_deref(), Ok("2050-01-01T00:00:00Z"));
    for (tag, end) in
        [(UTC_TIME, &b"4912312359Z"[..]), (GENERALIZED_TIME, b"20500101000000"), (INTEGER, b"1")]
    {
        assert_eq!(until(tag, end), Err(Refusal::Certificate));
    }
}

#[test]
fn our_metadata_say_who_we_are() {
    let bench = &*BENCH;
    let ours = std::slice::from_ref(&bench.our_certificate);
    let metadata = bench.sp.metadata(ours, ours, true);
    let document = roxmltree::Document::parse(&metadata).unwrap();
    let attribute = |element: &str, name: &str| {
        document
            .descendants()
            .find(|node| node.tag_name().name() == element)
            .unwrap()
            .attribute(name)
            .map(str::to_owned)
    };
    assert_eq!(attribute("EntityDescriptor", "entityID"), Some(bench.sp.entity_id.clone()));
    assert_eq!(attribute("SPSSODescriptor", "AuthnRequestsSigned").as_deref(), Some("true"));
    assert_eq!(attribute("AssertionConsumerService", "Location"), Some(bench.sp.acs_url.clone()));
    assert_eq!(attribute("SingleLogoutService", "Location"), Some(bench.sp.slo_url.clone()));
    assert_eq!(metadata.matches(&bench.our_certificate.to_base64()).count(), 2);
    // It is no identity provider's.
    assert_eq!(read(&metadata), Err(Refusal::NoProvider));
}
