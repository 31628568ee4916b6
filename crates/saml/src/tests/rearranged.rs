//! Wrapping that nobody has thought of: parts of a signed response and of a forged one in any order and depth.

use std::sync::LazyLock;

use proptest::prelude::*;
use roxmltree::{Document, Node};

use super::BENCH;
use crate::testing::Answer;

/// What is done to a response: an element of it is put away, or made to make room for one of the sources.
#[derive(Debug, Clone, Copy)]
enum Change {
    Remove(usize),
    Before(usize, usize),
    Within(usize, usize),
    Instead(usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let places = || (any::<usize>(), any::<usize>());
    let change = prop_oneof![
        1 => any::<usize>().prop_map(Change::Remove),
        2 => places().prop_map(|(at, source)| Change::Before(at, source)),
        2 => places().prop_map(|(at, source)| Change::Within(at, source)),
        2 => places().prop_map(|(at, source)| Change::Instead(at, source)),
    ];
    proptest::collection::vec(change, 1..5)
}

/// The elements of a document, each with its part of the text.
fn elements(xml: &str) -> Vec<&str> {
    let document = Document::parse(xml).unwrap();
    document.descendants().filter(Node::is_element).filter_map(|node| xml.get(node.range())).collect()
}

/// Signed at the assertion, at the response, at both; and the forged one, with the IDs of the genuine.
static RESPONSES: LazyLock<[String; 4]> = LazyLock::new(|| {
    let bench = &*BENCH;
    let answer = bench.answer();
    let sign_response =
        |assertion: &str| bench.idp.signing("_r1").within(&bench.idp.response(&answer, assertion));
    let forged = Answer { name_id: "eve@example.com", ..answer };
    [
        bench.idp.signed_response(&answer),
        sign_response(&bench.idp.assertion(&answer)),
        sign_response(&bench.signed_assertion()),
        bench.idp.response(&forged, &bench.idp.assertion(&forged)),
    ]
});

/// All elements of these.
static SOURCES: LazyLock<Vec<&str>> =
    LazyLock::new(|| RESPONSES.iter().flat_map(|xml| elements(xml)).collect());

/// The prefixes of all sources, so that a part is well-formed wherever it stands.
fn declared(xml: &str) -> String {
    let prefixes = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID";
    xml.replacen(" ID", prefixes, 1)
}

fn changed(xml: &str, change: Change) -> String {
    let document = Document::parse(xml).unwrap();
    let nodes: Vec<_> = document.descendants().filter(Node::is_element).collect();
    let place = |at: usize| nodes[at % nodes.len()];
    let source = |source: usize| SOURCES[source % SOURCES.len()];
    let (range, text) = match change {
        Change::Remove(at) => (place(at).range(), ""),
        Change::Instead(at, from) => (place(at).range(), source(from)),
        Change::Before(at, from) => (place(at).range().start..place(at).range().start, source(from)),
        Change::Within(at, from) => {
            let end = place(at).first_child().map_or(place(at).range().start, |child| child.range().start);
            (end..end, source(from))
        }
    };
    format!("{}{text}{}", &xml[..range.start], &xml[range.end..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_accepted_was_signed(start in 0_usize..4, changes in changes()) {
        let mut xml = declared(&RESPONSES[start]);
        for change in changes {
            let next = changed(&xml, change);
            if Document::parse(&next).is_ok() {
                xml = next;
            }
        }
        if let Ok(accepted) = BENCH.accept(&xml) {
            prop_assert_eq!(accepted, BENCH.accept(&RESPONSES[0]).unwrap(), "{}", xml);
        }
    }
}
