//! `/oauth2/authorize` (docs/cognito/oauth-and-managed-login.md §4).

use axum::body::Body;
use axum::http::Response;
use poolhouse_core::domains::ManagedLoginVersion;
use poolhouse_core::grants::authorize::{self, Asked, Refused};
use poolhouse_kernel::Fault;

use crate::parameters::{Parameters, query};
use crate::visit::Visit;
use crate::{answer, cookies, federation};

/// Why the login page says that an identity provider is not to be had (observed).
pub(crate) const NO_PROVIDER: &str = "Login option is not available. Please try another one";

/// Grants at once to who is signed in, or leads to a provider or to the pages.
pub(crate) async fn answer(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let Ok(parameters) = &visit.query else {
        return Ok(error_page(visit, "invalid_request"));
    };
    let asked = asked(visit, parameters);
    let result = async {
        let request = authorize::check(&visit.cx, &visit.place.pool_id, &asked).await?;
        let has_page = request.prompt().select_account || request.asks_consent();
        let cookie = visit.cookies.get(cookies::SESSION).map(String::as_str);
        match authorize::resume(&visit.cx, &request, cookie).await? {
            Some(login) if !has_page => {
                let redirect = authorize::grant(&visit.cx, &request, &login).await?;
                Ok(answer::redirect(&redirect.url()))
            }
            _ if request.provider().is_some() => federation::begin(visit, &request, &asked).await,
            _ => Ok(answer::redirect(&visit.place.url(&format!("/login?{}", visit.raw_query())))),
        }
    };
    Ok(match result.await {
        Ok(response) => response,
        Err(refused) => refuse(visit, parameters, refused)?,
    })
}

/// The parameters of an authorization request. Classic pages know no `prompt` (oauth-and-managed-login §4.1).
pub(crate) fn asked(visit: &Visit, parameters: &Parameters) -> Asked {
    let value = |name: &str| parameters.get(name).map(ToOwned::to_owned);
    let is_classic = visit.place.domain.settings.version == ManagedLoginVersion::Classic;
    Asked {
        response_type: value("response_type"),
        client_id: value("client_id"),
        redirect_uri: value("redirect_uri"),
        state: value("state"),
        scope: value("scope"),
        code_challenge: value("code_challenge"),
        code_challenge_method: value("code_challenge_method"),
        nonce: value("nonce"),
        prompt: value("prompt").filter(|_| !is_classic),
        max_age: value("max_age"),
        acr_values: value("acr_values"),
        resource: value("resource"),
        identity_provider: value("identity_provider"),
        idp_identifier: value("idp_identifier"),
    }
}

/// Where a request that is refused leads.
///
/// # Errors
/// Those that are no refusals.
pub(crate) fn refuse(
    visit: &Visit,
    parameters: &Parameters,
    refused: Refused,
) -> Result<Response<Body>, Fault> {
    match refused {
        Refused::Page(error) => Ok(error_page(visit, error)),
        Refused::Redirect(redirect) => Ok(answer::redirect(&redirect.url())),
        Refused::Provider => {
            let mut parameters = parameters.clone();
            parameters.set("errorMessage", NO_PROVIDER);
            Ok(answer::redirect(&visit.place.url(&format!("/login?{}", query(parameters.iter())))))
        }
        Refused::Fault(fault) => Err(fault),
    }
}

/// oauth-and-managed-login §4.5: where no URL of the client can be trusted.
pub(crate) fn error_page(visit: &Visit, error: &str) -> Response<Body> {
    let client_id = visit.asked("client_id").map(|id| ("client_id", id));
    let query = query([("error", error)].into_iter().chain(client_id));
    answer::redirect(&visit.place.url(&format!("/error?{query}")))
}
