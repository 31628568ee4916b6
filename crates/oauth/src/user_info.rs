//! `/oauth2/userInfo` (docs/cognito/oauth-and-managed-login.md §7).

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
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
        return Ok(answer::bearer_error(StatusCode::BAD_REQUEST, "invalid_request", Some(text)));
    };
    match user_info::of(&visit.cx, &visit.place.pool_id, token).await {
        Ok(claims) => answer::oauth_document(StatusCode::OK, &claims),
        Err(Refused::InvalidToken) => {
            let text = "Access token is expired, disabled, or deleted, or the user has globally signed out.";
            Ok(answer::bearer_error(StatusCode::UNAUTHORIZED, "invalid_token", Some(text)))
        }
        Err(Refused::NoOpenid) => {
            let text = "Access token does not contain openid scope";
            Ok(answer::bearer_error(StatusCode::UNAUTHORIZED, "invalid_token", Some(text)))
        }
        Err(Refused::Fault(fault)) => Err(fault),
    }
}
