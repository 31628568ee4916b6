//! Passkeys at pages: one to sign in with at once, and `/passkeys/add`, one for the next time.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use poolhouse_core::profile::passkeys;
use poolhouse_core::signin;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_pages::{AddPasskey, Form, Href, Page as _, Passkey, Problem};

use super::front::{Front, Hidden, Outcome, form, posted, settle};
use super::login::{first_page, follow, opened};
use super::next::{Next, go_on};
use super::problem::{Verdict, judge};
use super::state::Step;
use super::step_up;
use crate::parameters::Parameters;
use crate::visit::Visit;

/// What the first page needs to offer signing in with a passkey at once.
pub(super) struct Offer {
    pub(super) options: String,
    pub(super) hidden: Hidden,
}

/// The offer of the first page, where the client's users choose how they sign in.
pub(super) async fn offer(front: &Front<'_>) -> Result<Option<Offer>, Fault> {
    use poolhouse_core::hosted::First;
    if front.first() != First::Choice || !front.has_passkeys().await? {
        return Ok(None);
    }
    let (cx, pool_id) = (&front.visit.cx, &front.visit.place.pool_id);
    let Some(asked) = signin::request_passkey(cx, pool_id, front.client_id()).await? else { return Ok(None) };
    let hidden = front.hidden_with(Step::Passkey { session: asked.session.into_string() }).await?;
    Ok(Some(Offer { options: asked.options, hidden }))
}

/// Takes the passkey that somebody chose on the first page.
pub(super) async fn take(front: &Front<'_>, session: &str, given: &Parameters) -> Outcome {
    let Some(credential) = given.get("credential") else {
        return first_page(front, "", &[("", Problem::PasskeyRefused)], StatusCode::BAD_REQUEST).await;
    };
    let (cx, pool_id) = (&front.visit.cx, &front.visit.place.pool_id);
    let (client_id, levels) = (front.client_id(), front.parameters.get("acr_values"));
    let taken = cx.repeat(|| signin::take_passkey(cx, pool_id, client_id, session, credential, levels)).await;
    let fault = match taken {
        Ok(step) => return Box::pin(follow(front, "", step)).await,
        Err(fault) => fault,
    };
    if let Some(back) = step_up::unmet(front, &fault) {
        return Ok(back);
    }
    match judge(&fault, "credential") {
        Verdict::Again(_, problem) => first_page(front, "", &[("", problem)], StatusCode::OK).await,
        Verdict::Expired => Ok(front.expired()),
        Verdict::Failed => Err(fault.into()),
    }
}

/// `/passkeys/add`: a passkey for who is signed in (oauth-and-managed-login §5.1).
pub(crate) async fn add_passkey(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { post(visit).await } else { get(visit).await })
}

async fn get(visit: &Visit) -> Outcome {
    let front = Front::of_query(visit).await?;
    if front.has_passkeys().await? { page(front, &[]).await } else { go_on(front, Next::AddPasskey).await }
}

async fn page(front: Front<'_>, problems: &[(&str, Problem<'_>)]) -> Outcome {
    let options = match passkeys::start(&front.visit.cx, front.owner()).await {
        Ok(options) => options.to_string(),
        Err(fault) if fault.kind() == Some(Kind::SignIn) => {
            return Ok(front.lead_to_sign_in(Next::AddPasskey));
        }
        Err(fault) => return Err(fault.into()),
    };
    let (hidden, action) = (front.hidden(), front.link("/passkeys/add"));
    let hidden = hidden.pairs();
    Ok(front.show_at("/passkeys/add", StatusCode::OK, |shell| {
        let passkey = Passkey { form: form(&action, &hidden, &[], problems), options: &options };
        AddPasskey { shell, passkey, skip: Form::to(Href::new(&action), &hidden) }.html()
    }))
}

async fn post(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (front, step) = opened(visit, given).await?;
    if step.is_some() {
        return Ok(front.expired());
    }
    let Some(credential) = given.get("credential") else { return go_on(front, Next::AddPasskey).await };
    if !front.has_passkeys().await? {
        return Ok(front.expired());
    }
    let (cx, owner) = (&visit.cx, front.owner());
    let fault = match cx.repeat(|| passkeys::complete(cx, owner, credential)).await {
        Ok(()) => return go_on(front, Next::AddPasskey).await,
        Err(fault) => fault,
    };
    match judge(&fault, "credential") {
        Verdict::Again(_, problem) => page(front, &[("", problem)]).await,
        Verdict::Expired => Ok(front.lead_to_sign_in(Next::AddPasskey)),
        Verdict::Failed => Err(fault.into()),
    }
}
