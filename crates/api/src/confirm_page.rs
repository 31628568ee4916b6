//! The page that a confirmation link opens: `/<pool id>/confirmUser` (spec/triggers-and-messages.md §11).

use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use poolhouse_core::{Cx, Fault, html, sign_up};
use serde::Deserialize;

use crate::http::{log_refusal, status_of};
use crate::{answer, limits};

/// The pool of the page at a path; AWS's links have a slash at the end, its own pages have none.
pub(crate) fn pool_at(path: &str) -> Option<&str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let pool_id = path.strip_prefix('/')?.strip_suffix("/confirmUser")?;
    (!pool_id.contains('/')).then_some(pool_id)
}

/// The link's parameters, by AWS's names.
#[derive(Deserialize)]
struct Link {
    client_id: String,
    user_name: String,
    confirmation_code: String,
}

/// Confirms the user, as AWS does when its link is opened, and says so. What follows a commit is not cut off when
/// the browser goes: the caller runs this in a task of its own.
pub(crate) async fn answer(cx: &Cx, pool_id: &str, uri: &Uri) -> Response<Body> {
    let Ok(Query(link)) = Query::<Link>::try_from_uri(uri) else {
        return page(cx, StatusCode::BAD_REQUEST, "This link is incomplete. Please copy the whole of it.");
    };
    match confirm(cx, pool_id, &link).await {
        // The text is AWS's (observed).
        Ok(()) => page(cx, StatusCode::OK, "Your registration has been confirmed!"),
        Err(fault) => {
            log_refusal(&fault);
            page(cx, status_of(&fault), fault.message().unwrap_or("Something went wrong."))
        }
    }
}

async fn confirm(cx: &Cx, pool_id: &str, link: &Link) -> Result<(), Fault> {
    limits::admit_anybody(cx)?;
    let Link { client_id, user_name, confirmation_code } = link;
    let mut tries = cx.tries();
    loop {
        let done = sign_up::confirm_by_link(cx, pool_id, client_id, user_name, confirmation_code).await;
        if !tries.again(&done).await {
            return done;
        }
    }
}

/// A page with one sentence. It loads nothing, and tells nobody the address, which holds the code.
fn page(cx: &Cx, status: StatusCode, text: &str) -> Response<Body> {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Confirmation</title></head>\
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_stands_before_the_page() {
        assert_eq!(pool_at("/us-east-1_a/confirmUser"), Some("us-east-1_a"));
        assert_eq!(pool_at("/us-east-1_a/confirmUser/"), Some("us-east-1_a"));
        for other in
            ["/confirmUser", "/a/b/confirmUser", "/a/confirmuser", "a/confirmUser", "/a/confirmUser//"]
        {
            assert_eq!(pool_at(other), None, "{other}");
        }
    }
}
