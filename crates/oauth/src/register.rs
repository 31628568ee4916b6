//! `/oauth2/register` (docs/cognito/new-operations.md §10.2, RFC 7591).

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use poolhouse_core::registration::{self, Refused};
use poolhouse_kernel::Fault;

use crate::answer;
use crate::visit::{BadForm, Visit};

/// Registers a client.
pub(crate) async fn answer(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let document = match &visit.document {
        Ok(document) => document,
        Err(bad) => return Ok(unread(*bad)),
    };
    // Another scheme is no token of ours.
    let token = visit.header(header::AUTHORIZATION).map(|value| match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    });
    match registration::register(&visit.cx, &visit.place.pool_id, token, document).await {
        Ok(registered) => answer::oauth_document(StatusCode::CREATED, &registered),
        Err(refused) => refuse(refused),
    }
}

fn refuse(refused: Refused) -> Result<Response<Body>, Fault> {
    let bad = |error, text: &str| answer::oauth_error(StatusCode::BAD_REQUEST, error, Some(text));
    Ok(match refused {
        Refused::Off => answer::bare(StatusCode::NOT_FOUND),
        Refused::Token => answer::bearer_error(StatusCode::UNAUTHORIZED, "invalid_token", None),
        Refused::Scope => answer::bearer_error(StatusCode::FORBIDDEN, "insufficient_scope", None),
        Refused::RedirectUri(text) => bad("invalid_redirect_uri", &text),
        Refused::Metadata(text) => bad("invalid_client_metadata", &text),
        Refused::Fault(fault) => return Err(fault),
    })
}

fn unread(bad: BadForm) -> Response<Body> {
    match bad {
        BadForm::NoRoom => answer::oauth_error(StatusCode::TOO_MANY_REQUESTS, answer::TOO_MANY, None),
        BadForm::ForeignType | BadForm::Malformed | BadForm::TooMuch => {
            let text = "the metadata must be a JSON object of type application/json";
            answer::oauth_error(StatusCode::BAD_REQUEST, "invalid_client_metadata", Some(text))
        }
    }
}
