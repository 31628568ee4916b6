//! WEB_AUTHN: a passkey as the chosen first factor (docs/cognito/authentication.md §13.4).

use poolhouse_kernel::Fault;

use crate::signin::Step;
use crate::signin::applicant::Applicant;
use crate::signin::first::Choice;
use crate::signin::next::FirstFactor;
use crate::signin::parameters::Parameters;
use crate::signin::session::{self, Data, Session};
use crate::{Cx, faults, passkeys};

/// Asks for a proof; of somebody who does not exist, too.
pub(in crate::signin) async fn offer(cx: &Cx, applicant: Applicant) -> Result<Step, Fault> {
    let request = passkeys::request(cx, &applicant.pool, &applicant.account.sub).await?;
    let parameters = vec![("CREDENTIAL_REQUEST_OPTIONS", request.options)];
    let data = Data::Passkey(request.challenge);
    applicant.give(cx, &Choice::WebAuthn.challenge(), data, parameters, None).await
}

/// Takes the proof. Whatever is wrong with it, the answer is the same (open).
pub(super) async fn answer(
    cx: &Cx,
    applicant: Applicant,
    session: Session,
    responses: &Parameters,
) -> Result<Step, Fault> {
    // The choice itself, without a proof: there was no challenge yet (authentication §10, model).
    let Data::Passkey(challenge) = &session.data else {
        if applicant.eligible.contains(&Choice::WebAuthn) {
            return offer(cx, applicant).await;
        }
        return Err(session::invalid());
    };
    prove(cx, applicant, challenge, responses.required("CREDENTIAL")?).await
}

/// Goes on with a passkey that signs the challenge.
pub(in crate::signin) async fn prove(
    cx: &Cx,
    applicant: Applicant,
    challenge: &str,
    credential: &str,
) -> Result<Step, Fault> {
    // Nothing can be guessed here, but to look costs: one at a time.
    let place = applicant.place(cx, Choice::WebAuthn.guess()).await?;
    let used = match applicant.user() {
        Some(user) if applicant.eligible.contains(&Choice::WebAuthn) => {
            passkeys::prove(cx, &applicant.pool, user, challenge, credential).await?
        }
        _ => None,
    };
    let wrong = faults::incorrect_username_or_password();
    let mut attempt = applicant.prove(cx, FirstFactor::WebAuthn, place, used.is_some(), wrong).await?;
    attempt.passkey = used;
    attempt.proceed(cx).await
}
