//! For tests that throw bytes at what strangers reach first, and for measuring.

use poolhouse_kernel::Fault;

use poolhouse_wire::user_pools::OAuthFlowType;

use crate::tokens::access::{self, Owner};
use crate::users::filter;
use crate::{Cx, cimd, registration};

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
