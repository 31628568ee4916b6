//! Going on from an earlier sign-in to a higher level: only what is missing is asked for (docs/cognito/authentication.md
//! §18, docs/cognito/new-operations.md §9).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::sign_ins::Flow;
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use serde_json::Value;

use super::account::check_state;
use super::attempt::Attempt;
use super::counted::counted;
use super::next::{Facts, FirstFactor, Next, Progress, next};
use super::parameters::Parameters;
use super::target::{Credit, Target};
use super::{Step, admit, session};
use crate::Cx;
use crate::model::factors::Factor;
use crate::model::{Client, Method, Methods, Pool, User, scopes};
use crate::sessions::browser;
use crate::state::keyring::TokenUse;
use crate::threat::gate;
use crate::tokens::{groups, verify};
use crate::triggers::authentication;

/// A login of the browser that does not reach the levels, and the user.
struct Start {
    pool: Arc<Pool>,
    client: Arc<Client>,
    user: User,
    target: Target,
}

/// By which factors who is signed in in a browser can reach one of the levels that `acr_values` names, as the API calls
/// them; none where only a whole sign-in can.
///
/// # Errors
/// Those of the levels.
pub async fn step_up_factors(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    cookie: &str,
    acr_values: &str,
) -> Result<Vec<&'static str>, Fault> {
    let Some(start) = of_browser(cx, pool_id, client_id, cookie, acr_values).await? else {
        return Ok(Vec::new());
    };
    Ok(match start.next() {
        Next::Second(factor) => vec![factor.as_str()],
        Next::SelectMfaType(factors) => factors.into_iter().map(Factor::as_str).collect(),
        _ => Vec::new(),
    })
}

/// Asks for the factor of this name.
///
/// # Errors
/// `NotAuthorizedException` where it is none of [`step_up_factors`], and those of a sign-in.
pub async fn step_up(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    cookie: &str,
    acr_values: &str,
    factor: &str,
) -> Result<Step, Fault> {
    cx.sign_in().set_flow(Flow::PageStepUp);
    counted(cx, begin(cx, pool_id, client_id, cookie, acr_values, factor)).await
}

async fn begin(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    cookie: &str,
    acr_values: &str,
    factor: &str,
) -> Result<Step, Fault> {
    let start = of_browser(cx, pool_id, client_id, cookie, acr_values).await?;
    let mut start = start.ok_or_else(session::invalid)?;
    start.target.chosen = Factor::ALL.into_iter().find(|known| known.as_str() == factor);
    let (Next::Second(asked), Some(chosen)) = (start.next(), start.target.chosen) else {
        return Err(session::invalid());
    };
    if asked != chosen {
        return Err(session::invalid());
    }
    let Start { pool, client, user, target } = start;
    let name = user.row.username.to_string();
    gate::check(cx, &pool, &client, Some(&name)).await?;
    authentication::run_pre_authentication(cx, &pool, &client, &name, Some(&user)).await?;
    attempt(cx, pool, client, name, user, target).await?.proceed(cx).await
}

async fn of_browser(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    cookie: &str,
    acr_values: &str,
) -> Result<Option<Start>, Fault> {
    let (pool, client) = admit(cx, Some(pool_id), client_id).await?;
    let Some((login, user)) = browser::find_user(cx, &pool, cookie).await? else { return Ok(None) };
    let credit = Credit {
        methods: login.methods,
        auth_time: login.auth_time,
        browser_session: Some(login.session_id),
    };
    let target = Target::named(cx, &pool, acr_values)?.crediting(credit);
    let is_good = check_state(&user).is_ok() && !target.is_reached_by(Methods::default());
    Ok(is_good.then_some(Start { pool, client, user, target }))
}

impl Start {
    fn next(&self) -> Next {
        let facts = Facts::of(&self.pool, &self.user, None).toward(Some(&self.target));
        next(&facts, progress(&self.target))
    }
}

