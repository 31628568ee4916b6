//! `/forgotPassword` and `/confirmforgotPassword`: a new password for who forgot the old one.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use poolhouse_core::recovery as core;
use poolhouse_core::sign_up::Named;
use poolhouse_kernel::Fault;
use poolhouse_pages::{ForgotPassword, Form, Href, Notice, Page as _, Problem, ResetPassword};

use super::front::{Front, Outcome, form, posted, settle};
use super::login::opened;
use super::problem::{Verdict, judge};
use super::state::Step;
use crate::answer;
use crate::visit::Visit;

/// Whose password is to be reset.
pub(crate) async fn forgot_password(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { send(visit).await } else { ask(visit).await })
}

async fn ask(visit: &Visit) -> Outcome {
    let front = Front::of_query(visit).await?;
    Ok(whose(&front, visit.asked("login_hint").unwrap_or_default(), &[]))
}

fn whose(front: &Front<'_>, username: &str, problems: &[(&str, Problem<'_>)]) -> Response<Body> {
    let (hidden, action) = (front.hidden(), front.link("/forgotPassword"));
    let (hidden, values, sign_in) = (hidden.pairs(), [("username", username)], front.link("/login"));
    front.show_at("/forgotPassword", StatusCode::OK, |shell| {
        let page = ForgotPassword {
            shell,
            form: form(&action, &hidden, &values, problems),
            username: front.username_kind(),
            sign_in: Href::new(&sign_in),
        };
        page.html()
    })
}

/// Sends the code: for the first time, or again.
async fn send(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (front, step) = opened(visit, given).await?;
    let (username, is_again) = match step {
        Some(Step::Reset { username, .. }) => (username, true),
        Some(_) => return Ok(front.expired()),
        None => match given.get("username") {
            Some(username) => (username.to_owned(), false),
            None => return Ok(whose(&front, "", &[("username", Problem::Required)])),
        },
    };
    let cx = &front.visit.cx;
    let named = Named { client_id: front.client_id(), secret_hash: None, username: &username };
    let fault = match cx.repeat(|| core::forgot_password(cx, named)).await {
        Ok(details) => {
            let notice = is_again.then_some(Notice::NewCodeSent);
            return page(&front, &username, details.destination.as_deref(), notice, &[]).await;
        }
        Err(fault) => fault,
    };
    match judge(&fault, "username") {
        Verdict::Again(field, problem) => Ok(whose(&front, &username, &[(field, problem)])),
        Verdict::Expired => Ok(front.expired()),
        Verdict::Failed => Err(fault.into()),
    }
}

/// The code and the new password.
pub(crate) async fn reset_password(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { reset(visit).await } else { begin_anew(visit).await })
}

/// Nobody comes here but from the page before.
async fn begin_anew(visit: &Visit) -> Outcome {
    Ok(answer::redirect(&Front::of_query(visit).await?.url("/forgotPassword")))
}

async fn reset(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (front, step) = opened(visit, given).await?;
    let Some(Step::Reset { username, destination }) = step else { return Ok(front.expired()) };
    let destination = destination.as_deref();
    let missing = ["code", "password"].into_iter().find(|name| given.get(name).is_none());
    if let Some(missing) = missing {
        return page(&front, &username, destination, None, &[(missing, Problem::Required)]).await;
    }
    let (code, password) = (given.get("code").unwrap_or_default(), given.get("password").unwrap_or_default());
    let cx = &front.visit.cx;
    let named = Named { client_id: front.client_id(), secret_hash: None, username: &username };
    let done = cx.repeat(|| core::confirm_forgot_password(cx, named, code.trim(), password)).await;
    let fault = match done {
        Ok(()) => return Ok(answer::redirect(&front.url("/login"))),
        Err(fault) => fault,
    };
    match judge(&fault, "code") {
        Verdict::Again(field, problem) => {
            page(&front, &username, destination, None, &[(field, problem)]).await
        }
        Verdict::Expired => Ok(front.expired()),
        Verdict::Failed => Err(fault.into()),
    }
}

/// The page for the code and the new password.
pub(super) async fn page(
    front: &Front<'_>,
    username: &str,
    destination: Option<&str>,
    notice: Option<Notice>,
    problems: &[(&str, Problem<'_>)],
) -> Outcome {
    let step = Step::Reset { username: username.to_owned(), destination: destination.map(ToOwned::to_owned) };
    let hidden = front.hidden_with(step).await?;
    let hidden = hidden.pairs();
    let place = &front.visit.place;
    let (action, again) = (place.path("/confirmforgotPassword"), place.path("/forgotPassword"));
    let sign_in = front.link("/login");
    Ok(front.show(StatusCode::OK, |shell| {
        let page = ResetPassword {
            shell,
            form: Form { notice, ..form(&action, &hidden, &[], problems) },
            username,
            destination,
            rules: front.rules(),
            resend: Some(Form::to(Href::new(&again), &hidden)),
            sign_in: Href::new(&sign_in),
        };
        page.html()
    }))
}
