//! For tests that throw bytes at what strangers reach first, and for measuring.

use poolhouse_kernel::Fault;

use crate::Cx;
use crate::tokens::access::{self, Owner};
use crate::users::filter;

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