/// The credit of an access token toward the target of a USER_AUTH: none for one that has reached it, which proves nothing
/// anew, and for one whose sign-in is older than `MAX_AGE` (new-operations §9, model; the former is ours).
///
/// # Errors
/// `InvalidParameterException`; `NotAuthorizedException` for a token that is not good, or of another user.
pub(super) async fn credit(
    cx: &Cx,
    client: &Client,
    target: Option<Target>,
    parameters: &Parameters,
    user: Option<&User>,
) -> Result<Option<Target>, Fault> {
    let max_age = parameters.get("MAX_AGE").map(str::parse::<u32>).transpose();
    let max_age = max_age.map_err(|_| Fault::invalid_parameter("Invalid value for MAX_AGE"))?;
    let Some(token) = parameters.get("ACCESS_TOKEN") else { return Ok(target) };
    let text = "ACCESS_TOKEN goes only with TARGET_ACR_VALUES.";
    let target = target.ok_or_else(|| Fault::invalid_parameter(text))?;
    let verified = verify(cx, token, TokenUse::Access).await?;
    let owner = verified.live_user(cx).await?;
    // A token that another client was granted, or for less than the API, is no word of the user to this one (ours).
    let is_of_client = verified.text("client_id") == Some(&*client.id);
    let mut granted = verified.text("scope").unwrap_or_default().split(' ');
    let is_of_user = user.is_some_and(|user| user.row.sub == owner.row.sub);
    if !is_of_client || !is_of_user || !granted.any(|scope| scope == scopes::API) {
        return Err(Fault::not_authorized("Invalid Access Token"));
    }
    let is_for_api = verified.text("scope").is_some_and(|all| all.split(' ').any(|one| one == scopes::API));
    if !is_for_api || verified.claims.contains_key("act") {
        return Err(Fault::not_authorized("Access Token does not have required scopes"));
    }
    let amr = verified.claims.get("amr").and_then(Value::as_array);
    let methods = Methods::named(amr.into_iter().flatten().filter_map(Value::as_str));
    let auth_time = verified.claims.get("auth_time").and_then(Value::as_i64).unwrap_or_default();
    let is_young = max_age.is_none_or(|most| cx.now.seconds() - auth_time <= i64::from(most));
    let credit = Credit { methods, auth_time: Timestamp::from_seconds(auth_time), browser_session: None };
    let credited = target.clone().crediting(credit);
    let counts = is_young && !methods.is_empty() && !credited.is_reached_by(Methods::default());
    Ok(Some(if counts { credited } else { target }))
}

/// Whether the target can be reached from its credit by a second factor: then nothing else is asked.
pub(super) fn suffices(pool: &Pool, user: &User, target: &Target) -> bool {
    let facts = Facts::of(pool, user, None).toward(Some(target));
    target.credit.is_some()
        && check_state(user).is_ok()
        && matches!(next(&facts, progress(target)), Next::Second(_) | Next::SelectMfaType(_))
}

/// A sign-in that has come as far as the credit of its target.
///
/// # Errors
/// `NotAuthorizedException` for a user who may not sign in.
pub(super) async fn attempt(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    name: String,
    user: User,
    target: Target,
) -> Result<Attempt, Fault> {
    check_state(&user)?;
    let groups = groups::of_user(&mut cx.read().await?, &pool, &user.row.sub).await?;
    let progress = progress(&target);
    let attempt = Attempt::new(pool, client, name, user, groups, progress);
    Ok(Attempt { target: Some(target), ..attempt })
}

/// What the credit comes to as a first factor.
fn progress(target: &Target) -> Progress {
    let methods = target.with_credit(Methods::default());
    let first = if methods.contains(Method::Password) {
        FirstFactor::Password
    } else if methods.contains(Method::DevicePasskey) || methods.contains(Method::RoamingPasskey) {
        FirstFactor::WebAuthn
    } else if methods.contains(Method::Sms) {
        FirstFactor::SmsOtp
    } else if methods.contains(Method::Email) {
        FirstFactor::EmailOtp
    } else {
        FirstFactor::Custom
    };
    Progress { first, ..Progress::PASSWORD }
}
