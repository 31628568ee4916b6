//! What clients say of themselves: the document at the URL that one is, and the metadata with which one registers itself.

use poolhouse_core::testing;
use serde_json::{Value, json};

use super::targets::Target;

const URL: &str = "https://tool.example/oauth/client.json";

/// The longest document that is fetched.
const LONGEST_DOCUMENT: usize = 5 * 1024;

/// A URL in the first line, and what was read there.
pub(super) const DOCUMENT: Target = Target {
    name: "client-document",
    run: document,
    seeds: document_seeds,
    longest: long_documents,
    most: LONGEST_DOCUMENT,
};

/// What a client sends that registers itself.
pub(super) const REGISTRATION: Target = Target {
    name: "registration",
    run: registration,
    seeds: registration_seeds,
    longest: long_registrations,
    most: poolhouse_oauth::testing::LONGEST_FORM,
};

fn document(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (url, document) = input.split_at(end);
    let Ok(url) = std::str::from_utf8(url) else { return };
    let Some(uris) = testing::client_document(url, document) else { return };
    assert!(url.starts_with("https://") && !url.contains(['@', '#', '?', '\\', ' ']), "{url}");
    assert!(!uris.is_empty());
    check(&uris);
}

fn registration(input: &[u8]) {
    let Some((uris, name)) = testing::registration(input) else { return };
    assert!(!name.is_empty() && !name.contains(char::is_control));
    check(&uris);
}

/// Nothing that a browser runs or splits is a place to be sent to.
fn check(uris: &[String]) {
    for uri in uris {
        let lower = uri.to_ascii_lowercase();
        assert!(!["javascript:", "data:", "file:"].iter().any(|scheme| lower.starts_with(scheme)), "{uri}");
        assert!(!uri.contains(|c: char| c.is_control() || c.is_whitespace() || c == '#'), "{uri}");
    }
}

fn of_url(document: &Value) -> Vec<u8> {
    format!("{URL}\n{document}").into_bytes()
}

fn document_seeds() -> Vec<Vec<u8>> {
    let full = json!({
        "client_id": URL, "client_name": "Tool", "redirect_uris": ["http://127.0.0.1/cb", "com.example.tool:/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none", "scope": "openid",
    });
    let secret =
        json!({ "client_id": URL, "redirect_uris": ["https://tool.example/cb"], "client_secret": "x" });
    vec![of_url(&full), of_url(&secret), b"https://a.example/%2e%2e/c\n{}".to_vec()]
}

fn long_documents(length: usize) -> Vec<Vec<u8>> {
    shapes(length).into_iter().map(|document| [URL.as_bytes(), b"\n", &document].concat()).collect()
}

fn registration_seeds() -> Vec<Vec<u8>> {
    let public = json!({
        "client_name": "Tool", "redirect_uris": ["https://tool.example/cb"], "scope": "openid email",
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
    });
    let machine = json!({ "grant_types": ["client_credentials"], "response_types": [] });
    [public, machine].iter().map(|metadata| metadata.to_string().into_bytes()).collect()
}

fn long_registrations(length: usize) -> Vec<Vec<u8>> {
    shapes(length)
}

/// Lists, members, depth and one long text.
fn shapes(length: usize) -> Vec<Vec<u8>> {
    let list = |member: &str, piece: &str| {
        let pieces = vec![piece; (length - 100) / (piece.len() + 1)].join(",");
        format!("{{\"client_id\":\"{URL}\",\"{member}\":[{pieces}]}}").into_bytes()
    };
    let members: String = (0..(length - 20) / 12).map(|n| format!(",\"{n:x}\":0")).collect();
    let text = "a ".repeat((length - 100) / 2);
    vec![
        list("redirect_uris", "\"a:b\""),
        list("grant_types", "\"refresh_token\""),
        "[".repeat(length).into_bytes(),
        format!("{{\"x\":0{members}}}").into_bytes(),
        format!("{{\"redirect_uris\":[\"a:b\"],\"scope\":\"{text}\"}}").into_bytes(),
    ]
}
