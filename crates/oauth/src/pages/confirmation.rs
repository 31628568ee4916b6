//! `/confirm`, `/resendcode` and `/confirmUser`: the code that confirms a new account.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use poolhouse_core::sign_up::{self, Confirmation, Named};
use poolhouse_kernel::Fault;
use poolhouse_pages::{
    CodeSource, Confirm, Form, Href, Link, LinkOutcome, Notice, Page as _, Problem, Resend,
};
use poolhouse_ports::ClientId;

use super::front::{Front, Outcome, form, plain, posted, settle};
use super::login::{after_confirmation, opened};
use super::next::Next;
use super::problem::{Verdict, judge};
use super::state::Step;
use crate::answer;
use crate::visit::Visit;

/// The code that was sent to a new user.
pub(crate) async fn confirm(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { post(visit).await } else { get(visit).await })
}

async fn get(visit: &Visit) -> Outcome {
    Ok(of_whom(&Front::of_query(visit).await?, "", &[]))
}

async fn post(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (mut front, step) = opened(visit, given).await?;
    let waiting = match step {
        Some(Step::Confirm { username, destination, session }) => Some((username, destination, session)),
        Some(_) => return Ok(front.expired()),
        None => None,
    };
    let named = waiting.as_ref().map(|(username, ..)| username.as_str());
    let Some(username) = named.or_else(|| given.get("username")) else {
        return Ok(of_whom(&front, "", &[("username", Problem::Required)]));
    };
    let result = match given.get("code") {
        None => Err(None),
        Some(code) => {
            let session = waiting.as_ref().and_then(|(_, _, session)| session.as_deref());
            take(&front, username, code, session).await.map_err(Some)
        }
    };
    if result.is_ok() && front.has_passkeys().await? {
        // oauth-and-managed-login §5.1, documented
        front.set_next(Next::AddPasskey, true);
    }
    let fault = match result {
        Ok(Some(session)) => return after_confirmation(&front, username, session).await,
        Ok(None) => return Ok(answer::redirect(&front.url("/login"))),
        Err(fault) => fault,
    };
    let (field, problem) = match fault.as_ref().map(|fault| judge(fault, "code")) {
        None => ("code", Problem::Required),
        Some(Verdict::Again(field, problem)) => (field, problem),
        Some(Verdict::Expired) => return Ok(front.expired()),
        Some(Verdict::Failed) => {
            return Err(fault.unwrap_or_else(|| Fault::internal("nothing failed")).into());
        }
    };
    match &waiting {
        Some((username, destination, session)) => {
            let (destination, session) = (destination.as_deref(), session.as_deref());
            page_with(&front, username, destination, session, None, &[(field, problem)]).await
        }
        None => Ok(of_whom(&front, username, &[(field, problem)])),
    }
}

async fn take(
    front: &Front<'_>,
    username: &str,
    code: &str,
    session: Option<&str>,
) -> Result<Option<poolhouse_wire::Sensitive>, Fault> {
    let cx = &front.visit.cx;
    let named = Named { client_id: front.client_id(), secret_hash: None, username };
    let code = code.trim();
    cx.repeat(|| sign_up::confirm(cx, Confirmation { named, code, force_alias: false, session })).await
}

