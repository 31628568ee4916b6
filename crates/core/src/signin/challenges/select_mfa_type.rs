//! SELECT_MFA_TYPE: the user has several second factors and prefers none
//! (docs/cognito/authentication.md §11).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::ChallengeNameType;

use super::{Offer, list};
use crate::Cx;
use crate::model::factors::Factor;
use crate::signin::attempt::Attempt;
use crate::signin::next::Next;
use crate::signin::parameters::Parameters;
use crate::signin::turn::Turn;
use crate::signin::{Step, session};

pub(super) fn offer(cx: &Cx, attempt: &Attempt, factors: &[Factor]) -> Result<Offer, Fault> {
    let parameters = [("MFAS_CAN_CHOOSE", list(factors)?)];
    Ok(Offer::new(cx, attempt, ChallengeNameType::SelectMfaType, parameters))
}

/// Takes the choice, which must be one as things are now.
pub(super) async fn answer(cx: &Cx, turn: Turn, responses: &Parameters) -> Result<Step, Fault> {
    let chosen = responses.required("ANSWER")?;
    let Next::SelectMfaType(factors) = turn.next() else { return Err(session::invalid()) };
    let factor = factors.into_iter().find(|factor| factor.as_str() == chosen);
    // authentication §11, open
    let factor = factor.ok_or_else(|| Fault::invalid_parameter("Invalid MFA type selected."))?;
    turn.accept().challenge(cx, Next::Second(factor)).await
}
