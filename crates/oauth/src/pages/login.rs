//! `/login`: who are you, each step of the sign-in, and what follows it.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use poolhouse_core::grants::authorize;
use poolhouse_core::hosted::First;
use poolhouse_core::sessions::browser::Login;
use poolhouse_core::signin::{self, Start, Step as SignInStep};
use poolhouse_kernel::Fault;
use poolhouse_pages::{Form, Href, Notice, Page as _, Passkey, Problem, Providers, SignIn};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::AuthFlowType;

use super::front::{Front, Outcome, Stop, form, posted, settle};
use super::problem::{Verdict, judge};
use super::providers::{self, Button};
use super::state::{CSRF, Opened, STATE, State, Step, is_from_here};
use super::{answer, confirmation, departure, next, passkey, recovery, step_up};
use crate::parameters::Parameters;
use crate::visit::Visit;
use crate::{answer as http, authorize as endpoint, cookies};

/// The first page, and whatever its forms and those that follow it post.
pub(crate) async fn login(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { post(visit).await } else { get(visit).await })
}

async fn get(visit: &Visit) -> Outcome {
    let front = Front::of_query(visit).await?;
    if let Some(page) = departure::waiting(&front).await? {
        return Ok(page);
    }
    if let Some(page) = step_up::offer(&front).await? {
        return Ok(page);
    }
    let unavailable = front.no_provider || visit.asked("errorMessage") == Some(endpoint::NO_PROVIDER);
    let problems = [("", Problem::LoginOption)];
    // 401 observed
    let (problems, status) =
        if unavailable { (&problems[..], StatusCode::UNAUTHORIZED) } else { (&[][..], StatusCode::OK) };
    first_page(&front, visit.asked("login_hint").unwrap_or_default(), problems, status).await
}

