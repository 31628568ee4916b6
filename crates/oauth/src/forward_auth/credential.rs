//! The token that comes with a request.

use axum::http::{HeaderMap, HeaderValue, header};

/// What no token is: for those who send more than one, and leave it to the reader which counts.
const AMBIGUOUS: &str = "";

/// From `Authorization: Bearer`; else, where one is named, from a cookie. Never from the query: those end up in logs.
pub(super) fn token<'a>(headers: &'a HeaderMap, cookie: Option<&str>) -> Option<&'a str> {
    let authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let mut bearers = authorizations.filter_map(|value| bearer(text(value)?));
    only(&mut bearers).or_else(|| only(&mut cookies(headers, cookie?)))
}

/// The token of a value of `Authorization` with the scheme `Bearer`, in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

/// The values of a cookie (RFC 6265 §5.4).
fn cookies<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(text);
    pairs.flat_map(|pairs| pairs.split(';')).filter_map(move |pair| {
        let (named, value) = pair.split_once('=')?;
        (named.trim() == name).then(|| value.trim())
    })
}

/// A value with other letters than ASCII has no good token, but is not to be taken for none.
fn text(value: &HeaderValue) -> Option<&str> {
    str::from_utf8(value.as_bytes()).ok()
}

fn only<'a>(tokens: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = tokens.next()?;
    Some(if tokens.next().is_some() { AMBIGUOUS } else { first })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn found(headers: &[(&'static str, &'static str)], cookie: Option<&str>) -> Option<String> {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        token(&headers.collect(), cookie).map(ToOwned::to_owned)
    }

    #[test]
    fn a_token_comes_by_authorization_or_in_the_cookie_that_is_named() {
        let cookie = ("cookie", "theme=dark; token=c; tokens=d");
        for (headers, name, expected) in [
            (&[("authorization", "Bearer a")][..], None, Some("a")),
            (&[("authorization", "bEARER  a ")], None, Some("a")),
            (&[("authorization", "Bearer a"), cookie], Some("token"), Some("a")),
            (&[("authorization", "Basic a"), cookie], Some("token"), Some("c")),
            (&[("authorization", "Bearer")], None, None),
            (&[("authorization", "Bearer ")], None, Some("")),
            (&[cookie], Some("token"), Some("c")),
            (&[cookie], Some("Token"), None),
            (&[cookie], None, None),
            (&[], Some("token"), None),
        ] {
            assert_eq!(found(headers, name).as_deref(), expected, "{headers:?} {name:?}");
        }
    }

    // Who reads the request next may look at another of them.
    #[test]
    fn of_several_none_counts() {
        for headers in [
            &[("authorization", "Bearer a"), ("authorization", "bearer b")][..],
            &[("cookie", "token=a; token=b")],
            &[("cookie", "token=a"), ("cookie", "token=b")],
        ] {
            let headers: Vec<_> = headers.to_vec();
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, value.parse().unwrap());
            }
            assert_eq!(token(&map, Some("token")), Some(AMBIGUOUS), "{headers:?}");
        }
    }
}
