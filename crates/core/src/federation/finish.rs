//! The way back from a provider (docs/cognito/federation.md §10, §12).

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::Sensitive;

use super::refusal::{Reason, Refused};
use super::state::{Spent, State};
use super::{OIDC_ANSWERS, enter};
use crate::directory::provider::find;
use crate::grants::authorize::{self, Asked, Request};
use crate::grants::redirect::Redirect;
use crate::model::Pool;
use crate::model::provider::Provider;
use crate::providers::assertion::Assertion;
use crate::providers::oidc::addresses::Addresses;
use crate::providers::oidc::code::Code;
use crate::providers::oidc::id_token::SignedInThere;
use crate::providers::oidc::someone;
use crate::sessions::browser::Login;
use crate::signin::Step;
use crate::{Cx, pools};

/// What a provider sent the browser back with.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the protocol's parameters, by their names")]
pub struct Returned {
    pub state: Option<String>,
    pub code: Option<Sensitive>,
    pub error: Option<String>,
    pub error_description: Option<String>,
    pub iss: Option<String>,
    pub user: Option<String>,
}

/// Somebody who is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Where the browser goes.
    pub then: Then,
    /// Who, since when and by what.
    pub login: Login,
    /// By which the browser is known from now on.
    pub cookie: Sensitive,
}

/// Where a browser goes whose user is signed in.
#[derive(Debug)]
pub enum Then {
    /// Back to the application, with what it asked for, or with why it does not get that.
    Application(Redirect),
    /// To the page that asks whether the application may, which this leads to.
    Consent(Box<Asked>),
}

/// Finishes a sign-in at a provider in the browser with this cookie, which came back to the domain at `base`.
///
/// # Errors
/// Where the browser goes instead.
pub async fn finish(
    cx: &Cx,
    pool_id: &PoolId,
    base: &str,
    cookie: Option<&str>,
    returned: &Returned,
) -> Result<SignedIn, Refused> {
    let pool = pools::get(cx, pool_id).await?;
    let sealed = returned.state.as_deref().unwrap_or_default();
    let code = returned.code.as_ref().map(Sensitive::as_str);
    let state = redeemed(cx, &pool, &format!("{base}{OIDC_ANSWERS}"), sealed, cookie, code).await?;
    let again = |refused| Refused::Asked(Box::new(state.asked.clone()), refused);
    let mut request = authorize::check(cx, pool_id, &state.asked).await.map_err(again)?;
    // Where the application gives none, the pool makes one (oauth-and-managed-login §4.1, documented).
    request.nonce.get_or_insert_with(|| state.nonce.clone());
    let provider = find(&mut cx.read().await?, &pool, &state.provider).await?;
    let provider = provider.ok_or_else(|| again(authorize::Refused::Provider))?;
    match assertion(cx, &request, &provider, &state, returned).await {
        Ok(assertion) => led_in(cx, &state.asked, &request, &provider, assertion).await,
        Err(reason) => Err(again(failed(cx, &request, &provider, &reason))),
    }
}

/// What a browser brings back, used up, with the code beside it.
///
/// # Errors
/// Where the browser goes that brings something else.
pub(super) async fn redeemed(
    cx: &Cx,
    pool: &Pool,
    redirect_uri: &str,
    sealed: &str,
    cookie: Option<&str>,
    code: Option<&str>,
) -> Result<State, Refused> {
    let state = State::open(pool, sealed, cookie.unwrap_or_default());
    let Some(state) = state.filter(|state| state.redirect_uri == redirect_uri) else {
        let text = "what came back from an identity provider was begun in another browser, or not here";
        tell(cx, &pool.id, None, text, &"");
        return Err(Refused::Unknown);
    };
    if state.is_expired(cx) {
        return Err(Refused::Expired(Box::new(state.asked)));
    }
    match state.spend(cx, pool, code).await? {
        Spent::Now => Ok(state),
        Spent::Before => {
            let text = "what came back from an identity provider came back twice";
            tell(cx, &pool.id, Some(&state.provider), text, &"");
            Err(Refused::Unknown)
        }
        Spent::WithKnownCode => {
            let text = "a code came back that came back before with another sign-in: somebody else knows it, perhaps another of the pool's identity providers";
            tell(cx, &pool.id, Some(&state.provider), text, &"");
            Err(Refused::Unknown)
        }
    }
}

