//! Parameters as a form or a query writes them (`application/x-www-form-urlencoded`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All that a form encodes, but for the blank, which becomes a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b' ');

/// One name or value.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string().replace(' ', "+")
}

/// Pairs, without `?`; empty where there are none.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A URL with more parameters in its query.
pub(crate) fn with_query<'a>(url: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let (place, fragment) = url.split_once('#').map_or((url, None), |(place, rest)| (place, Some(rest)));
    let joint = match place.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{place}{joint}{}{fragment}", query(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_to_those_that_a_url_has() {
        let pairs = [("a", "1 2"), ("b", "é&")];
        for (url, expected) in [
            ("https://x.example/", "https://x.example/?a=1+2&b=%C3%A9%26"),
            ("https://x.example/?", "https://x.example/?a=1+2&b=%C3%A9%26"),
            ("https://x.example/?c=3", "https://x.example/?c=3&a=1+2&b=%C3%A9%26"),
            ("https://x.example/?c=3#f", "https://x.example/?c=3&a=1+2&b=%C3%A9%26#f"),
        ] {
            assert_eq!(with_query(url, pairs), expected);
        }
    }
}
