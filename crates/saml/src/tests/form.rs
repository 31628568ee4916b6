//! What is refused before anything is believed or computed.

use super::{Attack, BENCH, Bench, REQUEST};
use crate::Refusal;
use crate::names::{ASSERTION, PROTOCOL};
use crate::testing::form;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn attacks(bench: &Bench) -> Vec<Attack> {
    let good = bench.idp.signed_response(&bench.answer());
    let in_name =
        |what: &str| good.replace("ann@example.com</saml:NameID>", &format!("{what}</saml:NameID>"));
    let tried = |name, refusal, xml: String| Attack::new(name, refusal, bench.accept(&xml));
    let raw = |name, refusal, form: &str| {
        Attack::new(name, refusal, bench.sp.accept(form, bench.now, &bench.expected()))
    };
    let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{good}");
    let doctype = |subset: &str| format!("<!DOCTYPE r [{subset}]>{good}");
    let status = |codes: &str| {
        good.replace("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>", codes)
    };
    vec![
        raw("100,001 characters", Refusal::TooLong, &"A".repeat(100_001)),
        raw("no base64", Refusal::Encoding, &good),
        raw("UTF-16", Refusal::Encoding, &utf16(&good)),
        tried("another encoding declared", Refusal::Encoding, declared("UTF-7")),
        tried("a longer name of an encoding", Refusal::Encoding, declared("utf-8859")),
        tried("a document type", Refusal::DocumentType, format!("<!DOCTYPE Response>{good}")),
        tried(
            "entities that multiply",
            Refusal::DocumentType,
            doctype("<!ENTITY a \"a\"><!ENTITY b \"&a;&a;\">"),
        ),
        tried(
            "an external entity",
            Refusal::DocumentType,
            doctype("<!ENTITY a SYSTEM \"file:///etc/passwd\">"),
        ),
        tried(
            "an external subset",
            Refusal::DocumentType,
            format!("<!DOCTYPE r SYSTEM \"http://eve/\">{good}"),
        ),
        tried("a default for an attribute", Refusal::DocumentType, doctype("<!ATTLIST a ID CDATA \"_a1\">")),
        tried("an entity that is not declared", Refusal::Malformed, in_name("&admin;")),
        tried("a comment in NameID", Refusal::Comment, in_name("ann@example.com<!---->.evil.example")),
        tried(
            "a comment in an attribute",
            Refusal::Comment,
            good.replace("two</saml:AttributeValue>", "t<!-- -->wo</saml:AttributeValue>"),
        ),
        tried("a comment before the root", Refusal::Comment, format!("<!-- -->{good}")),
        tried("a CDATA section in NameID", Refusal::CharacterData, in_name("<![CDATA[eve]]>@example.com")),
        tried("an instruction in NameID", Refusal::Instruction, in_name("ann@example.com<?x?>.evil.example")),
        tried(
            "a style sheet",
            Refusal::Instruction,
            format!("<?xml-stylesheet href=\"http://eve/\"?>{good}"),
        ),
        tried("100,000 levels", Refusal::TooDeep, "<a>".repeat(20_000)),
        tried("41 levels, closed", Refusal::TooDeep, format!("{}{}", "<a>".repeat(41), "</a>".repeat(41))),
        tried("5,000 attributes", Refusal::TooManyAttributes, many(5_000, |n| format!(" a{n}=\"\""))),
        tried("33 namespaces in scope", Refusal::TooManyNamespaces, nested()),
        tried("a name of 10,000 characters", Refusal::NameTooLong, format!("<{}/>", "a".repeat(10_000))),
        tried("two roots", Refusal::Malformed, format!("{good}{good}")),
        tried("the end is missing", Refusal::Malformed, good.trim_end_matches('>').to_owned()),
        tried("a prefix that is not bound", Refusal::Malformed, good.replace("saml:Issuer>", "b:Issuer>")),
        tried("an assertion instead of a response", Refusal::Root, bench.signed_assertion()),
        tried("a response of another namespace", Refusal::Root, good.replace(PROTOCOL, "urn:x")),
        tried("SAML 1.1", Refusal::Version, good.replacen("Version=\"2.0\"", "Version=\"1.1\"", 1)),
        tried(
            "an assertion of SAML 1.1",
            Refusal::Version,
            bench.signed_after(|a| a.replace("\"2.0\"", "\"1.1\"")),
        ),
        tried("no assertion", Refusal::NoAssertion, bench.idp.response(&bench.answer(), "")),
        tried(
            "an assertion of another namespace",
            Refusal::NoAssertion,
            bench.signed_after(|a| a.replace(ASSERTION, "urn:x")),
        ),
        tried("the request was wrong", Refusal::Requester, status(&code("Requester", None))),
        tried("the provider failed", Refusal::Responder, status(&code("Responder", None))),
        tried("no authentication", Refusal::AuthnFailed, status(&code("Responder", Some("AuthnFailed")))),
        tried("the user must be asked", Refusal::NoPassive, status(&code("Responder", Some("NoPassive")))),
        tried("no such context", Refusal::NoAuthnContext, status(&code("Requester", Some("NoAuthnContext")))),
        tried(
            "no such name",
            Refusal::InvalidNameIdPolicy,
            status(&code("Requester", Some("InvalidNameIDPolicy"))),
        ),
        tried(
            "the request was denied",
            Refusal::RequestDenied,
            status(&code("Responder", Some("RequestDenied"))),
        ),
        tried(
            "nobody is known",
            Refusal::UnknownPrincipal,
            status(&code("Responder", Some("UnknownPrincipal"))),
        ),
        tried("a failure below success", Refusal::AuthnFailed, status(&code("Success", Some("AuthnFailed")))),
        tried("a status of its own", Refusal::OtherStatus, status("<samlp:StatusCode Value=\"urn:x\"/>")),
        tried("no status", Refusal::OtherStatus, status("")),
        tried(
            "two statuses",
            Refusal::Repeated,
            good.replace(
                "<samlp:Status>",
                "<samlp:Status><samlp:StatusCode Value=\"\"/></samlp:Status><samlp:Status>",
            ),
        ),
    ]
}

