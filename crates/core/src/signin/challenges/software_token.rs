//! SOFTWARE_TOKEN_MFA: a code of the user's app (docs/cognito/authentication.md §11, §11.6).

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::ChallengeNameType;

use super::Offer;
use crate::Cx;
use crate::model::factors::Factor;
use crate::model::guess::Guess;
use crate::signin::attempt::{Attempt, UserChange};
use crate::signin::parameters::Parameters;
use crate::signin::turn::Turn;
use crate::signin::{Step, session};
use crate::users::software_token::{self, Verdict};

/// What a token without a name is called (authentication §11.6, observed).
const UNNAMED: &str = "transparent";

pub(super) fn offer(cx: &Cx, attempt: &Attempt) -> Result<Offer, Fault> {
    let token = attempt.user().mfa.token.as_ref().ok_or_else(session::invalid)?;
    let name = token.name.clone().unwrap_or_else(|| UNNAMED.to_owned());
    let parameters = [("FRIENDLY_DEVICE_NAME", name)];
    Ok(Offer::new(cx, attempt, ChallengeNameType::SoftwareTokenMfa, parameters))
}

/// Takes the code. A token that an administrator removed in the meantime leaves the session void
/// (new-operations §5.1, open).
pub(super) async fn answer(cx: &Cx, turn: Turn, responses: &Parameters) -> Result<Step, Fault> {
    let code = responses.required("SOFTWARE_TOKEN_MFA_CODE")?;
    let token = turn.user.mfa.token.as_ref().ok_or_else(session::invalid)?;
    let place = turn.place(cx, Guess::SecondCode).await?;
    let token = match software_token::judge(cx, &turn.pool, &turn.user.row.sub, token, code)? {
        Verdict::Right(token) => token,
        Verdict::Used => return Err(used()),
        Verdict::Wrong => return turn.wrong(cx, place, mismatch()).await,
    };
    place.right().await?;
    let mut attempt = turn.accept();
    let mut user = attempt.stored.clone();
    user.mfa.token = Some(token);
    attempt.change = Some(UserChange::UsedCode(user));
    attempt.has_second(cx, Factor::SoftwareToken)?;
    attempt.proceed(cx).await
}

/// authentication §11, observed.
fn mismatch() -> Fault {
    Fault::new(ErrorCode::CodeMismatchException, "Invalid code received for user")
}

/// authentication §11.6, recorded.
fn used() -> Fault {
    Fault::new(ErrorCode::ExpiredCodeException, "Your software token has already been used once.")
}
