//! What needs a code before it is done: an address that is proven, an app that is set up.

use axum::http::StatusCode;
use poolhouse_core::profile::{self, Proof};
use poolhouse_kernel::Kind;
use poolhouse_pages::{Code, CodeSource, Factor, Form, Href, Notice, Page as _, Problem, SetUpApp};
use poolhouse_wire::user_pools::CodeDeliveryDetailsType;

use super::action::{Action, prefer};
use super::failed;
use super::view::{self, Section};
use crate::pages::front::{Front, Outcome, form};
use crate::pages::problem::{Verdict, judge};
use crate::pages::state::Step;
use crate::parameters::Parameters;

/// Sends the code that proves an address.
pub(super) async fn send_code(front: Front<'_>, attribute: &str) -> Outcome {
    let (cx, owner) = (&front.visit.cx, front.owner());
    match cx.repeat(|| profile::request_code(cx, owner, attribute)).await {
        Ok(code) => code_page(&front, code, None, &[]).await,
        Err(fault) => view::after(front, Err(fault), Section::None).await,
    }
}

/// The page that asks for a code that was sent.
pub(super) async fn code_page(
    front: &Front<'_>,
    code: CodeDeliveryDetailsType,
    notice: Option<Notice>,
    problems: &[(&str, Problem<'_>)],
) -> Outcome {
    let (attribute, destination) = (code.attribute_name.unwrap_or_default(), code.destination);
    let again = front.hidden_for(Action::Verify.as_str(), &attribute);
    let step = Step::Verify { attribute, destination: destination.clone() };
    let (hidden, action) = (front.hidden_with(step).await?, front.link("/account"));
    let (hidden, again) = (hidden.pairs(), again.pairs());
    Ok(front.show(StatusCode::OK, |shell| {
        let page = Code {
            shell,
            form: Form { notice, ..form(&action, &hidden, &[], problems) },
            identity: None,
            source: destination.as_deref().map_or(CodeSource::Sent, CodeSource::SentTo),
            resend: Some(Form::to(Href::new(&action), &again)),
            other_way: None,
        };
        page.html()
    }))
}

/// Takes the code that proves an address.
pub(super) async fn verify(
    front: Front<'_>,
    attribute: &str,
    destination: Option<&str>,
    given: &Parameters,
) -> Outcome {
    let again = CodeDeliveryDetailsType {
        attribute_name: Some(attribute.to_owned()),
        destination: destination.map(ToOwned::to_owned),
        delivery_medium: None,
    };
    let Some(code) = given.get("code") else {
        return code_page(&front, again, None, &[("code", Problem::Required)]).await;
    };
    let (cx, owner, code) = (&front.visit.cx, front.owner(), code.trim());
    let fault = match cx.repeat(|| profile::verify_attribute(cx, owner, attribute, code)).await {
        Ok(()) => return view::after(front, Ok(()), Section::None).await,
        Err(fault) => fault,
    };
    match judge(&fault, "code") {
        Verdict::Again(field, problem) => code_page(&front, again, None, &[(field, problem)]).await,
        Verdict::Expired | Verdict::Failed => failed(front, fault),
    }
}

/// Draws the key of an app, which takes the place of an earlier one with its first code.
pub(super) async fn associate(front: Front<'_>) -> Outcome {
    let cx = &front.visit.cx;
    let proof = Proof::Owner(front.owner());
    match cx.repeat(|| profile::associate_software_token(cx, proof)).await {
        Ok((key, _)) => app_page(&front, &key, &[]).await,
        Err(fault) => view::after(front, Err(fault), Section::None).await,
    }
}

async fn app_page(front: &Front<'_>, key: &str, problems: &[(&str, Problem<'_>)]) -> Outcome {
    let Some(login) = front.login().await? else { return Ok(front.expired()) };
    let hidden = front.hidden_with(Step::SetUpApp { key: key.to_owned() }).await?;
    let (hidden, action) = (hidden.pairs(), front.link("/account"));
    Ok(front.show(StatusCode::OK, |shell| {
        let form = form(&action, &hidden, &[], problems);
        let (issuer, account) = (&front.facts.pool_name, login.username.as_str());
        SetUpApp { shell, form, key, issuer, account, other_way: None }.html()
    }))
}

/// Takes the first code of an app, and turns it on.
pub(super) async fn set_up_app(front: Front<'_>, key: &str, given: &Parameters) -> Outcome {
    let code: String = given.get("code").unwrap_or_default().split_whitespace().collect();
    if code.is_empty() {
        return app_page(&front, key, &[("code", Problem::Required)]).await;
    }
    let cx = &front.visit.cx;
    let proof = Proof::Owner(front.owner());
    let taken = cx.repeat(|| profile::verify_software_token(cx, proof, &code, None)).await;
    let Err(fault) = taken else {
        let done = prefer(&front, Factor::SoftwareTokenMfa.api_name(), Some(true), None).await;
        return view::after(front, done, Section::None).await;
    };
    match judge(&fault, "code") {
        Verdict::Again(field, problem) if fault.kind() != Some(Kind::SignIn) => {
            app_page(&front, key, &[(field, problem)]).await
        }
        _ => failed(front, fault),
    }
}
