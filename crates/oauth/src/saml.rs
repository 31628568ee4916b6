//! The endpoints of SAML at a domain (docs/cognito/federation.md §9).

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use poolhouse_core::federation::{self, Began};
use poolhouse_kernel::Fault;

use crate::federation::{led_back, unknown};
use crate::parameters::Parameters;
use crate::visit::Visit;
use crate::{answer, authorize as endpoint, cookies};

/// What the error page says of an answer that belongs to no sign-in (observed).
pub(crate) const UNKNOWN: &str = "Invalid samlResponse or relayState from identity provider";

/// Takes a provider's answer, which its page posts.
pub(crate) async fn answer(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    let Ok(given) = &visit.form else { return Ok(unknown(visit, UNKNOWN)) };
    let (Some(response), Some(relay_state)) = (given.get("SAMLResponse"), given.get("RelayState")) else {
        return Ok(unknown(visit, UNKNOWN));
    };
    let cookie = visit.cookies.get(cookies::FEDERATION).map(String::as_str);
    let began = match asked_there(visit, relay_state) {
        Some(asked) => Began::There(Box::new(asked)),
        None => Began::Here { relay_state, cookie },
    };
    let (cx, place) = (&visit.cx, &visit.place);
    let finished = federation::finish_saml(cx, &place.pool_id, &place.url(""), response, began).await;
    led_back(visit, finished, UNKNOWN)
}

/// What a sign-in is for that began at the provider: a query, whose values are encoded twice (documented). What we seal has
/// no `=`.
fn asked_there(visit: &Visit, relay_state: &str) -> Option<poolhouse_core::grants::authorize::Asked> {
    let parameters = Parameters::read(relay_state.as_bytes()).ok().filter(|_| relay_state.contains('='))?;
    let mut asked = endpoint::asked(visit, &parameters);
    asked.scope = asked.scope.map(|scope| scope.replace('+', " "));
    Some(asked)
}

/// Leads on who was signed out at the provider, and signs out whom a provider asks to.
pub(crate) async fn signed_out(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    let Ok(given) = &visit.form else { return Ok(unknown(visit, UNKNOWN)) };
    let (cx, pool_id, base) = (&visit.cx, &visit.place.pool_id, visit.place.url(""));
    let relay_state = given.get("RelayState");
    let then = match (given.get("SAMLRequest"), given.get("SAMLResponse"), relay_state) {
        (Some(request), None, _) => {
            federation::sign_out_by_provider(cx, pool_id, &base, request, relay_state).await?
        }
        (None, Some(response), Some(relay_state)) => {
            federation::signed_out(cx, pool_id, &base, response, relay_state).await?
        }
        _ => None,
    };
    Ok(then.map_or_else(|| unknown(visit, UNKNOWN), |then| answer::redirect(&then)))
}

/// What the pool says of itself to providers.
pub(crate) async fn metadata(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let (cx, place) = (&visit.cx, &visit.place);
    let named = visit.asked("identity_provider");
    let document = federation::saml_metadata(cx, &place.pool_id, &place.url(""), named).await?;
    let mut response = Response::new(Body::from(document));
    let kind = HeaderValue::from_static("application/samlmetadata+xml");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
