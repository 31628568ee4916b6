//! The pages that links in messages open: one sentence.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use poolhouse_core::{Cx, html};
use poolhouse_kernel::Fault;

use crate::answer;
use crate::http::{log_refusal, status_of};

/// A page with one sentence. It loads nothing, and tells nobody the address, which holds a code.
fn of(cx: &Cx, title: &str, status: StatusCode, text: &str) -> Response<Body> {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body><p>{}</p></body></html>\n",
        html::escape(text)
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer::request_id_header(headers, cx.request_id);
    response
}

/// The page of a link of which something is missing.
pub(crate) fn incomplete(cx: &Cx, title: &str) -> Response<Body> {
    of(cx, title, StatusCode::BAD_REQUEST, "This link is incomplete. Please copy the whole of it.")
}

/// The page that says `text` once what the link asks for is done, or why it is not.
pub(crate) fn outcome(cx: &Cx, title: &str, done: Result<(), Fault>, text: &str) -> Response<Body> {
    match done {
        Ok(()) => of(cx, title, StatusCode::OK, text),
        Err(fault) => {
            log_refusal(&fault);
            of(cx, title, status_of(&fault), fault.message().unwrap_or("Something went wrong."))
        }
    }
}

/// The pool of the page `name` at a path; AWS's links have a slash at the end, its own pages have none.
pub(crate) fn pool_at<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let pool_id = path.strip_prefix('/')?.strip_suffix(name)?.strip_suffix('/')?;
    (!pool_id.contains('/')).then_some(pool_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_stands_before_the_page() {
        let pool_at = |path| pool_at(path, "confirmUser");
        assert_eq!(pool_at("/us-east-1_a/confirmUser"), Some("us-east-1_a"));
        assert_eq!(pool_at("/us-east-1_a/confirmUser/"), Some("us-east-1_a"));
        for other in
            ["/confirmUser", "/a/b/confirmUser", "/a/confirmuser", "a/confirmUser", "/a/confirmUser//"]
        {
            assert_eq!(pool_at(other), None, "{other}");
        }
    }
}
