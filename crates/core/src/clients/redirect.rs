//! Which URLs browsers may be sent to after sign-in and sign-out
//! (docs/cognito/oauth-and-managed-login.md §3).

use poolhouse_kernel::Fault;

use crate::model::client::Settings;

const LOOPBACK_ADDRESSES: [&str; 2] = ["127.0.0.1", "[::1]"];

/// Checks callback URLs, logout URLs and the default among the former.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(settings: &Settings) -> Result<(), Fault> {
    let urls = settings.callback_urls.iter().flatten().chain(settings.logout_urls.iter().flatten());
    for url in urls {
        if let Some(objection) = objection(url) {
            return Err(Fault::invalid_parameter(format!("{url} {objection}")));
        }
    }
    match &settings.default_redirect_uri {
        Some(default) if !settings.callback_urls.iter().flatten().any(|url| url == default) => {
            Err(Fault::invalid_parameter(format!(
                "The default redirect URI {default} is not in the callback URIs list."
            )))
        }
        _ => Ok(()),
    }
}

/// What is wrong with a URL; the first text is ours, the others AWS's (recorded).
fn objection(url: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return Some("is not an absolute URI.");
    };
    if scheme.eq_ignore_ascii_case("http") && !is_local(rest) {
        return Some("cannot use the HTTP protocol.");
    }
    url.contains('#').then_some("cannot use fragment")
}

/// Whether a URL may be one of a client that nobody of the pool vouches for. Schemes that a browser itself takes for a
/// document or a program are none of a stranger's.
pub(crate) fn is_a_strangers(url: &str) -> bool {
    const OF_BROWSERS: [&str; 7] = ["javascript", "data", "vbscript", "file", "blob", "about", "view-source"];
    let scheme = url.split(':').next().unwrap_or_default();
    let is_visible = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // What the page of consent says of where it leads has to be true.
    let names_host = !scheme.eq_ignore_ascii_case("https")
        || url.strip_prefix("https://").is_some_and(|rest| {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            !authority.is_empty() && !authority.contains('@')
        });
    is_visible
        && names_host
        && objection(url).is_none()
        && !OF_BROWSERS.iter().any(|own| scheme.eq_ignore_ascii_case(own))
}

/// RFC 3986 §3.1. Custom schemes are how mobile applications are reached.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Whether a URL is plain HTTP of this machine.
pub(crate) fn is_local_http(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| scheme.eq_ignore_ascii_case("http") && is_local(rest))
}

/// Whether a host is a loopback address, and not a name that leads to one.
pub(crate) fn is_loopback_address(host: &str) -> bool {
    LOOPBACK_ADDRESSES.contains(&host)
}

/// Whether what follows `http:` names this machine, with any port. The host ends where browsers end it, at a
/// backslash too, and a user name before it is not allowed: either could hide another host.
fn is_local(rest: &str) -> bool {
    let Some(authority) = rest.strip_prefix("//").and_then(|r| r.split(['/', '?', '#', '\\']).next()) else {
        return false;
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    host.eq_ignore_ascii_case("localhost") || is_loopback_address(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    // oauth-and-managed-login §3, recorded
    #[test]
    fn urls_are_absolute_and_plain_http_stays_on_this_machine() {
        let http = Some("cannot use the HTTP protocol.");
        let relative = Some("is not an absolute URI.");
        let cases = [
            ("https://example.com/cb", None),
            ("https://example.com:8443/cb?x=1", None),
            ("myapp://callback", None),
            ("com.example.app:/callback", None),
            ("http://localhost:8080/cb", None),
            ("http://localhost", None),
            ("HTTP://LOCALHOST/cb", None),
            ("http://127.0.0.1:3000", None),
            ("http://[::1]:3000/cb", None),
            ("http://[::1]", None),
            ("http://example.com/cb", http),
            ("http://localhost.example.com/cb", http),
            ("http://localhost:1@example.com/cb", http),
            ("http://example.com\\@localhost/cb", http),
            ("http://127.0.0.2/cb", http),
            ("http:localhost", http),
            ("https://example.com/cb#part", Some("cannot use fragment")),
            ("/cb", relative),
            ("example.com/cb", relative),
            ("1https://example.com", relative),
            ("://example.com", relative),
        ];
        for (url, expected) in cases {
            assert_eq!(objection(url), expected, "{url}");
        }
    }
}
