//! What a good answer says.

use super::BENCH;
use crate::testing::Answer;
use crate::{Assertion, Attribute, NameId};

#[test]
fn an_assertion_is_read_as_it_was_said() {
    let bench = &*BENCH;
    let accepted = bench.accept(&bench.idp.signed_response(&bench.answer())).unwrap();
    let attribute = |name: &str, values: &[&str]| Attribute {
        name: name.to_owned(),
        values: values.iter().map(|v| (*v).to_owned()).collect(),
    };
    let expected = Assertion {
        id: "_a1".to_owned(),
        expires: bench.now.plus_seconds(360),
        name_id: NameId {
            value: "ann@example.com".to_owned(),
            format: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified".to_owned(),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        attributes: vec![attribute("email", &["ann@example.com"]), attribute("groups", &["one", "two"])],
        session_index: Some("_s1".to_owned()),
        recipient: bench.sp.acs_url.clone(),
        authenticated_at: bench.now,
        context: Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned()),
    };
    assert_eq!(accepted, expected);
}

#[test]
fn texts_are_read_whole() {
    let bench = &*BENCH;
    let answer = Answer {
        name_id: "a &amp; b\r\n&#13;&lt;c&gt;",
        attributes: &[
            ("x", ""),
            ("x", " é\t𝄞 "),
            ("y", "<saml:NameID>eve</saml:NameID>"),
            ("z", "&#x26;amp;"),
        ],
        ..bench.answer()
    };
    let accepted = bench.accept(&bench.idp.signed_response(&answer).replace("\r\n", "\n")).unwrap();
    assert_eq!(accepted.name_id.value, "a & b\n\r<c>");
    let values: Vec<_> = accepted.attributes.iter().map(|a| (a.name.as_str(), a.values.clone())).collect();
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    assert_eq!(values, [("x", texts(&["", " é\t𝄞 "])), ("y", texts(&[])), ("z", texts(&["&amp;"]))]);
}

#[test]
fn line_ends_do_not_change_what_was_signed() {
    let bench = &*BENCH;
    // A lone CR at the end of a text is what parsers forget.
    let spread = bench.signed_after(|assertion| assertion.replace("><", ">\n<"));
    for xml in [spread.clone(), spread.replace('\n', "\r\n"), spread.replace('\n', "\r")] {
        assert_eq!(bench.accept(&xml).unwrap().name_id.value, "ann@example.com");
    }
}

#[test]
fn the_name_keeps_what_it_was_qualified_with() {
    let bench = &*BENCH;
    let qualified = "<saml:NameID Format=\"urn:f\" NameQualifier=\"n\" SPNameQualifier=\"s\">";
    let accepted = bench.accept(&bench.signed_after(|a| a.replace("<saml:NameID>", qualified))).unwrap();
    let NameId { format, name_qualifier, sp_name_qualifier, .. } = accepted.name_id;
    assert_eq!(
        (format.as_str(), name_qualifier.as_deref(), sp_name_qualifier.as_deref()),
        ("urn:f", Some("n"), Some("s"))
    );
}
