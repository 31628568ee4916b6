//! Which domain a request is for, and by which address it came (docs/cognito/oauth-and-managed-login.md §1).
//!
//! By Host header: `<prefix>.<auth domain>`, `<prefix>.auth.localhost`, or the name of a custom domain; or by path under
//! a name of this server's own, `/_domains/<domain>/…`. What came by one form is answered in that form: redirects to pages,
//! targets of forms and cookies keep to it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, Uri, header};
use poolhouse_core::domains::{self, Domain, PATHS};
use poolhouse_core::{Cx, Engine};
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::PoolId;

/// The name and the scheme by which a client reached a proxy that is trusted; who listens puts it beside the request.
#[derive(Clone, Debug, Default)]
pub struct ReachedAs {
    /// The host, with its port.
    pub host: Option<String>,
    /// Whether it was HTTPS.
    pub https: Option<bool>,
}

/// A domain, and the address by which a request came to it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) domain: Arc<Domain>,
    /// The pool whose domain it is.
    pub(crate) pool_id: PoolId,
    /// Scheme, host and port.
    origin: String,
    /// The host alone.
    pub(crate) host: String,
    /// What paths begin with: nothing, or the path form.
    base: String,
}

/// What a request is for.
pub(crate) enum Found {
    /// This server itself: the API and documents of issuers.
    Server,
    /// A domain, and the path within it.
    Domain(Place, Uri),
    /// A domain that there is not.
    Nobody,
}

impl Place {
    /// What a page's own paths begin with: empty, or a path without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A path of this domain, as links and forms have it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The whole address of a path of this domain, as redirects have it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.base)
    }

    /// The `Path` of cookies.
    pub(crate) fn cookie_path(&self) -> &str {
        if self.base.is_empty() { "/" } else { &self.base }
    }

    /// Whether the browser came by HTTPS.
    pub(crate) fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

/// Finds what a request is for.
///
/// # Errors
/// When the database fails; `TooManyRequestsException`: who calls a name is counted before it is looked up.
pub(crate) async fn find(
    engine: &Engine,
    source: Option<IpAddr>,
    uri: &Uri,
    headers: &HeaderMap,
    reached: Option<&ReachedAs>,
) -> Result<Found, Fault> {
    let cx = Cx::job(engine);
    let settings = cx.settings();
    let authority = authority(uri, headers, reached);
    let public = Public::of(&settings.public_url);
    let host = host_of(&authority);
    let https = reached.and_then(|reached| reached.https).unwrap_or(public.https);
    let scheme = if https { "https" } else { "http" };
    let place = |domain: Arc<Domain>, base: String| Place {
        pool_id: domain.pool_id.clone(),
        origin: if authority.is_empty() {
            public.origin.to_owned()
        } else {
            format!("{scheme}://{authority}")
        },
        host: if authority.is_empty() { public.host.to_owned() } else { host.clone() },
        base,
        domain,
    };
    let path = uri.path().strip_prefix(PATHS).map(split_path);
    if is_own(&host, public.host) {
        let Some((name, rest)) = path else { return Ok(Found::Server) };
        let domain = if can_be_name(name) {
            admit(&cx, source)?;
            domains::find(&cx, name).await?
        } else {
            None
        };
        let base = format!("{}{PATHS}{name}", public.path);
        return Ok(domain.map_or(Found::Nobody, |domain| Found::Domain(place(domain, base), at(uri, rest))));
    }
    let domain = if can_be_name(&host) {
        admit(&cx, source)?;
        domains::find_at_host(&cx, &host).await?
    } else {
        None
    };
    Ok(match domain {
        Some(domain) => Found::Domain(place(domain, String::new()), uri.clone()),
        // Under a name that is no domain's, there are no domains.
        None if path.is_some() || domains::is_of_domains(&cx, &host) => Found::Nobody,
        None => Found::Server,
    })
}

/// Counts a look-up, apart from what is asked then: that is counted where it is known.
fn admit(cx: &Cx, source: Option<IpAddr>) -> Result<(), Fault> {
    source.map_or(Ok(()), |address| cx.admit(Asker::Lookup(address)))
}

/// Whether it can be the name of a domain: others are not looked for.
fn can_be_name(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    !name.is_empty() && name.len() <= 253 && name.bytes().all(is_of_name)
}