/// The page for a user who is known.
pub(super) async fn page(
    front: &Front<'_>,
    username: &str,
    destination: Option<&str>,
    session: Option<&str>,
    problems: &[(&str, Problem<'_>)],
) -> Outcome {
    page_with(front, username, destination, session, None, problems).await
}

async fn page_with(
    front: &Front<'_>,
    username: &str,
    destination: Option<&str>,
    session: Option<&str>,
    notice: Option<Notice>,
    problems: &[(&str, Problem<'_>)],
) -> Outcome {
    let step = Step::Confirm {
        username: username.to_owned(),
        destination: destination.map(ToOwned::to_owned),
        session: session.map(ToOwned::to_owned),
    };
    let hidden = front.hidden_with(step).await?;
    let hidden = hidden.pairs();
    let (action, again) = (front.visit.place.path("/confirm"), front.visit.place.path("/resendcode"));
    Ok(front.show(StatusCode::OK, |shell| {
        let page = Confirm {
            shell,
            form: Form { notice, ..form(&action, &hidden, &[], problems) },
            username: None,
            source: destination.map_or(CodeSource::Sent, CodeSource::SentTo),
            resend: Some(Form::to(Href::new(&again), &hidden)),
        };
        page.html()
    }))
}

/// The page that asks who confirms.
fn of_whom(front: &Front<'_>, username: &str, problems: &[(&str, Problem<'_>)]) -> Response<Body> {
    let (hidden, action) = (front.hidden(), front.link("/confirm"));
    let (hidden, values) = (hidden.pairs(), [("username", username)]);
    front.show_at("/confirm", StatusCode::OK, |shell| {
        let page = Confirm {
            shell,
            form: form(&action, &hidden, &values, problems),
            username: Some(front.username_kind()),
            source: CodeSource::Sent,
            resend: None,
        };
        page.html()
    })
}

/// A new code for an account that waits.
pub(crate) async fn resend_code(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { resend(visit).await } else { ask_whom(visit).await })
}

async fn ask_whom(visit: &Visit) -> Outcome {
    Ok(resend_page(&Front::of_query(visit).await?, "", &[]))
}

fn resend_page(front: &Front<'_>, username: &str, problems: &[(&str, Problem<'_>)]) -> Response<Body> {
    let (hidden, action) = (front.hidden(), front.link("/resendcode"));
    let (hidden, values, sign_in) = (hidden.pairs(), [("username", username)], front.link("/login"));
    front.show_at("/resendcode", StatusCode::OK, |shell| {
        let page = Resend {
            shell,
            form: form(&action, &hidden, &values, problems),
            username: front.username_kind(),
            sign_in: Href::new(&sign_in),
        };
        page.html()
    })
}

async fn resend(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (front, step) = opened(visit, given).await?;
    let (username, destination, session) = match step {
        Some(Step::Confirm { username, destination, session }) => (username, destination, session),
        Some(_) => return Ok(front.expired()),
        None => match given.get("username") {
            Some(username) => (username.to_owned(), None, None),
            None => return Ok(resend_page(&front, "", &[("username", Problem::Required)])),
        },
    };
    let cx = &front.visit.cx;
    let named = Named { client_id: front.client_id(), secret_hash: None, username: &username };
    let (session, sent) = (session.as_deref(), cx.repeat(|| sign_up::resend(cx, named)).await);
    let fault = match sent {
        Ok(details) => {
            let (to, notice) = (details.destination.as_deref(), Some(Notice::NewCodeSent));
            return page_with(&front, &username, to, session, notice, &[]).await;
        }
        Err(fault) => fault,
    };
    match judge(&fault, "") {
        Verdict::Again(field, problem) => {
            page_with(&front, &username, destination.as_deref(), session, None, &[(field, problem)]).await
        }
        Verdict::Expired => Ok(front.expired()),
        Verdict::Failed => Err(fault.into()),
    }
}

/// The link of a message: confirms the user, and says so.
pub(crate) async fn confirm_user(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    let parts = ["client_id", "user_name", "confirmation_code"].map(|name| visit.asked(name));
    let [Some(client_id), Some(username), Some(code)] = parts else {
        let outcome = LinkOutcome::Failed(Problem::LinkIncomplete);
        return Ok(plain(visit, StatusCode::BAD_REQUEST, |shell| Link { shell, outcome }.html()));
    };
    let (cx, pool_id, client_id) = (&visit.cx, &visit.place.pool_id, ClientId::from(client_id));
    let done = cx.repeat(|| sign_up::confirm_by_link(cx, pool_id, &client_id, username, code)).await;
    let fault = match done {
        Ok(()) => {
            let outcome = LinkOutcome::Confirmed;
            return Ok(plain(visit, StatusCode::OK, |shell| Link { shell, outcome }.html()));
        }
        Err(fault) => fault,
    };
    match judge(&fault, "") {
        Verdict::Again(_, problem) => {
            let outcome = LinkOutcome::Failed(problem);
            Ok(plain(visit, StatusCode::BAD_REQUEST, |shell| Link { shell, outcome }.html()))
        }
        Verdict::Expired | Verdict::Failed => Err(fault),
    }
}
