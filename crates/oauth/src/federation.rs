//! The way of a browser to an identity provider, and back at `/oauth2/idpresponse` (docs/cognito/federation.md §5, §10).

use axum::body::Body;
use axum::http::{Method, Response};
use poolhouse_core::federation::{self, Refused, Returned, SignedIn, Then, Way};
use poolhouse_core::form;
use poolhouse_core::grants::authorize::{self, Asked, Request};
use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;

use crate::parameters::Parameters;
use crate::visit::Visit;
use crate::{answer, authorize as endpoint, cookies, pages};

/// What the error page says of an answer that belongs to no sign-in.
const UNKNOWN: &str = "invalid_request";

/// Sends a browser to the provider that the request asks for.
///
/// # Errors
/// The login page, where the provider cannot be asked.
pub(crate) async fn begin(
    visit: &Visit,
    request: &Request,
    asked: &Asked,
) -> Result<Response<Body>, authorize::Refused> {
    // One that it has is kept, so that two windows of a browser do not get in each other's way.
    let cookie = visit.kept_or_new(cookies::FEDERATION);
    let way = Way { base: &visit.place.url(""), cookie: &cookie, login_hint: visit.asked("login_hint") };
    let mut response = answer::redirect(&federation::begin(&visit.cx, request, asked, way).await?);
    cookies::keep_federation(response.headers_mut(), &visit.place, &cookie);
    Ok(response)
}

/// Takes what a provider sent the browser back with: in the query, or in a form that its page posts.
pub(crate) async fn answer(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    let given = if visit.method == Method::POST { &visit.form } else { &visit.query };
    let Ok(given) = given else { return Ok(unknown(visit, UNKNOWN)) };
    let cookie = visit.cookies.get(cookies::FEDERATION).map(String::as_str);
    let (cx, place) = (&visit.cx, &visit.place);
    let finished = federation::finish(cx, &place.pool_id, &place.url(""), cookie, &returned(given)).await;
    led_back(visit, finished, UNKNOWN)
}

/// Leads the browser on from a provider. Where what it brings belongs to no sign-in, the page says `unheard_of`.
pub(crate) fn led_back(
    visit: &Visit,
    finished: Result<SignedIn, Refused>,
    unheard_of: &str,
) -> Result<Response<Body>, Fault> {
    let place = &visit.place;
    match finished {
        Ok(signed_in) => {
            let mut response = answer::redirect(&match signed_in.then {
                Then::Application(redirect) => redirect.url(),
                Then::Consent(asked) => login_page(visit, &asked),
            });
            let seconds = signed_in.login.expires_at.seconds() - visit.cx.now.seconds();
            cookies::keep_session(response.headers_mut(), place, signed_in.cookie.as_str(), seconds);
            Ok(response)
        }
        Err(Refused::Unknown) => Ok(unknown(visit, unheard_of)),
        Err(Refused::Expired(asked)) => Ok(pages::expired(visit, &login_page(visit, &asked))),
        Err(Refused::Asked(asked, refused)) => {
            let parameters = Parameters::read(query(&asked).as_bytes()).unwrap_or_default();
            endpoint::refuse(visit, &parameters, refused)
        }
        Err(Refused::Fault(fault)) => Err(fault),
    }
}

/// The error page, where nothing is known of what the browser brings.
pub(crate) fn unknown(visit: &Visit, text: &str) -> Response<Body> {
    endpoint::error_page(visit, text)
}

fn login_page(visit: &Visit, asked: &Asked) -> String {
    visit.place.path(&format!("/login?{}", query(asked)))
}

fn returned(given: &Parameters) -> Returned {
    let value = |name: &str| given.get(name).map(ToOwned::to_owned);
    Returned {
        state: value("state"),
        code: given.get("code").map(Sensitive::from),
        error: value("error"),
        error_description: value("error_description"),
        iss: value("iss"),
        user: value("user"),
    }
}

/// The parameters of an authorization request, as a query. The page chooses the provider anew.
fn query(asked: &Asked) -> String {
    let pairs = asked.pairs();
    form::query(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