/// Who are you.
pub(super) async fn first_page(
    front: &Front<'_>,
    username: &str,
    problems: &[(&str, Problem<'_>)],
    status: StatusCode,
) -> Outcome {
    let offer = passkey::offer(front).await?;
    let carried = offer.as_ref().map(|offer| offer.hidden.pairs());
    let at_once = front.visit.place.path("/login");
    // Who is signed in and was led here is to prove it anew.
    let is_again = front.leads_to_own() && front.login().await?.is_some();
    let notice = is_again.then_some(Notice::SignInAgain);
    let (hidden, action) = (front.hidden(), front.link("/login"));
    let (hidden, values) = (hidden.pairs(), [("username", username)]);
    let with_password = front.first() == First::Password;
    let buttons = providers::buttons(front);
    let list: Vec<_> = buttons.iter().map(Button::shown).collect();
    let (sign_up, forgot) = (front.link("/signup"), front.link("/forgotPassword"));
    let passkey = offer
        .as_ref()
        .zip(carried.as_deref())
        .map(|(offer, hidden)| Passkey { form: form(&at_once, hidden, &[], &[]), options: &offer.options });
    Ok(front.show_at("/login", status, |shell| {
        let page = SignIn {
            shell,
            form: Form { notice, ..form(&action, &hidden, &values, problems) },
            username: front.username_kind(),
            with_password,
            passkey,
            local: front.facts.local,
            providers: Providers { list: &list, first: front.providers_first() },
            sign_up: (front.facts.local && front.facts.may_sign_up).then(|| Href::new(&sign_up)),
            forgot: (with_password && front.facts.may_recover).then(|| Href::new(&forgot)),
        };
        page.html()
    }))
}

async fn post(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (front, step) = opened(visit, given).await?;
    // Whoever came by a provider has nothing else to do here.
    let is_of_all = given.get("account").is_some() || matches!(step, Some(Step::Consent { .. }));
    if !front.facts.local && !is_of_all {
        return first_page(&front, "", &[], StatusCode::OK).await;
    }
    match step {
        None => begin_with(&front, given).await,
        Some(Step::Challenge(challenge)) => answer::take(&front, challenge, given).await,
        Some(Step::Begin { username, factor }) => begin(&front, &username, None, Some(&factor)).await,
        Some(Step::Raise) => step_up::take(&front, given.get("factor")).await,
        Some(Step::Passkey { session }) => passkey::take(&front, &session, given).await,
        Some(Step::Consent { session_id }) => departure::decide(&front, &session_id, given).await,
        Some(Step::Confirm { .. } | Step::Reset { .. } | Step::Verify { .. } | Step::SetUpApp { .. }) => {
            Ok(front.expired())
        }
    }
}

/// The page that a form comes from, and the step that it is about: None where it begins something.
///
/// # Errors
/// The page that leads back, where the form is too old, or another browser's.
pub(super) async fn opened<'a>(
    visit: &'a Visit,
    given: &Parameters,
) -> Result<(Front<'a>, Option<Step>), Stop> {
    let from_here = is_from_here(visit, given.get(CSRF));
    let Some(sealed) = given.get(STATE) else {
        let front = Front::of_query(visit).await?;
        return if from_here { Ok((front, None)) } else { Err(Stop::Answer(front.expired())) };
    };
    let (query, step) = match State::open(visit, sealed).await? {
        Opened::Good(state) if from_here => (state.query, Some(state.step)),
        Opened::Good(state) => (state.query, None),
        Opened::Expired(query) => (query, None),
        // For whom it was is not known.
        Opened::Foreign => (visit.raw_query().to_owned(), None),
    };
    let Ok(parameters) = Parameters::read(query.as_bytes()) else {
        return Err(Stop::Answer(super::front::error_page(visit, Some("invalid_request"))));
    };
    let front = Front::of(visit, parameters).await?;
    if step.is_some() { Ok((front, step)) } else { Err(Stop::Answer(front.expired())) }
}

/// What the first page posts: a choice of accounts, or who signs in.
async fn begin_with(front: &Front<'_>, given: &Parameters) -> Outcome {
    if let Some(account) = given.get("account") {
        return departure::choose(front, account).await;
    }
    let (username, password) = (given.get("username"), given.get("password"));
    let again = async |name| {
        let problems = [(name, Problem::Required)];
        first_page(front, username.unwrap_or_default(), &problems, StatusCode::BAD_REQUEST).await
    };
    match (username, password) {
        (None, _) => again("username").await,
        // Whoever belongs to a provider has no password here.
        (Some(username), None) if let Some(way) = providers::of_address(front, username).await? => Ok(way),
        (Some(_), None) if front.first() == First::Password => again("password").await,
        (Some(username), password) => begin(front, username, password, None).await,
    }
}

/// Begins a sign-in.
pub(super) async fn begin(
    front: &Front<'_>,
    username: &str,
    password: Option<&str>,
    factor: Option<&str>,
) -> Outcome {
    let mut given = vec![("USERNAME", username)];
    let flow = match front.first() {
        First::Password => AuthFlowType::UserPasswordAuth,
        First::Choice => AuthFlowType::UserAuth,
        First::Custom => AuthFlowType::CustomAuth,
    };
    given.extend(front.target());
    given.extend(password.map(|password| ("PASSWORD", password)));
    if flow == AuthFlowType::UserAuth {
        // Who posts a password has chosen.
        let preferred = factor.or(password.map(|_| "PASSWORD"));
        given.extend(preferred.map(|factor| ("PREFERRED_CHALLENGE", factor)));
    }
    match start(front, flow, None, &given).await {
        Ok(step) => Box::pin(follow(front, username, step)).await,
        Err(fault) => refused(front, username, fault).await,
    }
}

/// Signs in who has just confirmed an account.
pub(super) async fn after_confirmation(front: &Front<'_>, username: &str, session: Sensitive) -> Outcome {
    let given: Vec<_> = [("USERNAME", username)].into_iter().chain(front.target()).collect();
    match start(front, AuthFlowType::UserAuth, Some(session), &given).await {
        Ok(step) => Box::pin(follow(front, username, step)).await,
        Err(fault) => refused(front, username, fault).await,
    }
}

async fn start(
    front: &Front<'_>,
    flow: AuthFlowType,
    session: Option<Sensitive>,
    given: &[(&str, &str)],
) -> Result<SignInStep, Fault> {
    let start = Start {
        pool_id: Some(front.visit.place.pool_id.clone()),
        client_id: front.client_id().clone(),
        flow,
        session,
        parameters: given.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
    };
    let cx = &front.visit.cx;
    cx.repeat(|| signin::start(cx, start.clone())).await
}

/// A sign-in that could not begin: it may have to wait for a code of another kind.
pub(super) async fn refused(front: &Front<'_>, username: &str, fault: Fault) -> Outcome {
    use poolhouse_wire::ErrorCode::{PasswordResetRequiredException, UserNotConfirmedException};
    if let Some(back) = step_up::unmet(front, &fault) {
        return Ok(back);
    }
    match fault.code() {
        UserNotConfirmedException => confirmation::page(front, username, None, None, &[]).await,
        PasswordResetRequiredException => recovery::page(front, username, None, None, &[]).await,
        _ => {
            let field = if front.first() == First::Password { "password" } else { "username" };
            match judge(&fault, field) {
                Verdict::Again(field, problem) => {
                    first_page(front, username, &[(field, problem)], StatusCode::OK).await
                }
                Verdict::Expired => Ok(front.expired()),
                Verdict::Failed => Err(fault.into()),
            }
        }
    }
}

/// The page of a step, or the way back to the application.
pub(super) async fn follow(front: &Front<'_>, username: &str, step: SignInStep) -> Outcome {
    match step {
        SignInStep::Challenge { name, session, parameters, available } => {
            let given = super::challenge::Given { name, session, parameters, available };
            super::challenge::meet(front, username, front.visit.cx.now, given).await
        }
        SignInStep::LoggedIn { login, cookie } => logged_in(front, &login, &cookie).await,
        SignInStep::Tokens(_) => Err(Fault::internal("a sign-in at a page ended in tokens").into()),
    }
}

/// Keeps who is signed in, and grants what was asked for.
async fn logged_in(front: &Front<'_>, login: &Login, cookie: &Sensitive) -> Outcome {
    let (cx, place) = (&front.visit.cx, &front.visit.place);
    let mut response = next::follow(front, login).await?;
    let seconds = login.expires_at.seconds() - cx.now.seconds();
    cookies::keep_session(response.headers_mut(), place, cookie.as_str(), seconds);
    Ok(response)
}

/// Back to the application, with what was asked for.
pub(super) async fn grant(front: &Front<'_>, login: &Login) -> Outcome {
    match authorize::grant(&front.visit.cx, &front.request, login).await {
        Ok(redirect) => Ok(http::redirect(&redirect.url())),
        Err(refused) => Ok(endpoint::refuse(front.visit, &front.parameters, refused)?),
    }
}
