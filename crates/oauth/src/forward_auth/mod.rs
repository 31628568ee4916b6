//! Judges requests for a reverse proxy, which asks about each before it passes it on
//! (docs/cognito/identity-pools-and-iam.md §15).

mod credential;
mod demand;
mod encoding;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use poolhouse_core::Cx;
use poolhouse_core::tokens::TokenUse;
use poolhouse_core::tokens::bearer::{self, Bearer, Presented};
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;

use crate::answer;

pub(crate) use demand::Demand;

const USER: HeaderName = HeaderName::from_static("x-auth-user");
const SUB: HeaderName = HeaderName::from_static("x-auth-sub");
const GROUPS: HeaderName = HeaderName::from_static("x-auth-groups");
const SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");
const CLIENT: HeaderName = HeaderName::from_static("x-auth-client");

/// Whether a request with this head may pass.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`, `TooManyRequestsException`.
pub(crate) async fn answer(cx: &Cx, head: &Parts) -> Result<Response<Body>, Fault> {
    cx.admit_source()?;
    let demand = Demand::read(&head.uri)?;
    let token = credential::token(&head.headers, demand.cookie.as_deref());
    match bearer::presented(cx, &demand.pool, token, demand.token_use).await? {
        Presented::Nothing => challenge(StatusCode::UNAUTHORIZED, &demand.pool, None),
        Presented::Good(bearer) if demand.is_for_client(&bearer) => {
            if demand.is_met_by(&bearer) {
                passed(&bearer)
            } else {
                challenge(StatusCode::FORBIDDEN, &demand.pool, Some("insufficient_scope"))
            }
        }
        Presented::Refused | Presented::Good(_) => {
            challenge(StatusCode::UNAUTHORIZED, &demand.pool, Some("invalid_token"))
        }
    }
}

/// The request may pass, and this is who makes it.
fn passed(bearer: &Bearer) -> Result<Response<Body>, Fault> {
    let of_access = |text: &str| (bearer.token_use == TokenUse::Access).then(|| text.to_owned());
    let groups: Vec<_> = bearer.groups.iter().map(|group| encoding::name(group)).collect();
    let values = [
        (USER, bearer.username.as_deref().map(encoding::name)),
        (SUB, Some(encoding::name(&bearer.sub))),
        (GROUPS, (!groups.is_empty()).then(|| groups.join(","))),
        (SCOPE, bearer.scope.as_deref().and_then(of_access).map(|scope| encoding::scope(&scope))),
        (CLIENT, of_access(&bearer.client_id)),
    ];
    let mut response = answer::bare(StatusCode::OK);
    for (name, value) in values {
        if let Some(value) = value {
            response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(Fault::internal)?);
        }
    }
    Ok(response)
}

/// The request may not pass (RFC 6750 §3).
fn challenge(status: StatusCode, pool_id: &PoolId, error: Option<&str>) -> Result<Response<Body>, Fault> {
    let error = error.map(|error| format!(", error=\"{error}\"")).unwrap_or_default();
    let challenge = format!("Bearer realm=\"{pool_id}\"{error}");
    let mut response = answer::bare(status);
    let value = HeaderValue::try_from(challenge).map_err(Fault::internal)?;
    response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    Ok(response)
}
