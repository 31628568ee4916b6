//! For tests that throw bytes at what strangers reach first.

use crate::users::filter;

/// What a filter of ListUsers asks for, written anew; `None` for what is none.
pub fn filter(text: &str) -> Option<String> {
    let filter = filter::parse(text).ok()??;
    let value = filter.value.replace('\\', r"\\").replace('"', r#"\""#);
    let operator = if filter.prefix { "^=" } else { "=" };
    Some(format!("\"{}\" {operator} \"{value}\"", filter.attribute))
}