/// The host and port that the client called.
fn authority(uri: &Uri, headers: &HeaderMap, reached: Option<&ReachedAs>) -> String {
    let named = reached.and_then(|reached| reached.host.as_deref());
    let header = || headers.get(header::HOST).map(|value| value.to_str().unwrap_or("?"));
    let text = named.or_else(header).or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default();
    // What is none is a name that nobody has, so that it is not told to anybody.
    match text.parse::<Authority>() {
        _ if text.is_empty() => String::new(),
        Ok(authority) if !authority.as_str().contains('@') => authority.as_str().to_ascii_lowercase(),
        _ => "invalid".to_owned(),
    }
}

/// The host of an authority, without a port and the dot at the end of a whole name.
fn host_of(authority: &str) -> String {
    let end = authority.rfind(':').filter(|end| !authority[*end..].contains(']')).unwrap_or(authority.len());
    authority.get(..end).unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Whether a host is this server's own: no name at all, an address, the public one, or this machine's.
fn is_own(host: &str, public_host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.is_empty() || host == public_host || host == "localhost" || bare.parse::<IpAddr>().is_ok()
}

/// The public URL in parts.
struct Public<'a> {
    origin: &'a str,
    host: &'a str,
    /// Without a slash at its end.
    path: &'a str,
    https: bool,
}

impl<'a> Public<'a> {
    fn of(url: &'a str) -> Self {
        let behind = url.find("://").map_or(0, |at| at + 3);
        let authority = url.get(behind..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let port = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
        let host = port.and_then(|at| authority.get(..at)).unwrap_or(authority);
        let (origin, path) = url.split_at_checked(behind + authority.len()).unwrap_or((url, ""));
        Self { origin, host, path: path.trim_end_matches('/'), https: url.starts_with("https:") }
    }
}

/// The first part of a path, and the rest from its slash on.
fn split_path(path: &str) -> (&str, &str) {
    path.split_at(path.find('/').unwrap_or(path.len()))
}

/// The same query at another path.
fn at(uri: &Uri, path: &str) -> Uri {
    let path = if path.is_empty() { "/" } else { path };
    let target = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    PathAndQuery::try_from(target).map(Uri::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_hosts_are_this_servers_own() {
        let is_own = |authority: &str| is_own(&host_of(authority), "id.example.com");
        for own in [
            "",
            "id.example.com",
            "id.example.com.:443",
            "127.0.0.1:7665",
            "[::1]:7665",
            "[2001:db8::1]",
            "localhost:7665",
        ] {
            assert!(is_own(own), "{own}");
        }
        for other in ["shop.auth.localhost:7665", "auth.example.com", "127.0.0.1.example.com", "invalid"] {
            assert!(!is_own(other), "{other}");
        }
    }

    #[test]
    fn the_name_that_counts_is_the_proxys_then_the_header_then_the_target() {
        let uri: Uri = "http://target.test/x".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(authority(&uri, &headers, None), "target.test");
        headers.insert("host", "Header.test:1".parse().unwrap());
        assert_eq!(authority(&uri, &headers, None), "header.test:1");
        let reached = ReachedAs { host: Some("proxy.test".to_owned()), https: None };
        assert_eq!(authority(&uri, &headers, Some(&reached)), "proxy.test");
        for wrong in ["a b", "a/b", "a@b", "a\"b"] {
            headers.insert("host", wrong.parse().unwrap());
            assert_eq!(authority(&uri, &headers, None), "invalid", "{wrong}");
        }
    }

    #[test]
    fn the_public_url_has_parts() {
        let parts = |url| {
            let Public { origin, host, path, https } = Public::of(url);
            (origin, host, path, https)
        };
        let plain = "http://127.0.0.1:7665";
        assert_eq!(parts(plain), (plain, "127.0.0.1", "", false));
        let below = "https://id.example.com/base";
        assert_eq!(parts(below), ("https://id.example.com", "id.example.com", "/base", true));
        assert_eq!(parts("http://[::1]:1"), ("http://[::1]:1", "[::1]", "", false));
    }

    #[test]
    fn the_path_form_is_taken_off_and_the_query_stays() {
        let uri: Uri = "/_domains/shop/login?a=b".parse().unwrap();
        let (name, rest) = split_path(uri.path().strip_prefix(PATHS).unwrap());
        assert_eq!((name, at(&uri, rest).to_string()), ("shop", "/login?a=b".to_owned()));
        assert_eq!(split_path("shop"), ("shop", ""));
        assert_eq!(at(&uri, "").to_string(), "/?a=b");
    }
}
