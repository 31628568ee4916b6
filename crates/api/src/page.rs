//! The pages that links in messages open: one sentence.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use poolhouse_core::{Cx, html};
use poolhouse_kernel::Fault;

use crate::answer::Answerer;
use crate::headers::name_request;

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
    name_request(headers, cx.request_id);
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
            fault.log();
            of(
                cx,
                title,
                Answerer::ANYBODY.status(&fault),
                fault.message().unwrap_or("Something went wrong."),
            )
        }
    }
}
