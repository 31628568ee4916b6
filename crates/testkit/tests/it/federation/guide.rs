//! What docs/federation.md says of attacks and tests.

/// Where the tests are that the guide names: the part of the name before the colons, and the source.
const SOURCES: [(&str, &str); 14] = [
    ("attacks", include_str!("attacks.rs")),
    ("entrances", include_str!("entrances.rs")),
    ("exchange", include_str!("exchange.rs")),
    ("nodes", include_str!("nodes.rs")),
    ("saml", include_str!("saml.rs")),
    ("social", include_str!("social.rs")),
    ("strangers", include_str!("strangers.rs")),
    ("users", include_str!("users.rs")),
    ("way", include_str!("way.rs")),
    ("buttons", include_str!("buttons.rs")),
    ("jws", include_str!("../../../../crypto/src/jws/tests.rs")),
    ("id_token", include_str!("../../../../core/src/providers/oidc/id_token.rs")),
    ("fetch", include_str!("../../../../server/src/fetch/tests.rs")),
    ("reach", include_str!("../../../../server/src/fetch/reach.rs")),
];

#[test]
fn the_tests_that_the_guide_names_are_there() {
    let guide = include_str!("../../../../../docs/federation.md");
    let (_, table) = guide.split_once("| Attack | Refused because | Test |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit_once("| ").unwrap().1;
        for test in tests.split(", ") {
            let name = test.trim_matches('`').split_once("::");
            let (file, name) = name.unwrap_or_else(|| panic!("{test} is no test: {row}"));
            let source = SOURCES.iter().find(|(known, _)| *known == file);
            let (_, source) = source.unwrap_or_else(|| panic!("nobody knows where {file} is: {row}"));
            assert!(source.contains(&format!("fn {name}(")), "there is no test {test}");
        }
    }
}
