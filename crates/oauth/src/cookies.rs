//! Cookies: what browsers keep for the pages of a domain (docs/cognito/oauth-and-managed-login.md §5.2).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::place::Place;

/// Who is signed in.
pub(crate) const SESSION: &str = "cognito";

/// What binds forms to the browser.
pub(crate) const CSRF: &str = "XSRF-TOKEN";

/// The language that was chosen.
pub(crate) const LANGUAGE: &str = "lang";

/// How long a language is kept, in seconds: a year.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The cookies of a request, the first of each name: browsers send that of the longest path first.
pub(crate) fn read(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut cookies = BTreeMap::new();
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    for pair in values.flat_map(|value| value.split(';')) {
        if let Some((name, value)) = pair.trim().split_once('=')
            && [SESSION, CSRF, LANGUAGE].contains(&name)
        {
            cookies.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    cookies
}

/// Keeps who is signed in.
pub(crate) fn keep_session(headers: &mut HeaderMap, place: &Place, value: &str, seconds: i64) {
    set(headers, place, SESSION, value, Some(seconds.max(0)));
}

/// Forgets who was signed in.
pub(crate) fn forget_session(headers: &mut HeaderMap, place: &Place) {
    set(headers, place, SESSION, "", Some(0));
}

/// Binds forms to the browser until it is closed.
pub(crate) fn keep_csrf(headers: &mut HeaderMap, place: &Place, value: &str) {
    set(headers, place, CSRF, value, None);
}

/// Keeps the language that was chosen.
pub(crate) fn keep_language(headers: &mut HeaderMap, place: &Place, tag: &str) {
    set(headers, place, LANGUAGE, tag, Some(LANGUAGE_SECONDS));
}

/// Of this host and of these paths alone, out of reach of scripts and of requests that other sites make.
fn set(headers: &mut HeaderMap, place: &Place, name: &str, value: &str, max_age: Option<i64>) {
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if place.is_https() { "; Secure" } else { "" };
    let path = place.cookie_path();
    let cookie = format!("{name}={value}; Path={path}{age}{secure}; HttpOnly; SameSite=Lax");
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
