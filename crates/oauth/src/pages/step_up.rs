//! A browser that is signed in, at a level that is not enough: what is missing is asked for
//! (docs/cognito/new-operations.md §9).

use axum::body::Body;
use axum::http::{Response, StatusCode};
use poolhouse_core::grants::authorize;
use poolhouse_core::sessions::browser::Login;
use poolhouse_core::signin;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_pages::{Choice, ChooseFactor, Factor, Href, Identity, Page as _, Purpose};

use super::challenge::factor;
use super::front::{Front, Outcome, Stop, form};
use super::login::{follow, refused};
use super::state::Step;
use crate::{answer, cookies};

/// The page that asks for what is missing; None where nothing is, or a whole sign-in.
pub(super) async fn offer(front: &Front<'_>) -> Result<Option<Response<Body>>, Stop> {
    let Some((login, factors)) = missing(front).await? else { return Ok(None) };
    if let [only] = &*factors
        && *only == Factor::SoftwareTokenMfa.api_name()
    {
        // To ask for it sends nothing.
        return take(front, Some(only)).await.map(Some);
    }
    page(front, &login, &factors).await.map(Some)
}

/// Who is signed in, and by what they can reach the level.
async fn missing(front: &Front<'_>) -> Result<Option<(Login, Vec<&'static str>)>, Fault> {
    let (cx, pool_id) = (&front.visit.cx, &front.visit.place.pool_id);
    let (Some(cookie), Some(levels)) =
        (front.visit.cookies.get(cookies::SESSION), front.parameters.get("acr_values"))
    else {
        return Ok(None);
    };
    let Some(login) = authorize::below_level(cx, &front.request, cookie).await? else { return Ok(None) };
    let factors = signin::step_up_factors(cx, pool_id, front.client_id(), cookie, levels).await?;
    Ok((!factors.is_empty()).then_some((login, factors)))
}

async fn page(front: &Front<'_>, login: &Login, factors: &[&str]) -> Outcome {
    let change = front.login_with("login");
    let (hidden, action) = (front.hidden_with(Step::Raise).await?, front.visit.place.path("/login"));
    let hidden = hidden.pairs();
    let factors = factors.iter().filter_map(|name| factor(name));
    let choices: Vec<_> = factors.map(|factor| Choice { factor, destination: None }).collect();
    Ok(front.show_at("/login", StatusCode::OK, |shell| {
        let identity = Some(Identity { username: &login.username, change: Href::new(&change) });
        let form = form(&action, &hidden, &[], &[]);
        ChooseFactor { shell, form, identity, purpose: Purpose::Second, choices: &choices }.html()
    }))
}

/// Asks for the factor that was chosen.
pub(super) async fn take(front: &Front<'_>, chosen: Option<&str>) -> Outcome {
    let Some((login, factors)) = missing(front).await? else { return Ok(front.expired()) };
    let Some(chosen) = chosen.filter(|chosen| factors.contains(chosen)) else {
        return page(front, &login, &factors).await;
    };
    let (cx, pool_id) = (&front.visit.cx, &front.visit.place.pool_id);
    let cookie = front.visit.cookies.get(cookies::SESSION).map_or("", String::as_str);
    let levels = front.parameters.get("acr_values").unwrap_or_default();
    let begun = cx.repeat(|| signin::step_up(cx, pool_id, front.client_id(), cookie, levels, chosen)).await;
    match begun {
        Ok(step) => Box::pin(follow(front, &login.username, step)).await,
        Err(fault) => refused(front, &login.username, fault).await,
    }
}

/// Back to the application, where the level is none that the user can reach (OpenID Connect Core Unmet Authentication
/// Requirements 1.0; new-operations §9, open).
pub(super) fn unmet(front: &Front<'_>, fault: &Fault) -> Option<Response<Body>> {
    let refusal = || front.request.refuse(&front.visit.cx, "unmet_authentication_requirements", None);
    (fault.kind() == Some(Kind::Level)).then(|| answer::redirect(&refusal().url()))
}

impl Front<'_> {
    /// The levels that are asked for, as a parameter of a sign-in.
    pub(super) fn target(&self) -> Option<(&'static str, &str)> {
        self.parameters.get("acr_values").map(|levels| ("TARGET_ACR_VALUES", levels))
    }
}
