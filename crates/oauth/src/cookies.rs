//! Cookies: what browsers keep for the pages of a domain (docs/cognito/oauth-and-managed-login.md §5.2).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::place::Place;

/// Who is signed in.
pub(crate) const SESSION: &str = "cognito";

/// What binds forms to the browser.
pub(crate) const CSRF: &str = "XSRF-TOKEN";

/// What binds a sign-in at an identity provider to the browser.
pub(crate) const FEDERATION: &str = "csrf-state";

/// The language that was chosen.
pub(crate) const LANGUAGE: &str = "lang";

/// How long a sign-in at a provider may take, in seconds.
const FEDERATION_SECONDS: i64 = 5 * 60;

/// How long a language is kept, in seconds: a year.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The cookies of a request, the first of each name: browsers send that of the longest path first.
pub(crate) fn read(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut cookies = BTreeMap::new();
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    for pair in values.flat_map(|value| value.split(';')) {
        if let Some((name, value)) = pair.trim().split_once('=')
            && [SESSION, CSRF, FEDERATION, LANGUAGE].contains(&name)
        {
            cookies.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    cookies
}

/// Keeps who is signed in.
pub(crate) fn keep_session(headers: &mut HeaderMap, place: &Place, value: &str, seconds: i64) {
    set(headers, place, SESSION, value, Some(seconds.max(0)), Site::Own);
}

/// Forgets who was signed in.
pub(crate) fn forget_session(headers: &mut HeaderMap, place: &Place) {
    set(headers, place, SESSION, "", Some(0), Site::Own);
}

/// Binds forms to the browser until it is closed.
pub(crate) fn keep_csrf(headers: &mut HeaderMap, place: &Place, value: &str) {
    set(headers, place, CSRF, value, None, Site::Own);
}

/// Binds a sign-in at an identity provider to the browser. Some providers answer by a form that their page posts, with
/// which a browser sends no cookie that is not for all sites; without TLS there is no such cookie (federation §5).
pub(crate) fn keep_federation(headers: &mut HeaderMap, place: &Place, value: &str) {
    let site = if place.is_https() { Site::All } else { Site::Own };
    set(headers, place, FEDERATION, value, Some(FEDERATION_SECONDS), site);
}

/// Keeps the language that was chosen.
pub(crate) fn keep_language(headers: &mut HeaderMap, place: &Place, tag: &str) {
    set(headers, place, LANGUAGE, tag, Some(LANGUAGE_SECONDS), Site::Own);
}

/// With whose requests a cookie goes along.
#[derive(Clone, Copy)]
enum Site {
    /// Those of this site, and where people follow a link to it.
    Own,
    /// Those of other sites, too.
    All,
}

/// Of this host and of these paths alone, out of reach of scripts.
fn set(headers: &mut HeaderMap, place: &Place, name: &str, value: &str, max_age: Option<i64>, site: Site) {
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if place.is_https() { "; Secure" } else { "" };
    let path = place.cookie_path();
    let site = match site {
        Site::Own => "Lax",
        Site::All => "None",
    };
    let cookie = format!("{name}={value}; Path={path}{age}{secure}; HttpOnly; SameSite={site}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_cookies_are_read_and_the_first_of_a_name_counts() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", "a=b; cognito=x=y;XSRF-TOKEN=1 ; cognito=z".parse().unwrap());
        headers.append("cookie", "lang=de; broken".parse().unwrap());
        let read = read(&headers);
        assert_eq!(read.get(SESSION).map(String::as_str), Some("x=y"));
        assert_eq!(read.get(CSRF).map(String::as_str), Some("1"));
        assert_eq!(read.get(LANGUAGE).map(String::as_str), Some("de"));
        assert_eq!(read.len(), 3);
    }
}
