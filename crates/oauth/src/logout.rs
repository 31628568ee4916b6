//! `/logout` (docs/cognito/oauth-and-managed-login.md §8.2).

use axum::body::Body;
use axum::http::Response;
use poolhouse_core::domains::ManagedLoginVersion;
use poolhouse_core::federation;
use poolhouse_core::grants::sign_out::{self, Then};
use poolhouse_core::sessions::browser;
use poolhouse_kernel::Fault;

use crate::parameters::query;
use crate::visit::Visit;
use crate::{answer, cookies};

/// Ends the session of the browser, whatever else is asked for, and leads on: over the provider, where the user came from
/// one that is to sign out, too (federation §9).
pub(crate) async fn answer(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let (cx, place) = (&visit.cx, &visit.place);
    let mut next = next(visit).await?;
    if let Some(cookie) = visit.cookies.get(cookies::SESSION) {
        let login = browser::find(cx, &place.pool_id, cookie).await?;
        cx.repeat(|| browser::end(cx, &place.pool_id, cookie)).await?;
        if let Some(login) = login {
            // Whatever is in the way to the provider, the user is signed out here already.
            match federation::sign_out(cx, &login, &place.url(""), &next).await {
                Ok(elsewhere) => next = elsewhere.unwrap_or(next),
                Err(fault) => fault.log(),
            }
        }
    }
    let mut response = answer::redirect(&next);
    cookies::forget_session(response.headers_mut(), place);
    Ok(response)
}

/// Where the browser goes next.
async fn next(visit: &Visit) -> Result<String, Fault> {
    let (cx, place) = (&visit.cx, &visit.place);
    let same_query = |path: &str| match visit.raw_query() {
        "" => place.url(path),
        query => place.url(&format!("{path}?{query}")),
    };
    let Ok(asked) = &visit.query else {
        return Ok(place.url(&format!("/error?{}", query([("error", "invalid_request")]))));
    };
    let client_id = asked.get("client_id");
    let then =
        sign_out::then(cx, &place.pool_id, client_id, asked.get("logout_uri"), asked.get("redirect_uri"));
    Ok(match then.await? {
        Then::LogoutUri(uri) => uri,
        Then::SignIn => same_query("/login"),
        // observed once
        Then::NoClient if place.domain.settings.version == ManagedLoginVersion::ManagedLogin => {
            same_query("/login")
        }
        // The page says what is missing.
        Then::NoClient | Then::NoUri => same_query("/error"),
        Then::Error(error) => {
            let client_id = client_id.map(|id| ("client_id", id));
            place.url(&format!("/error?{}", query([("error", error)].into_iter().chain(client_id))))
        }
    })
}
