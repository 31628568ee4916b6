//! Messages of ours.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use roxmltree::Document;

use super::{BENCH, Bench};
use crate::element::Element;
use crate::names::{ASSERTION, HTTP_POST, PROTOCOL, RSA_SHA256};
use crate::signature::verify;
use crate::testing::{Idp, documents};
use crate::{AuthnRequest, Binding, IdentityProvider, Message, Refusal, Sent, SigningKey};

/// The message in what is sent.
pub(super) fn xml_of(sent: &Sent) -> String {
    let bytes = match sent {
        Sent::Redirect(url) => inflate(&STANDARD.decode(parameters(url)[0].1.as_bytes()).unwrap()),
        Sent::Post(form) => STANDARD.decode(&form.fields[0].1).unwrap(),
    };
    String::from_utf8(bytes).unwrap()
}

fn parameters(url: &str) -> Vec<(String, String)> {
    let (_, query) = url.split_once('?').unwrap();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    pairs.map(|(name, value)| (name.to_owned(), decoded(value))).filter(|(name, _)| name != "a").collect()
}

/// Stored blocks alone (RFC 1951, 3.2.4).
fn inflate(mut deflated: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    loop {
        let [last, a, b, c, d, rest @ ..] = deflated else { panic!("no header") };
        let length = u16::from_le_bytes([*a, *b]);
        assert_eq!(u16::from_le_bytes([*c, *d]), !length);
        let (block, rest) = rest.split_at(usize::from(length));
        inflated.extend(block);
        deflated = rest;
        if *last == 1 {
            assert!(rest.is_empty());
            return inflated;
        }
    }
}

fn request(bench: &Bench, provider: &IdentityProvider) -> Message {
    let request = AuthnRequest { id: REQUEST, now: bench.now, force: true, passive: false };
    bench.sp.authn_request(provider, &request).unwrap()
}

const REQUEST: &str = "_5a5a";

fn key() -> SigningKey {
    SigningKey::from_pkcs8(documents::KEY).unwrap()
}

#[test]
fn a_request_says_what_is_asked() {
    let bench = &*BENCH;
    let sent = request(bench, &bench.provider).send(Some("a b&c=d"), None).unwrap();
    let Sent::Redirect(url) = &sent else { panic!("{sent:?}") };
    assert!(url.starts_with("https://idp.example.com/sso?SAMLRequest=") && url.len() < 2_000, "{url}");
    let names: Vec<_> = parameters(url).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["SAMLRequest", "RelayState"]);
    assert_eq!(parameters(url)[1].1, "a b&c=d");
    let xml = xml_of(&sent);
    let document = Document::parse(&xml).unwrap();
    let root = Element::root(&document, PROTOCOL, "AuthnRequest").unwrap();
    for (name, value) in [
        ("ID", REQUEST),
        ("Version", "2.0"),
        ("IssueInstant", "2030-01-01T12:00:00Z"),
        ("Destination", "https://idp.example.com/sso"),
        ("AssertionConsumerServiceURL", "https://auth.example.com/saml2/idpresponse"),
        ("ProtocolBinding", HTTP_POST),
        ("ForceAuthn", "true"),
    ] {
        assert_eq!(root.attribute(name), Some(value), "{name}");
    }
    assert_eq!(root.attribute("IsPassive"), None);
    assert_eq!(root.text_of(ASSERTION, "Issuer"), Ok(Some(bench.sp.entity_id.as_str())));
}

#[test]
fn by_redirect_the_query_is_signed() {
    let bench = &*BENCH;
    let (key, certificate) = (key(), &bench.our_certificate);
    for relay_state in [None, Some("é/+")] {
        let Sent::Redirect(url) = request(bench, &bench.provider).send(relay_state, Some(&key)).unwrap()
        else {
            panic!("no redirect")
        };
        let (_, query) = url.split_once('?').unwrap();
        let (signed, signature) = query.split_once("&Signature=").unwrap();
        assert!(signed.ends_with(&format!(
            "&SigAlg={}",
            RSA_SHA256.replace(':', "%3A").replace('/', "%2F").replace('#', "%23")
        )));
        assert_eq!(signed.matches('&').count(), if relay_state.is_some() { 2 } else { 1 });
        let signature = STANDARD.decode(percent_decode_str(signature).collect::<Vec<_>>()).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &certificate.public_key);
        assert!(public.verify(signed.as_bytes(), &signature).is_ok());
    }
}

#[test]
fn by_form_the_message_is_signed() {
    let bench = &*BENCH;
    let mut provider = bench.provider.clone();
    provider.sign_in.retain(|endpoint| endpoint.binding == Binding::Post);
    let (key, certificate) = (key(), &bench.our_certificate);
    let sent = request(bench, &provider).send(Some("state"), Some(&key)).unwrap();
    let Sent::Post(form) = &sent else { panic!("{sent:?}") };
    assert_eq!(form.action, "https://idp.example.com/sso");
    assert_eq!(form.fields[1], ("RelayState", "state".to_owned()));
    let xml = xml_of(&sent);
    let document = Document::parse(&xml).unwrap();
    let root = Element::root(&document, PROTOCOL, "AuthnRequest").unwrap();
    assert!(verify(root, std::slice::from_ref(certificate), false).unwrap().is_some());
    let unsigned = request(bench, &provider).send(None, None).unwrap();
    assert!(!xml_of(&unsigned).contains("Signature"));
}

#[test]
fn what_has_a_query_gets_more_of_it() {
    let bench = &*BENCH;
    let metadata =
        Idp::new("urn:idp").metadata("https://idp.example.com/sso?a=b", "https://idp.example.com/slo");
    let provider = IdentityProvider::from_metadata(metadata.as_bytes(), None, bench.now).unwrap();
    let Sent::Redirect(url) = request(bench, &provider).send(None, None).unwrap() else {
        panic!("no redirect")
    };
    assert!(url.starts_with("https://idp.example.com/sso?a=b&SAMLRequest="), "{url}");
}

#[test]
fn a_long_message_goes_in_several_blocks() {
    let bench = &*BENCH;
    let id = "a".repeat(100_000);
    let request = AuthnRequest { id: &id, now: bench.now, force: false, passive: true };
    let sent = bench.sp.authn_request(&bench.provider, &request).unwrap().send(None, None).unwrap();
    assert!(xml_of(&sent).contains(&format!("ID=\"{id}\"")) && xml_of(&sent).contains("IsPassive=\"true\""));
}

#[test]
fn a_provider_without_an_address_to_sign_out_is_asked_nothing() {
    let bench = &*BENCH;
    let provider = IdentityProvider { sign_out: Vec::new(), ..bench.provider.clone() };
    let name_id = bench.accept(&bench.idp.signed_response(&bench.answer())).unwrap().name_id;
    let logout = crate::Logout { id: "_out", now: bench.now, name_id: &name_id, session_index: None };
    assert_eq!(bench.sp.logout_request(&provider, &logout), Err(Refusal::NoEndpoint));
}
