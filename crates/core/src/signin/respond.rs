//! The answer to a challenge (docs/cognito/authentication.md §11).

use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::ChallengeNameType;

use super::challenges::{self, custom, device, password_verifier};
use super::counted::counted;
use super::goal::Goal;
use super::parameters::Parameters;
use super::turn::Opened;
use super::{Answer, Step, admit, session};
use crate::Cx;
use crate::threat::gate;

/// Takes an answer.
///
/// # Errors
/// Those of the challenge; `NotAuthorizedException` for a challenge that was not given.
pub async fn respond(cx: &Cx, answer: Answer) -> Result<Step, Fault> {
    counted(cx, take(cx, answer)).await
}

async fn take(cx: &Cx, answer: Answer) -> Result<Step, Fault> {
    let (pool, client) = admit(cx, answer.pool_id.as_ref(), &answer.client_id).await?;
    let session = answer.session.as_ref().map(Sensitive::as_str);
    let responses = Parameters::of(Goal::of(cx), answer.responses);
    gate::check(cx, &pool, &client, responses.get("USERNAME")).await?;
    // All but the answer that most give is put on the heap, so that this one takes no room for it.
    match &answer.challenge {
        // Their blocks come from the API.
        ChallengeNameType::PasswordVerifier
        | ChallengeNameType::DeviceSrpAuth
        | ChallengeNameType::DevicePasswordVerifier
            if Goal::of(cx) == Goal::Login =>
        {
            Err(session::invalid())
        }
        ChallengeNameType::PasswordVerifier => {
            password_verifier::respond(cx, pool, client, session, &responses).await
        }
        // Some clients send no session with these two (authentication §1.2, observed).
        ChallengeNameType::DeviceSrpAuth => {
            Box::pin(device::start(cx, pool, client, session, &responses)).await
        }
        ChallengeNameType::DevicePasswordVerifier => {
            Box::pin(device::answer(cx, pool, client, session, &responses)).await
        }
        ChallengeNameType::CustomChallenge => {
            Box::pin(custom::respond(cx, pool, client, session, &responses)).await
        }
        // A name of the past, refused by the model's text (authentication §11; our words).
        ChallengeNameType::AdminNoSrpAuth => Err(Fault::invalid_parameter("Invalid challenge name")),
        challenge => {
            let opened = Opened::open(cx, pool, client, session, challenge, &responses).await?;
            Box::pin(challenges::answer(cx, challenge, opened, &responses)).await
        }
    }
}
