//! Addresses that links lead to.

use std::fmt;

use askama::filters::HtmlSafe;

/// An address that is safe to follow: one of the web, of an application, or of a page of this domain. What runs as a
/// script or carries its own content (`javascript:`, `data:`, `blob:` …) becomes `#`. It is written escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Href<'a>(&'a str);

impl<'a> Href<'a> {
    /// The address, where it may be followed.
    pub fn new(address: &'a str) -> Self {
        Self(if may_be_followed(address) { address } else { "#" })
    }

    /// The address itself, unescaped.
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

fn may_be_followed(address: &str) -> bool {
    // Browsers strip these and then look at the scheme again.
    if address.chars().any(char::is_control) || address.starts_with([' ', '\\']) {
        return false;
    }
    match address.split_once([':', '/', '?', '#']) {
        Some((scheme, _)) if address[scheme.len()..].starts_with(':') => {
            let barred =
                ["javascript", "data", "vbscript", "blob", "file", "filesystem", "about", "view-source"];
            !barred.iter().any(|barred| scheme.eq_ignore_ascii_case(barred))
        }
        // Another host without a scheme is nobody's intention.
        _ => !address.starts_with("//") && !address.starts_with("/\\"),
    }
}

impl fmt::Display for Href<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(escaped) = askama::filters::escape(self.0, askama::filters::Html);
        escaped.fmt(f)
    }
}

impl HtmlSafe for Href<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_contents_are_no_addresses() {
        for address in [
            "javascript:alert(1)",
            "JavaScript://%0aalert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "blob:https://a/b",
            "//example.com",
            "/\\example.com",
            "\\\\example.com",
        ] {
            assert_eq!(Href::new(address).as_str(), "#", "{address}");
        }
    }

    #[test]
    fn addresses_of_the_web_of_applications_and_of_the_domain_are_kept_and_escaped() {
        for address in
            ["https://example.com/a?b=c:d", "myapp://callback", "com.app:/cb", "/login?a=b", "?lang=de", ""]
        {
            assert_eq!(Href::new(address).as_str(), address);
        }
        assert_eq!(Href::new("/x?\"><b>&'").to_string(), "/x?&#34;&#62;&#60;b&#62;&#38;&#39;");
    }
}
