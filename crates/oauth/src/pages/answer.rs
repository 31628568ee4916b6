//! What the form of a step answers.

use axum::http::StatusCode;
use poolhouse_core::signin::{self, Answer, Step as SignInStep};
use poolhouse_kernel::Fault;
use poolhouse_pages::{Factor, Problem};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::ChallengeNameType as Name;

use super::challenge::{self, choices, missing_attributes};
use super::front::{Front, Outcome};
use super::login::follow;
use super::problem::{Verdict, judge};
use super::state::Challenge;
use super::step_up;
use crate::parameters::Parameters;

/// Takes the answer to a challenge.
pub(super) async fn take(front: &Front<'_>, challenge: Challenge, given: &Parameters) -> Outcome {
    let name = Name::from(&*challenge.name);
    let field = match name {
        Name::SelectChallenge | Name::SelectMfaType => "factor",
        Name::MfaSetup => return set_up(front, challenge, given).await,
        Name::Password | Name::NewPasswordRequired => "password",
        Name::WebAuthn => "credential",
        Name::EmailOtp | Name::SmsOtp | Name::SmsMfa | Name::SoftwareTokenMfa => "code",
        _ => "answer",
    };
    let Some(value) = given.get(field) else {
        return again(front, &challenge, field, Problem::Required).await;
    };
    // People copy codes with the blanks that they are shown with.
    let compact: String = value.chars().filter(|character| !character.is_whitespace()).collect();
    let response = match name {
        Name::Password => ("PASSWORD", value),
        Name::NewPasswordRequired => return new_password(front, challenge, value, given).await,
        Name::WebAuthn => ("CREDENTIAL", value),
        Name::EmailOtp => ("EMAIL_OTP_CODE", &*compact),
        Name::SmsOtp => ("SMS_OTP_CODE", &*compact),
        Name::SmsMfa => ("SMS_MFA_CODE", &*compact),
        Name::SoftwareTokenMfa => ("SOFTWARE_TOKEN_MFA_CODE", &*compact),
        _ => ("ANSWER", value),
    };
    give(front, challenge, &[response], field).await
}

async fn new_password(
    front: &Front<'_>,
    challenge: Challenge,
    password: &str,
    given: &Parameters,
) -> Outcome {
    let names = missing_attributes(&challenge);
    let members: Vec<String> = names.iter().map(|name| format!("userAttributes.{name}")).collect();
    let mut responses = vec![("NEW_PASSWORD", password)];
    for (name, member) in names.iter().zip(&members) {
        responses.extend(given.get(name).map(|value| (member.as_str(), value)));
    }
    give(front, challenge, &responses, "password").await
}

/// A second factor is set up: chosen, or proven.
async fn set_up(front: &Front<'_>, challenge: Challenge, given: &Parameters) -> Outcome {
    let names = choices(&challenge);
    if challenge.key.is_some() {
        let Some(code) = given.get("code") else {
            return again(front, &challenge, "code", Problem::Required).await;
        };
        return verify(front, challenge, code).await;
    }
    if let Some(email) = given.get("email") {
        return give(front, challenge, &[("EMAIL", email)], "email").await;
    }
    match given.get("factor").filter(|factor| names.iter().any(|name| name == factor)) {
        Some(factor) if factor == Factor::SoftwareTokenMfa.api_name() => {
            let challenge = match challenge::associate(front, challenge).await {
                Ok(challenge) => challenge,
                Err(fault) => return failed(front, None, fault, "").await,
            };
            challenge::page(front, &challenge, &[], None, StatusCode::OK).await
        }
        Some(factor) => {
            let mut challenge = challenge;
            let only = serde_json::to_string(&[factor]).map_err(Fault::internal)?;
            challenge.parameters.insert("MFAS_CAN_SETUP".to_owned(), only);
            challenge::page(front, &challenge, &[], None, StatusCode::OK).await
        }
        None => again(front, &challenge, "", Problem::Required).await,
    }
}

/// The first code of a software token.
async fn verify(front: &Front<'_>, challenge: Challenge, code: &str) -> Outcome {
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let cx = &front.visit.cx;
    let verified = cx.repeat(|| signin::verify_software_token(cx, &challenge.session, &code, None)).await;
    match verified {
        Ok(session) => {
            let challenge = Challenge { session: session.into_string(), key: None, ..challenge };
            give(front, challenge, &[], "code").await
        }
        Err(fault) => failed(front, Some(&challenge), fault, "code").await,
    }
}

/// Gives the answer, and follows where it leads.
pub(super) async fn give(
    front: &Front<'_>,
    challenge: Challenge,
    responses: &[(&str, &str)],
    field: &'static str,
) -> Outcome {
    match respond(front, &challenge, responses).await {
        Ok(SignInStep::Challenge { name, session, parameters, available }) => {
            let given = challenge::Given { name, session, parameters, available };
            Box::pin(challenge::meet(front, &challenge.username, challenge.began_at, given)).await
        }
        Ok(step) => follow(front, &challenge.username, step).await,
        Err(fault) => failed(front, Some(&challenge), fault, field).await,
    }
}

async fn respond(
    front: &Front<'_>,
    challenge: &Challenge,
    responses: &[(&str, &str)],
) -> Result<SignInStep, Fault> {
    let responses = responses.iter().copied().chain([("USERNAME", challenge.username.as_str())]);
    let answer = Answer {
        pool_id: Some(front.visit.place.pool_id.clone()),
        client_id: front.client_id().clone(),
        challenge: Name::from(&*challenge.name),
        session: Some(Sensitive::from(challenge.session.clone())),
        responses: responses.map(|(name, value)| (name.to_owned(), value.into())).collect(),
    };
    let cx = &front.visit.cx;
    cx.repeat(|| signin::respond(cx, answer.clone())).await
}

/// The page again with what was wrong, or the way back.
async fn failed(
    front: &Front<'_>,
    challenge: Option<&Challenge>,
    fault: Fault,
    field: &'static str,
) -> Outcome {
    if let Some(back) = step_up::unmet(front, &fault) {
        return Ok(back);
    }
    match (judge(&fault, field), challenge) {
        (Verdict::Failed, _) => Err(fault.into()),
        // A wrong answer to the pool's functions ends the sign-in.
        (Verdict::Again(..), Some(challenge)) if Name::from(&*challenge.name) == Name::CustomChallenge => {
            let problems = [("", Problem::WrongAnswer)];
            super::login::first_page(front, &challenge.username, &problems, StatusCode::OK).await
        }
        (Verdict::Again(field, problem), Some(challenge)) => again(front, challenge, field, problem).await,
        _ => Ok(front.expired()),
    }
}

async fn again(
    front: &Front<'_>,
    challenge: &Challenge,
    field: &'static str,
    problem: Problem<'_>,
) -> Outcome {
    challenge::page(front, challenge, &[(field, problem)], None, StatusCode::OK).await
}
