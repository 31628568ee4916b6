//! For tests that throw bytes at what strangers reach first, and for measuring.

use poolhouse_crypto::jws::Algorithm;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::OAuthFlowType;
use serde_json::{Map, Value};

use crate::providers::oidc::id_token::{self, Expected};
use crate::tokens::access::{self, Owner};
use crate::users::filter;
use crate::{Cx, cimd, registration};

/// A sign-in at a provider, as its ID token has to fit it.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the claims, by their names")]
pub struct IdToken {
    pub issuer: &'static str,
    pub client_id: &'static str,
    pub nonce: &'static str,
    /// The time at which it comes.
    pub now: i64,
}

/// The one that [`is_believed`] stands for.
pub const ID_TOKEN: IdToken =
    IdToken { issuer: "https://idp.example", client_id: "c", nonce: "n", now: 1_893_456_000 };

/// Whether an ID token with a good signature is believed that says this, in the sign-in [`ID_TOKEN`].
pub fn is_believed(claims: &Map<String, Value>) -> bool {
    let expected = Expected {
        issuer: ID_TOKEN.issuer,
        other_issuer: None,
        client_id: ID_TOKEN.client_id,
        keys: "",
        secret: None,
        nonce: Some(ID_TOKEN.nonce),
        signed_in: None,
        access_token: Some("t"),
    };
    id_token::check(claims, Algorithm::Rs256, &expected, ID_TOKEN.now).is_ok()
}

/// The check of an access token with which every operation begins that takes one.
///
/// # Errors
/// What the operation would be refused with.
pub async fn authorize(cx: &Cx, token: &str) -> Result<(), Fault> {
    access::authorize(cx, Owner::Token(token)).await.map(drop)
}

/// What a filter of ListUsers asks for, written anew; `None` for what is none.
pub fn filter(text: &str) -> Option<String> {
    let filter = filter::parse(text).ok()??;
    let value = filter.value.replace('\\', r"\\").replace('"', r#"\""#);
    let operator = if filter.prefix { "^=" } else { "=" };
    Some(format!("\"{}\" {operator} \"{value}\"", filter.attribute))
}

/// Where a client leads that is this URL with this document; `None` for what is none.
pub fn client_document(url: &str, document: &[u8]) -> Option<Vec<String>> {
    cimd::redirect_uris(url, document)
}

/// Where a client leads that registers itself with this metadata, and what it is called; `None` for what is refused.
pub fn registration(metadata: &[u8]) -> Option<(Vec<String>, String)> {
    registration::granted(metadata, &[OAuthFlowType::Code, OAuthFlowType::ClientCredentials])
}
