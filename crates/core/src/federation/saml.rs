//! The way to SAML providers and back: requests, answers, and signing out (docs/cognito/federation.md §9).

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_saml::{AuthnRequest, Certificate, Logout, NameId, Origin, Sent, ServiceProvider};
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;
use serde::{Deserialize, Serialize};

use super::finish::{self, SignedIn};
use super::refusal::{Reason, Refused};
use super::state::State;
use super::{SAML_ANSWERS, SAML_SIGNED_OUT};
use crate::directory::provider::find;
use crate::grants::authorize::{self, Asked, Request};
use crate::model::federation::Federation;
use crate::model::provider::Provider;
use crate::model::{Client, Pool};
use crate::providers::saml::answer::{self, Said};
use crate::providers::saml::failure::Failure;
use crate::providers::saml::metadata::{self, Wanted};
use crate::providers::saml::service;
use crate::sessions::browser::Login;
use crate::{Cx, pools};

/// What a sign-out under way is sealed as.
const SIGN_OUT: &str = "saml_sign_out";

/// How long a provider has to sign somebody out, in seconds.
const SIGN_OUT_SECONDS: i64 = 5 * 60;

/// The address of the provider with a request to sign somebody in.
///
/// # Errors
/// [`Failure`]; when the database fails.
pub(super) async fn request(
    cx: &Cx,
    request: &Request,
    provider: &Provider,
    state: &State,
    base: &str,
) -> Result<Result<String, Failure>, Fault> {
    let pool = &request.pool;
    let metadata = match metadata::of(cx, provider, Wanted::Kept).await {
        Ok(metadata) => metadata,
        Err(failure) => return Ok(Err(failure)),
    };
    if metadata::by_redirect(&metadata.sign_in).is_none() {
        return Ok(Err(Failure::NoAddress));
    }
    let is_signed = provider.details.get("RequestSigningAlgorithm").is_some_and(|name| !name.is_empty());
    let key = if is_signed || metadata.wants_signed_requests {
        match service::signing_key(cx, pool).await? {
            Ok(key) => Some(key),
            Err(failure) => return Ok(Err(failure)),
        }
    } else {
        None
    };
    let id = state.request_id();
    // SAML knows no age of a sign-in that would do.
    let force = request.oldest_sign_in().is_some();
    let asked = AuthnRequest { id: &id, now: cx.outside_now(), force, passive: false };
    let message = service_at(&pool.id, base).authn_request(&metadata, &asked);
    let message = message.map_err(Fault::internal)?;
    match message.send(Some(&state.seal(pool)?), key.as_ref()).map_err(Fault::internal)? {
        Sent::Redirect(url) => Ok(Ok(url)),
        Sent::Post(_) => Ok(Err(Failure::NoAddress)),
    }
}

pub(super) fn service_at(pool_id: &PoolId, base: &str) -> ServiceProvider {
    service::provider(pool_id, &format!("{base}{SAML_ANSWERS}"), &format!("{base}{SAML_SIGNED_OUT}"))
}

/// Where a sign-in began.
#[derive(Debug)]
pub enum Began<'a> {
    /// Here: what the provider sends back, and the browser's cookie.
    Here {
        /// `RelayState`.
        relay_state: &'a str,
        /// The cookie.
        cookie: Option<&'a str>,
    },
    /// At the provider, for this.
    There(Box<Asked>),
}

/// Finishes a sign-in at a SAML provider, whose answer was posted to the domain at `base`.
///
/// # Errors
/// Where the browser goes instead.
pub async fn finish_saml(
    cx: &Cx,
    pool_id: &PoolId,
    base: &str,
    response: &str,
    began: Began<'_>,
) -> Result<SignedIn, Refused> {
    let pool = pools::get(cx, pool_id).await?;
    let (asked, began) = match began {
        Began::Here { relay_state, cookie } => {
            let redirect_uri = format!("{base}{SAML_ANSWERS}");
            let state = finish::redeemed(cx, &pool, &redirect_uri, relay_state, cookie, None).await?;
            let began = (state.request_id(), state.began(cx));
            (state.asked, Some(began))
        }
        Began::There(asked) => (*asked, None),
    };
    let again = |refused| Refused::Asked(Box::new(asked.clone()), refused);
    let request = authorize::check(cx, pool_id, &asked).await.map_err(again)?;
    let name = request.provider().ok_or(Refused::Unknown)?;
    let provider = find(&mut cx.read().await?, &pool, name).await?;
    let provider = provider.filter(|provider| provider.kind == Kind::Saml).ok_or(Refused::Unknown)?;
    if began.is_none() && !(provider.begins_sign_in() && takes_saml_alone(cx, &pool, &request.client).await?)
    {
        let text = "a SAML provider that may not began a sign-in (IDPInit)";
        finish::tell(cx, &pool.id, Some(name), text, &"");
        return Err(Refused::Unknown);
    }
    let said = Said::Response {
        response,
        origin: began.as_ref().map_or(Origin::Unsolicited, |(id, _)| Origin::Request(id)),
        authenticated_since: began
            .as_ref()
            .zip(request.oldest_sign_in())
            .map(|((_, at), oldest)| at.plus_seconds(-oldest)),
    };
    match answer::take(cx, &pool, &provider, &service_at(&pool.id, base), said).await? {
        Ok(assertion) => finish::led_in(cx, &asked, &request, &provider, assertion).await,
        Err(failure) => Err(again(finish::failed(cx, &request, &provider, &Reason::Saml(failure)))),
    }
}

