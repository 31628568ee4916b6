//! `/oauth2/userInfo` (docs/cognito/oauth-and-managed-login.md §7).

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use poolhouse_core::grants::user_info::{self, Refused};
use poolhouse_kernel::Fault;

use crate::answer;
use crate::visit::Visit;

/// What the scopes of an access token tell of its user.
pub(crate) async fn answer(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let token = visit.header(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
    });
    let Some(token) = token else {
        let text = "Bad OAuth2 request at UserInfo Endpoint";
        return Ok(refused(StatusCode::BAD_REQUEST, "invalid_request", text));
    };
    match user_info::of(&visit.cx, &visit.place.pool_id, token).await {
        Ok(claims) => answer::oauth_document(StatusCode::OK, &claims),
        Err(Refused::InvalidToken) => {
            let text = "Access token is expired, disabled, or deleted, or the user has globally signed out.";
            Ok(refused(StatusCode::UNAUTHORIZED, "invalid_token", text))
        }
        Err(Refused::NoOpenid) => {
            let text = "Access token does not contain openid scope";
            Ok(refused(StatusCode::UNAUTHORIZED, "invalid_token", text))
        }
        Err(Refused::Fault(fault)) => Err(fault),
    }
}

/// The header says what the body does. AWS's has no scheme before it (documented); clients that read challenges need one.
fn refused(status: StatusCode, error: &'static str, description: &str) -> Response<Body> {
    let mut response = answer::oauth_error(status, error, Some(description));
    let challenge = format!("Bearer error=\"{error}\", error_description=\"{description}\"");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