fn code(first: &str, second: Option<&str>) -> String {
    let value = |code| format!("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\"");
    let second = second.map(|second| format!("{}/>", value(second))).unwrap_or_default();
    format!("{}>{second}</samlp:StatusCode>", value(first))
}

fn many(count: usize, piece: fn(usize) -> String) -> String {
    format!("<a{}/>", (0..count).map(piece).collect::<String>())
}

fn nested() -> String {
    let declared =
        |range: std::ops::Range<usize>| range.map(|n| format!(" xmlns:a{n}=\"urn:x\"")).collect::<String>();
    format!("<a{}><a{}></a></a>", declared(0..16), declared(16..33))
}

fn utf16(text: &str) -> String {
    use base64::Engine as _;
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn what_is_harmless_is_taken() {
    let bench: &Bench = &BENCH;
    let good = bench.idp.signed_response(&bench.answer());
    let declared = format!("<?xml version=\"1.0\" encoding='utf-8' standalone=\"no\"?>\n{good}");
    let lines = form(&good)
        .as_bytes()
        .chunks(76)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect::<String>();
    // Namespaces that are declared again and again, as some do with each value.
    let redeclared = bench.signed_after(|assertion| {
        let attributes = "<saml:Attribute xmlns:x=\"urn:x\" Name=\"n\"></saml:Attribute>".repeat(100);
        assertion.replace("</saml:AttributeStatement>", &format!("{attributes}</saml:AttributeStatement>"))
    });
    for xml in [good.clone(), redeclared, declared, format!("\u{feff}{good}"), format!("{good}\n")] {
        assert_eq!(bench.accept(&xml).unwrap().name_id.value, "ann@example.com");
    }
    assert!(bench.sp.accept(&lines, bench.now, &bench.expected()).is_ok());
    assert!(good.contains(REQUEST));
}
