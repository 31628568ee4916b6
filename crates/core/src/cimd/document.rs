//! What a client says of itself at its URL (docs/cognito/new-operations.md §16.4). Who writes it is a stranger.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::clients::redirect;
use crate::model::{metadata_url, strangers_json};

/// The most URLs that a browser may be sent back to, and the longest.
const MOST_URIS: usize = 100;
const LONGEST_URI: usize = 1024;

/// The longest name.
const LONGEST_NAME: usize = 256;

/// What is kept of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Document {
    /// What the client calls itself; its host where it has no name.
    pub(super) name: String,
    pub(super) redirect_uris: Vec<String>,
    /// Whether it wants refresh tokens.
    pub(super) refreshes: bool,
}

/// The members that count. Of what is not named here nothing is looked at, nor fetched.
#[derive(Deserialize)]
struct Given {
    client_id: String,
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    client_secret: Option<IgnoredAny>,
    client_secret_expires_at: Option<IgnoredAny>,
}

/// What the document at `url` says.
///
/// # Errors
/// What is wrong with it, for the log.
pub(super) fn read(url: &str, body: &[u8]) -> Result<Document, String> {
    let given: Given = strangers_json::object(body)?;
    if given.client_id != url {
        return Err("its client_id is another URL".to_owned());
    }
    if given.client_secret.is_some() || given.client_secret_expires_at.is_some() {
        return Err("it holds a client_secret, which everybody can read".to_owned());
    }
    if given.token_endpoint_auth_method.as_deref().is_some_and(|method| method != "none") {
        return Err("its token_endpoint_auth_method is not none".to_owned());
    }
    let has = |list: &Option<Vec<String>>, name: &str| list.iter().flatten().any(|own| own == name);
    if given.grant_types.is_some() && !has(&given.grant_types, "authorization_code") {
        return Err("its grant_types lack authorization_code".to_owned());
    }
    if given.response_types.is_some() && !has(&given.response_types, "code") {
        return Err("its response_types lack code".to_owned());
    }
    if !(1..=MOST_URIS).contains(&given.redirect_uris.len()) {
        return Err(format!("it has no redirect_uris, or more than {MOST_URIS}"));
    }
    if let Some(uri) = given.redirect_uris.iter().find(|uri| !is_redirect_uri(uri)) {
        return Err(format!("of its redirect_uris {uri:?} is none that a browser is sent to"));
    }
    let name = given.client_name.unwrap_or_else(|| metadata_url::host_of(url).to_owned());
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!("its client_name is empty, longer than {LONGEST_NAME} or no plain text"));
    }
    let refreshes = has(&given.grant_types, "refresh_token");
    Ok(Document { name, redirect_uris: given.redirect_uris, refreshes })
}

fn is_redirect_uri(uri: &str) -> bool {
    (1..=LONGEST_URI).contains(&uri.len()) && redirect::is_a_strangers(uri)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const URL: &str = "https://client.example/oauth.json";

    fn good() -> Value {
        json!({ "client_id": URL, "redirect_uris": ["http://127.0.0.1/cb"] })
    }

    fn with(member: &str, value: Value) -> Result<Document, String> {
        let mut document = good();
        document[member] = value;
        read(URL, document.to_string().as_bytes())
    }

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Document>("cimd_document");
    }

    #[test]
    fn a_document_names_itself_and_where_it_leads() {
        let read = with("logo_uri", json!("https://evil.example/track.png")).unwrap();
        let uris = vec!["http://127.0.0.1/cb".to_owned()];
        assert_eq!(
            read,
            Document { name: "client.example".to_owned(), redirect_uris: uris, refreshes: false }
        );
        assert_eq!(with("client_name", json!("Tool")).unwrap().name, "Tool");
        assert!(with("grant_types", json!(["authorization_code", "refresh_token"])).unwrap().refreshes);
        assert!(with("token_endpoint_auth_method", json!("none")).is_ok());
        assert!(with("response_types", json!(["code"])).is_ok());
    }

    #[test]
    fn what_is_otherwise_is_refused() {
        let uris: Vec<String> = (0..101).map(|n| format!("https://client.example/{n}")).collect();
        for (member, value, why) in [
            ("client_id", json!("https://client.example/oauth.json/"), "another URL"),
            ("client_id", json!(null), "cannot be read"),
            ("client_id", json!(7), "cannot be read"),
            ("client_secret", json!("x"), "client_secret"),
            ("client_secret_expires_at", json!(0), "client_secret"),
            ("token_endpoint_auth_method", json!("private_key_jwt"), "not none"),
            ("token_endpoint_auth_method", json!("client_secret_basic"), "not none"),
            ("grant_types", json!(["client_credentials"]), "grant_types"),
            ("grant_types", json!([]), "grant_types"),
            ("grant_types", json!("authorization_code"), "cannot be read"),
            ("response_types", json!(["token"]), "response_types"),
            ("redirect_uris", json!([]), "redirect_uris"),
            ("redirect_uris", json!(uris), "redirect_uris"),
            ("redirect_uris", json!("https://client.example/cb"), "cannot be read"),
            ("redirect_uris", json!(["http://client.example/cb"]), "redirect_uris"),
            ("redirect_uris", json!(["https://client.example/cb#x"]), "redirect_uris"),
            ("redirect_uris", json!(["javascript:alert(1)"]), "redirect_uris"),
            ("redirect_uris", json!(["https://client.example/a b"]), "redirect_uris"),
            (
                "redirect_uris",
                json!([format!("https://client.example/{}", "a".repeat(LONGEST_URI))]),
                "redirect_uris",
            ),
            ("client_name", json!(""), "client_name"),
            ("client_name", json!("a\u{7}"), "client_name"),
            ("client_name", json!("a".repeat(257)), "client_name"),
        ] {
            let refused = with(member, value.clone()).unwrap_err();
            assert!(refused.contains(why), "{member} {value}: {refused}");
        }
        for body in ["", "[]", "null", "{", r#"{"client_id":"a","client_id":"b","redirect_uris":["c://d"]}"#]
        {
            assert!(read(URL, body.as_bytes()).is_err(), "{body}");
        }
    }
}
