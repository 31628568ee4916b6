//! Where a browser is sent back to, and which of a client's URLs that may be
//! (docs/cognito/oauth-and-managed-login.md §4.1, §4.4, §4.5, §14).

use crate::clients::redirect::is_loopback_address;
use crate::form::encoded;
use crate::model::Client;

/// A URL of the client, with what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    pub(super) uri: String,
    /// Behind `#` instead of `?`.
    pub(super) in_fragment: bool,
    pub(super) parameters: Vec<(&'static str, String)>,
}

impl Redirect {
    /// The whole URL.
    pub fn url(&self) -> String {
        let mut url = self.uri.clone();
        let mut separator = match (self.in_fragment, self.uri.contains('?')) {
            (true, _) => '#',
            (false, true) => '&',
            (false, false) => '?',
        };
        for (name, value) in &self.parameters {
            url.push(separator);
            url.push_str(name);
            url.push('=');
            url.push_str(&encoded(value));
            separator = '&';
        }
        url
    }

    /// What it tells under this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no URL to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoUri {
    Missing,
    Mismatch,
}

/// The URL that a request goes back to: the one that is asked for, which must be one of the client's by every character,
/// else the client's default or only one (documented for clients with one identity provider).
pub(super) fn resolve(client: &Client, asked: Option<&str>) -> Result<String, NoUri> {
    let known = client.settings.callback_urls.as_deref().unwrap_or_default();
    let Some(asked) = asked else {
        let providers = client.settings.supported_identity_providers.as_deref().unwrap_or_default();
        return match (&client.settings.default_redirect_uri, known) {
            _ if providers.len() > 1 => Err(NoUri::Missing),
            (Some(default), _) => Ok(default.clone()),
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(NoUri::Missing),
        };
    };
    let is_public = client.secrets.is_empty();
    // new-operations §16.4: documents name localhost by its name.
    let by_name = client.url().is_some();
    if known.iter().any(|own| own == asked || is_public && fits_any_port(own, asked, by_name)) {
        Ok(asked.to_owned())
    } else {
        Err(NoUri::Mismatch)
    }
}

/// Whether `known` is a loopback address without a port, and `asked` the same with one (RFC 8252 §7.3): programs on a
/// person's machine listen where there is room. Where it may be called `by_name`, `localhost` is one, too.
fn fits_any_port(known: &str, asked: &str, by_name: bool) -> bool {
    let Some((host, path)) = known.strip_prefix("http://").map(split_host) else { return false };
    let Some((asked_host, asked_path)) = asked.strip_prefix("http://").map(split_host) else { return false };
    let port = asked_host.strip_prefix(host).and_then(|port| port.strip_prefix(':'));
    let is_port =
        port.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok());
    let is_loopback = is_loopback_address(host) || by_name && host == "localhost";
    is_loopback && is_port && path == asked_path
}

/// The host, with its port, and what follows it.
fn split_host(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_appended_and_encoded() {
        let mut to = Redirect {
            uri: "https://app.example.com/cb".to_owned(),
            in_fragment: false,
            parameters: vec![("error_description", "a b&c=d#".to_owned()), ("state", "é+\"".to_owned())],
        };
        let tail = "error_description=a+b%26c%3Dd%23&state=%C3%A9%2B%22";
        assert_eq!(to.url(), format!("https://app.example.com/cb?{tail}"));
        to.in_fragment = true;
        assert_eq!(to.url(), format!("https://app.example.com/cb#{tail}"));
        (to.in_fragment, to.uri) = (false, "myapp://cb?x=1".to_owned());
        assert_eq!(to.url(), format!("myapp://cb?x=1&{tail}"));
    }

    // oauth-and-managed-login §14
    #[test]
    fn loopback_addresses_without_a_port_fit_any() {
        let fits = [
            ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
            ("http://[::1]/cb", "http://[::1]:1/cb"),
            ("http://127.0.0.1", "http://127.0.0.1:8080"),
        ];
        for (known, asked) in fits {
            assert!(fits_any_port(known, asked, false), "{known} {asked}");
        }
        let others = [
            ("http://127.0.0.1:80/cb", "http://127.0.0.1:81/cb"),
            ("http://localhost/cb", "http://localhost:81/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:81/other"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:81@example.com/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:70000/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1.example.com/cb"),
            ("http://127.0.0.1/cb", "https://127.0.0.1:81/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:81\\/cb"),
            ("https://127.0.0.1/cb", "https://127.0.0.1:81/cb"),
            ("http://app.example.com/cb", "http://app.example.com:81/cb"),
        ];
        for (known, asked) in others {
            assert!(!fits_any_port(known, asked, false), "{known} {asked}");
        }
        assert!(fits_any_port("http://localhost/cb", "http://localhost:81/cb", true));
        assert!(!fits_any_port("http://localhost/cb", "http://localhost.example.com:81/cb", true));
    }
}