/// Who the provider says it is.
async fn assertion(
    cx: &Cx,
    request: &Request,
    provider: &Provider,
    state: &State,
    returned: &Returned,
) -> Result<Assertion, Reason> {
    let addresses = Addresses::of(cx, provider);
    // RFC 9207: what another provider sent must not be taken to this one.
    match (returned.iss.as_deref(), addresses.issuer()) {
        (Some(iss), Some(issuer)) if iss != issuer => return Err(Reason::OtherIssuer(iss.to_owned())),
        (None, _) if addresses.names_itself => return Err(Reason::NoIssuer),
        _ => {}
    }
    if let Some(error) = &returned.error {
        return Err(Reason::Told(error.clone(), returned.error_description.clone()));
    }
    let code = returned.code.as_ref().ok_or(Reason::NoCode)?;
    let returned = someone::Returned {
        code: Code {
            code: code.as_str(),
            redirect_uri: &state.redirect_uri,
            verifier: state.verifier.as_deref(),
        },
        nonce: &state.nonce,
        signed_in: signed_in(cx, request, state),
        user: returned.user.as_deref(),
    };
    Ok(someone::by_code(cx, provider, &addresses, &returned).await?)
}

/// When the user must have signed in at the provider: as it was told that the application wants it.
fn signed_in(cx: &Cx, request: &Request, state: &State) -> Option<SignedInThere> {
    let since = state.began(cx).plus_seconds(-request.oldest_sign_in()?).seconds();
    Some(SignedInThere { since, is_told: request.max_age().is_some() })
}

/// Leads in whom the provider vouches for, and grants what the application asked for.
///
/// # Errors
/// Where the browser goes instead.
pub(super) async fn led_in(
    cx: &Cx,
    asked: &Asked,
    request: &Request,
    provider: &Provider,
    assertion: Assertion,
) -> Result<SignedIn, Refused> {
    let again = |refused| Refused::Asked(Box::new(asked.clone()), refused);
    let step = match enter::sign_in(cx, &request.pool, &request.client, provider, assertion).await {
        Ok(step) => step,
        Err(refusal) => {
            tracing::info!(pool = %request.pool.id, provider = provider.name, %refusal, "a user of an identity provider is not let in");
            let (error, description) = refusal.told(&provider.kind)?;
            return Err(again(authorize::Refused::Redirect(request.refuse(cx, error, Some(description)))));
        }
    };
    let Step::LoggedIn { login, cookie } = step else {
        return Err(Fault::internal("a sign-in at an identity provider did not end in a login").into());
    };
    let then = if !request.is_reached_by(&login) {
        // The provider was asked for it, and has no more to say (new-operations §9).
        Then::Application(request.refuse(cx, "unmet_authentication_requirements", None))
    } else if request.asks_consent() {
        let prompt = request.prompt().consent.then(|| "consent".to_owned());
        Then::Consent(Box::new(Asked { prompt, ..asked.clone() }))
    } else {
        Then::Application(authorize::grant(cx, request, &login).await.map_err(again)?)
    };
    Ok(SignedIn { then, login: *login, cookie })
}

/// Tells the log what became of a sign-in or a sign-out at a provider. Whoever likes causes it as often as they may ask: it is told
/// once a minute of a pool and a provider, and each time at the level DEBUG alone.
pub(super) fn tell(
    cx: &Cx,
    pool_id: &PoolId,
    provider: Option<&str>,
    text: &'static str,
    reason: &dyn fmt::Display,
) {
    let cause = format!("{pool_id}/{}/{text}", provider.unwrap_or_default());
    if cx.state().told_of_providers.is_news(cause, cx.engine().clock().now()) {
        tracing::info!(pool = %pool_id, provider, %reason, "{text}");
    } else {
        tracing::debug!(pool = %pool_id, provider, %reason, "{text}");
    }
}

/// Back to the application, with why nobody is vouched for.
pub(super) fn failed(cx: &Cx, request: &Request, provider: &Provider, reason: &Reason) -> authorize::Refused {
    tell(cx, &request.pool.id, Some(&provider.name), "a sign-in at an identity provider failed", reason);
    let (error, description) = reason.told(&provider.name);
    authorize::Refused::Redirect(request.refuse(cx, &error, Some(description)))
}