/// Whether the client takes users of SAML providers alone, as one with a provider that begins sign-ins has to (federation §9,
/// documented): whoever made the client may not have known that a provider would.
async fn takes_saml_alone(cx: &Cx, pool: &Pool, client: &Client) -> Result<bool, Fault> {
    if client.takes_local_users() {
        return Ok(false);
    }
    let mut tx = cx.read().await?;
    for name in client.providers() {
        if find(&mut tx, pool, name).await?.is_some_and(|provider| provider.kind != Kind::Saml) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A sign-out under way at a provider.
#[derive(Debug, Serialize, Deserialize)]
struct Leaving {
    provider: String,
    request_id: String,
    /// Where the browser goes afterwards.
    then: String,
    expires_at: Timestamp,
}

/// Where a browser goes first whose login is signed out here, before it goes on to `then`: to its provider, where that is set
/// to it (`IDPSignout`). Whatever is in the way of that, who signs out is signed out.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(cx: &Cx, login: &Login, base: &str, then: &str) -> Result<Option<String>, Fault> {
    let Some(federation @ Federation { session: Some(_), .. }) = &login.federation else { return Ok(None) };
    let pool = pools::get(cx, &login.pool_id).await?;
    let provider = find(&mut cx.read().await?, &pool, &federation.provider).await?;
    let Some(provider) = provider.filter(|provider| provider.is_set("IDPSignout")) else { return Ok(None) };
    match sign_out_at(cx, &pool, &provider, federation, base, then).await? {
        Ok(url) => Ok(Some(url)),
        Err(failure) => {
            let text = "a user is not signed out at a SAML provider";
            finish::tell(cx, &pool.id, Some(&provider.name), text, &failure);
            Ok(None)
        }
    }
}

async fn sign_out_at(
    cx: &Cx,
    pool: &Pool,
    provider: &Provider,
    federation: &Federation,
    base: &str,
    then: &str,
) -> Result<Result<String, Failure>, Fault> {
    let Some(session) = &federation.session else { return Ok(Err(Failure::NoAddress)) };
    let metadata = match metadata::of(cx, provider, Wanted::Kept).await {
        Ok(metadata) if metadata::by_redirect(&metadata.sign_out).is_some() => metadata,
        Ok(_) => return Ok(Err(Failure::NoAddress)),
        Err(failure) => return Ok(Err(failure)),
    };
    // Signed in any case (documented).
    let key = match service::signing_key(cx, pool).await? {
        Ok(key) => key,
        Err(failure) => return Ok(Err(failure)),
    };
    let leaving = Leaving {
        provider: provider.name.clone(),
        request_id: format!("_{}", cx.entropy().uuid()),
        then: then.to_owned(),
        expires_at: cx.now.plus_seconds(SIGN_OUT_SECONDS),
    };
    let name_id = NameId {
        value: session.name_id.clone(),
        format: session.format.clone(),
        name_qualifier: session.name_qualifier.clone(),
        sp_name_qualifier: session.sp_name_qualifier.clone(),
    };
    let logout = Logout {
        id: &leaving.request_id,
        now: cx.outside_now(),
        name_id: &name_id,
        session_index: session.session_index.as_deref(),
    };
    let message = service_at(&pool.id, base).logout_request(&metadata, &logout).map_err(Fault::internal)?;
    let relay_state = pool.keys.seal_token(SIGN_OUT, &leaving)?;
    match message.send(Some(&relay_state), Some(&key)).map_err(Fault::internal)? {
        Sent::Redirect(url) => Ok(Ok(url)),
        Sent::Post(_) => Ok(Err(Failure::NoAddress)),
    }
}

/// Where a browser goes that comes back from signing out at its provider; None where it was not sent there from here. What
/// the provider says of it is for the log alone: the sign-out here is done.
///
/// # Errors
/// `ResourceNotFoundException`; when the database fails.
pub async fn signed_out(
    cx: &Cx,
    pool_id: &PoolId,
    base: &str,
    response: &str,
    relay_state: &str,
) -> Result<Option<String>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let leaving: Option<Leaving> = pool.keys.open_token(SIGN_OUT, relay_state);
    let Some(leaving) = leaving.filter(|leaving| cx.now < leaving.expires_at) else { return Ok(None) };
    let provider = find(&mut cx.read().await?, &pool, &leaving.provider).await?;
    if let Some(provider) = provider {
        let told = match metadata::of(cx, &provider, Wanted::Kept).await {
            Ok(metadata) => service_at(&pool.id, base)
                .accept_logout_response(response, &leaving.request_id, &metadata, false)
                .map_err(Failure::Refused),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = told {
            let text = "a SAML provider did not sign a user out";
            finish::tell(cx, &pool.id, Some(&provider.name), text, &failure);
        }
    }
    Ok(Some(leaving.then))
}

/// What the pool says of itself to providers, at the domain at `base`; with the certificate to which a provider encrypts, if
/// one is named.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn saml_metadata(
    cx: &Cx,
    pool_id: &PoolId,
    base: &str,
    provider: Option<&str>,
) -> Result<String, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let signing = pools::signing_certificate(cx, pool_id).await?;
    let signing = Certificate::from_base64(&signing).map_err(Fault::internal)?;
    let provider = match provider {
        Some(name) => find(&mut cx.read().await?, &pool, name).await?,
        None => None,
    };
    let is_signed = |provider: &Provider| provider.details.contains_key("RequestSigningAlgorithm");
    let signs = provider.as_ref().is_some_and(is_signed);
    let encryption: Vec<Certificate> =
        provider.as_ref().and_then(service::encryption_certificate).into_iter().collect();
    Ok(service_at(pool_id, base).metadata(&[signing], &encryption, signs))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_stored_is_read_back() {
        crate::model::stored::check::<super::Leaving>("saml_sign_out");
    }
}
