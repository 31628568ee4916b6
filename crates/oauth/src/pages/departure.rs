//! Before the way back to an application: which account, and whether the application may.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use poolhouse_core::grants::authorize;
use poolhouse_core::sessions::browser::Login;
use poolhouse_kernel::Fault;
use poolhouse_pages::{Account, ChooseAccount, Consent, Href, Page as _};

use super::front::{Front, Outcome, Stop, form};
use super::login::grant;
use super::next;
use super::state::Step;
use crate::parameters::Parameters;
use crate::{answer, authorize as endpoint, cookies};

/// What is asked of somebody who is signed in already; None where there is nobody, or nothing to ask.
pub(super) async fn waiting(front: &Front<'_>) -> Result<Option<Response<Body>>, Stop> {
    let selects = front.request.prompt().select_account;
    if !(selects || front.request.asks_consent()) {
        return Ok(None);
    }
    let Some(login) = resumed(front).await? else { return Ok(None) };
    if selects { accounts(front, &login).map(Some) } else { consent(front, &login).await.map(Some) }
}

async fn resumed(front: &Front<'_>) -> Result<Option<Login>, Stop> {
    let cookie = front.visit.cookies.get(cookies::SESSION).map(String::as_str);
    match authorize::resume(&front.visit.cx, &front.request, cookie).await {
        Ok(login) => Ok(login),
        Err(refused) => Err(Stop::Answer(endpoint::refuse(front.visit, &front.parameters, refused)?)),
    }
}

/// Which account: the one of this browser, or another.
fn accounts(front: &Front<'_>, login: &Login) -> Outcome {
    // Whoever else signs in is asked all the same.
    let another = front.login_with(if front.request.prompt().consent { "login consent" } else { "login" });
    let (hidden, action) = (front.hidden(), front.link("/login"));
    let hidden = hidden.pairs();
    let account = Account { value: &login.session_id, username: &login.username, detail: None };
    Ok(front.show_at("/login", StatusCode::OK, |shell| {
        let page = ChooseAccount {
            shell,
            form: form(&action, &hidden, &[], &[]),
            application: front.request.client_name(),
            accounts: &[account],
            another: Href::new(&another),
        };
        page.html()
    }))
}

/// Goes on with the account that was chosen.
pub(super) async fn choose(front: &Front<'_>, account: &str) -> Outcome {
    match resumed(front).await?.filter(|login| login.session_id == account) {
        Some(login) => next::follow(front, &login).await,
        None => Ok(front.expired()),
    }
}

/// Whether the application may.
pub(super) async fn consent(front: &Front<'_>, login: &Login) -> Outcome {
    let hidden = front.hidden_with(Step::Consent { session_id: login.session_id.clone() }).await?;
    let (hidden, action) = (hidden.pairs(), front.visit.place.path("/login"));
    let mut scopes: Vec<&str> = front.request.scopes().iter().map(String::as_str).collect();
    // Alone it tells all (oauth-and-managed-login §4.3).
    if scopes.contains(&"openid") && !["email", "phone", "profile"].iter().any(|one| scopes.contains(one)) {
        scopes.extend(["profile", "email", "phone"]);
    }
    // For which server the tokens will be.
    scopes.extend(front.request.resource());
    Ok(front.show(StatusCode::OK, |shell| {
        let page = Consent {
            shell,
            form: form(&action, &hidden, &[], &[]),
            application: front.request.client_name(),
            publisher: front.request.publisher(),
            leads_to: host_of(front.request.redirect_uri()),
            scopes: &scopes,
            username: &login.username,
            another: None,
        };
        page.html()
    }))
}

/// The host of a URL, or its scheme where it has none.
fn host_of(url: &str) -> &str {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    if !["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) {
        return scheme;
    }
    // As browsers read it, who take any number of slashes and either kind of them.
    let authority =
        rest.trim_start_matches(['/', '\\']).split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// Takes the decision of who was asked: in the browser session for which it was asked.
pub(super) async fn decide(front: &Front<'_>, session_id: &str, given: &Parameters) -> Outcome {
    let Some(login) = front.login().await?.filter(|login| login.session_id == session_id) else {
        return Ok(front.expired());
    };
    match given.get("decision") {
        Some("allow") => grant(front, &login).await,
        // OpenID Connect Core §3.1.2.6
        Some("deny") => {
            Ok(answer::redirect(&front.request.refuse(&front.visit.cx, "access_denied", None).url()))
        }
        _ => Err(Fault::invalid_parameter("The decision is to be allow or deny.").into()),
    }
}
