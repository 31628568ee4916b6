//! The way to a provider (docs/cognito/federation.md §5, oauth-and-managed-login §4).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use super::state::State;
use super::{OIDC_ANSWERS, SAML_ANSWERS, saml};
use crate::Cx;
use crate::directory::provider::find;
use crate::form;
use crate::grants::authorize::{Asked, Refused, Request};
use crate::model::provider::Provider;
use crate::providers::look_up_again;
use crate::providers::oidc::addresses::Addresses;
use crate::providers::oidc::failure::Endpoint;

/// How a browser goes to a provider and comes back.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The address of the domain, without a slash at its end.
    pub base: &'a str,
    /// What the browser keeps, so that no other comes back in its place.
    pub cookie: &'a str,
    /// Who probably signs in.
    pub login_hint: Option<&'a str>,
}

/// Where a browser goes to sign in at the provider that the request asks for.
///
/// # Errors
/// The login page, where the provider cannot be asked; back to the client, where it does not tell what the client wants to know.
pub async fn begin(cx: &Cx, request: &Request, asked: &Asked, way: Way<'_>) -> Result<String, Refused> {
    let name = request.provider().ok_or_else(|| Fault::internal("no provider was asked for"))?;
    let provider = find(&mut cx.read().await?, &request.pool, name).await?.ok_or(Refused::Provider)?;
    if request.max_age().is_some() && !provider.tells_when() {
        // Nobody would know how old the sign-in there is (federation §10, ours).
        let description = format!("{name} does not tell when its users signed in (max_age)");
        let back = request.refuse(cx, "unmet_authentication_requirements", Some(description));
        return Err(Refused::Redirect(back));
    }
    // The identifier may lead elsewhere by the time of the answer.
    let asked = Asked { identity_provider: Some(name.to_owned()), idp_identifier: None, ..asked.clone() };
    let unavailable = |failure: &dyn std::fmt::Display| {
        tracing::warn!(pool = %request.pool.id, provider = name, %failure, "nobody can sign in at an identity provider");
        Refused::Provider
    };
    if provider.kind == Kind::Saml {
        let redirect_uri = format!("{}{SAML_ANSWERS}", way.base);
        let state = State::new(cx, name, asked, &redirect_uri, way.cookie, false);
        let url = saml::request(cx, request, &provider, &state, way.base).await?;
        return url.map_err(|failure| unavailable(&failure));
    }
    let provider = look_up_again(cx, &request.pool, provider).await?;
    let addresses = Addresses::of(cx, &provider);
    let url = addresses.require(Endpoint::Authorize).map_err(|failure| unavailable(&failure))?;
    let redirect_uri = format!("{}{OIDC_ANSWERS}", way.base);
    let state = State::new(cx, name, asked, &redirect_uri, way.cookie, addresses.pkce);
    let sealed = state.seal(&request.pool)?;
    let parameters = parameters(&provider, &addresses, &state, sealed);
    let told = passed_on(request, &state.asked, &provider, way.login_hint);
    let pairs = parameters.iter().chain(&told).map(|(name, value)| (*name, value.as_str()));
    Ok(form::with_query(url, pairs))
}

/// What the provider is told of the sign-in itself.
fn parameters(
    provider: &Provider,
    addresses: &Addresses,
    state: &State,
    sealed: String,
) -> Vec<(&'static str, String)> {
    let scopes = provider.details.get("authorize_scopes").map(String::as_str).unwrap_or_default();
    let mut parameters = vec![
        ("client_id", addresses.detail("client_id").unwrap_or_default().to_owned()),
        ("redirect_uri", state.redirect_uri.clone()),
        ("response_type", "code".to_owned()),
        ("scope", scopes.to_owned()),
        ("state", sealed),
    ];
    if !matches!(provider.kind, Kind::Facebook | Kind::LoginWithAmazon) {
        parameters.push(("nonce", state.nonce.clone()));
    }
    if let Some(challenge) = state.challenge() {
        parameters.push(("code_challenge", challenge));
        parameters.push(("code_challenge_method", "S256".to_owned()));
    }
    // Apple gives names and addresses by a form alone (federation §10).
    if provider.kind == Kind::SignInWithApple && !scopes.is_empty() {
        parameters.push(("response_mode", "form_post".to_owned()));
    }
    parameters
}

/// What of the request the provider is told: `prompt`, but for `none`, and `max_age`; OIDC providers alone `login_hint`, and the
/// wanted levels of assurance in their words (oauth-and-managed-login §4.1, §4.6, new-operations §9).
fn passed_on(
    request: &Request,
    asked: &Asked,
    provider: &Provider,
    login_hint: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    parameters
        .extend(asked.prompt.clone().filter(|_| !request.prompt().none).map(|prompt| ("prompt", prompt)));
    parameters.extend(request.max_age().map(|seconds| ("max_age", seconds.to_string())));
    if provider.kind == Kind::Oidc {
        parameters.extend(login_hint.map(|hint| ("login_hint", hint.to_owned())));
        let named = |level: &crate::grants::authorize::Level| provider.maps.acr.get(level.key()).cloned();
        let wanted: Vec<String> = request.levels().iter().filter_map(named).collect();
        if !wanted.is_empty() {
            parameters.push(("acr_values", wanted.join(" ")));
        }
    }
    parameters
}
