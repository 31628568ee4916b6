//! Which URLs can be clients, and the patterns by which a policy names them (docs/cognito/new-operations.md §16.2).
//! Everything is compared byte by byte: nothing is normalised.

/// What the id of such a client begins with.
const SCHEME: &str = "https://";

/// The longest URL.
const LONGEST: usize = 256;

/// Whether an id is meant as a URL. Those of app clients never are.
pub(crate) fn is_url(client_id: &str) -> bool {
    client_id.starts_with(SCHEME)
}

/// Host, port and path of a URL or a pattern; the path begins with its slash.
struct Parts<'a> {
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let rest = url.strip_prefix(SCHEME)?;
        let (authority, path) = rest.split_at_checked(rest.find('/')?)?;
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_port = |port: &str| {
            (1..=5).contains(&port.len())
                && port.bytes().all(|b| b.is_ascii_digit())
                && !port.starts_with('0')
        };
        port.is_none_or(is_port).then_some(Self { host, port, path })
    }

    /// Labels of small letters, digits, hyphens and `also`, with dots between.
    fn has_host_name(&self, also: Option<u8>) -> bool {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || Some(b) == also;
        let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(fits);
        self.host.len() <= 253 && self.host.split('.').all(is_label)
    }
}

/// Whether a URL can be a client's id: what a browser, a proxy or a server could read in two ways is none.
pub(crate) fn is_well_formed(url: &str) -> bool {
    let Some(parts) = Parts::of(url).filter(|parts| parts.has_host_name(None)) else { return false };
    let path = parts.path;
    let is_plain = path.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\\"<>^`{|}".contains(&b));
    let lower = path.to_ascii_lowercase();
    url.len() <= LONGEST
        && is_plain
        && path != "/"
        && !path.split('/').any(|segment| segment == "." || segment == "..")
        && !lower.contains("%2e")
        && !lower.contains("%2f")
}

/// The host of a URL that is well formed.
pub(crate) fn host_of(url: &str) -> &str {
    Parts::of(url).map_or(url, |parts| parts.host)
}

/// Whether a pattern can be taken. An owner of everything below `*.com` there is not.
pub(crate) fn is_good_pattern(pattern: &str) -> bool {
    let Some(parts) = Parts::of(pattern).filter(|parts| parts.has_host_name(Some(b'*'))) else {
        return false;
    };
    let fixed = parts.host.rsplit('.').take(2).all(|label| !label.contains('*'));
    fixed && !pattern.contains(['?', '#', '@']) && parts.path != "/"
}

/// How exact a pattern is: the number of its literal characters.
pub(crate) fn exactness(pattern: &str) -> usize {
    pattern.bytes().filter(|b| *b != b'*').count()
}

/// Whether a URL that is well formed matches. In the host `*` stands for a part of one label, which is not empty; in
/// the path for anything.
pub(crate) fn matches(pattern: &str, url: &str) -> bool {
    let (Some(pattern), Some(url)) = (Parts::of(pattern), Parts::of(url)) else { return false };
    let mut labels = url.host.split('.');
    let hosts = pattern.host.split('.').all(|own| labels.next().is_some_and(|label| fits(own, label)));
    hosts
        && labels.next().is_none()
        && pattern.port == url.port
        && poolhouse_ports::matches(pattern.path, url.path)
}

/// Whether a label is `pattern`, in which `*` stands for at least one character.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    // The earliest place for each part leaves the most room for those after it.
    for part in parts {
        let Some(behind) = rest.get(1..) else { return false };
        let Some((_, after)) = behind.split_once(part) else { return false };
        rest = after;
    }
    rest.get(1..).is_some_and(|behind| behind.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_can_be_read_in_one_way_alone() {
        for good in [
            "https://client.example/oauth.json",
            "https://client.example:8443/a/b",
            "https://localhost:3000/client",
            "https://a-b.client.example/%C3%A9",
        ] {
            assert!(is_well_formed(good), "{good}");
        }
        let long = format!("https://client.example/{}", "a".repeat(LONGEST));
        for bad in [
            "",
            "https://",
            "https://client.example",
            "https://client.example/",
            "http://client.example/c",
            "HTTPS://client.example/c",
            "https://Client.example/c",
            "https://client.example/c?x=1",
            "https://client.example/c#x",
            "https://client.example/a/../c",
            "https://client.example/./c",
            "https://client.example/%2E%2e/c",
            "https://client.example/a%2Fc",
            "https://client.example\\@evil.example/c",
            "https://user@client.example/c",
            "https://client.example:/c",
            "https://client.example:0443/c",
            "https://client.example:443443/c",
            "https://client..example/c",
            "https://[::1]/c",
            "https://client.example/a b",
            "https://client.example/é",
            "https://*.example/c",
            &long,
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn a_star_stands_for_a_part_of_a_label_or_anything_in_the_path() {
        for (pattern, url, expected) in [
            ("https://a.example/c", "https://a.example/c", true),
            ("https://a.example/c", "https://a.example/C", false),
            ("https://a.example/c", "https://a.example/c/", false),
            ("https://*.a.example/c", "https://x.a.example/c", true),
            ("https://*.a.example/c", "https://a.example/c", false),
            ("https://*.a.example/c", "https://x.y.a.example/c", false),
            ("https://x*.a.example/c", "https://x.a.example/c", false),
            ("https://x*.a.example/c", "https://xy.a.example/c", true),
            ("https://x*y.a.example/c", "https://xzzy.a.example/c", true),
            ("https://x*y.a.example/c", "https://xy.a.example/c", false),
            ("https://a.example/c/*", "https://a.example/c/", true),
            ("https://a.example/c/*", "https://a.example/c/d/e", true),
            ("https://a.example/c/*", "https://a.example/c", false),
            ("https://a.example/*/c", "https://a.example/b/d/c", true),
            ("https://a.example/*", "https://a.example:8443/c", false),
            ("https://a.example:8443/*", "https://a.example:8443/c", true),
            ("https://a.example:8443/*", "https://a.example/c", false),
            ("https://a.example/*", "https://b.example/c", false),
            ("https://a.example/*", "https://a.example.evil.example/c", false),
        ] {
            assert_eq!(matches(pattern, url), expected, "{pattern} {url}");
        }
    }

    #[test]
    fn patterns_name_an_owner() {
        for good in [
            "https://a.example/*",
            "https://*.a.example/c",
            "https://localhost:3000/*",
            "https://x*.y.a.example/c",
        ] {
            assert!(is_good_pattern(good), "{good}");
        }
        for bad in [
            "https://a.example/",
            "https://*/c",
            "https://*.example/c",
            "https://a.*/c",
            "https://a.example",
            "https://a.example:*/c",
            "https://a.example/c?x=*",
            "https://A.example/c",
            "https://a@b.example/c",
        ] {
            assert!(!is_good_pattern(bad), "{bad}");
        }
        assert!(exactness("https://a.example/clients/*") > exactness("https://a.example/*"));
    }
}
