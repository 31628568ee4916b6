//! SELECT_CHALLENGE: the user chooses the first factor (docs/cognito/authentication.md §10).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::ChallengeNameType;

use crate::Cx;
use crate::signin::Step;
use crate::signin::applicant::Applicant;
use crate::signin::first::Choice;
use crate::signin::parameters::Parameters;
use crate::signin::session::Data;

pub(in crate::signin) async fn offer(cx: &Cx, applicant: Applicant) -> Result<Step, Fault> {
    applicant.give(cx, &ChallengeNameType::SelectChallenge, Data::Nothing, Vec::new(), None).await
}

/// Takes the choice, and what finishes it if that came with it.
pub(super) async fn answer(cx: &Cx, applicant: Applicant, responses: &Parameters) -> Result<Step, Fault> {
    let chosen = Choice::named(responses.required("ANSWER")?);
    match chosen.filter(|choice| applicant.eligible.contains(choice)) {
        Some(choice) => applicant.begin(cx, choice, responses).await,
        // authentication §10, open
        None => Err(Fault::invalid_parameter("Invalid challenge selected.")),
    }
}
