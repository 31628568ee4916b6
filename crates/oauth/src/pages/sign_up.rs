//! `/signup`: a new account.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use poolhouse_core::sign_up::{self as core, Named, Registration};
use poolhouse_kernel::Fault;
use poolhouse_pages::{Href, Page as _, Problem, Providers, SignUp, Terms};
use poolhouse_wire::user_pools::AttributeType;

use super::confirmation;
use super::front::{Front, Outcome, fields, form, posted, settle, username_kind};
use super::login::{begin, opened};
use super::problem::{Verdict, judge};
use crate::answer;
use crate::parameters::Parameters;
use crate::visit::Visit;

/// A new account.
pub(crate) async fn sign_up(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { post(visit).await } else { get(visit).await })
}

async fn get(visit: &Visit) -> Outcome {
    let front = Front::of_query(visit).await?;
    if !front.facts.may_sign_up {
        return Ok(answer::redirect(&front.url("/login")));
    }
    let typed = [("username", visit.asked("login_hint").unwrap_or_default())];
    page(&front, &typed, &[]).await
}

async fn page(front: &Front<'_>, typed: &[(&str, &str)], problems: &[(&str, Problem<'_>)]) -> Outcome {
    let (hidden, action, sign_in) = (front.hidden(), front.link("/signup"), front.link("/login"));
    let (hidden, attributes) = (hidden.pairs(), fields(&front.facts.attributes));
    let links = front.terms().await?;
    let terms = links.as_ref().map(|[terms_of_use, privacy_policy]| Terms {
        terms_of_use: Href::new(terms_of_use),
        privacy_policy: Href::new(privacy_policy),
    });
    Ok(front.show_at("/signup", StatusCode::OK, |shell| {
        let page = SignUp {
            shell,
            form: form(&action, &hidden, typed, problems),
            username: Some(username_kind(front.facts.own_names)),
            attributes: &attributes,
            rules: (front.is_classic() || !front.facts.without_password).then(|| front.rules()),
            providers: Providers::default(),
            terms,
            sign_in: Href::new(&sign_in),
        };
        page.html()
    }))
}

async fn post(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    let (front, step) = opened(visit, given).await?;
    if step.is_some() {
        return Ok(front.expired());
    }
    let typed: Vec<(&str, &str)> = given.iter().collect();
    let Some(username) = given.get("username") else {
        return page(&front, &typed, &[("username", Problem::Required)]).await;
    };
    let missing = front.facts.attributes.iter().find(|a| a.required && given.get(&a.name).is_none());
    if let Some(missing) = missing {
        return page(&front, &typed, &[(&missing.name, Problem::Required)]).await;
    }
    let password = given.get("password");
    match register(&front, username, password, given).await {
        Ok(done) if done.confirmed => begin(&front, username, password, None).await,
        Ok(done) => match done.delivery {
            Some(delivery) => {
                let session = done.session.as_ref().map(poolhouse_wire::Sensitive::as_str);
                confirmation::page(&front, username, delivery.destination.as_deref(), session, &[]).await
            }
            // An administrator confirms the account.
            None => Ok(answer::redirect(&front.url("/login"))),
        },
        Err(fault) => match judge(&fault, "") {
            Verdict::Again(field, problem) => page(&front, &typed, &[(field, problem)]).await,
            Verdict::Expired => Ok(front.expired()),
            Verdict::Failed => Err(fault.into()),
        },
    }
}

async fn register(
    front: &Front<'_>,
    username: &str,
    password: Option<&str>,
    given: &Parameters,
) -> Result<core::SignedUp, Fault> {
    let attribute = |name: &str| {
        given.get(name).map(|value| AttributeType { name: name.to_owned(), value: Some(value.into()) })
    };
    let attributes: Vec<_> = front.facts.attributes.iter().filter_map(|a| attribute(&a.name)).collect();
    let cx = &front.visit.cx;
    let named = Named { client_id: front.client_id(), secret_hash: None, username };
    cx.repeat(|| core::sign_up(cx, Registration { named, password, attributes: attributes.clone() })).await
}
