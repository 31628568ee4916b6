//! The challenges: one file each, with what is offered and how an answer is taken.

pub(super) mod code;
pub(super) mod custom;
pub(super) mod device;
pub(super) mod first_code;
mod mfa_setup;
mod new_password;
pub(super) mod password;
pub(super) mod password_verifier;
pub(super) mod select_challenge;
mod select_mfa_type;
mod software_token;
mod srp;
pub(super) mod web_authn;

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::ChallengeNameType;

use super::Step;
use super::applicant::Applicant;
use super::attempt::Attempt;
use super::first::Choice;
use super::next::Next;
use super::parameters::Parameters;
use super::session::{self, Session};
use super::target;
use super::turn::{Opened, Turn};
use crate::Cx;
use crate::messages::Outgoing;
use crate::model::factors::Factor;
use crate::threat::assessment;
use crate::users::mfa::cannot_turn_on;

pub use mfa_setup::{associate, verify};

/// A challenge that is ready to be given.
pub(super) struct Offer {
    pub(super) name: ChallengeNameType,
    pub(super) session: Session,
    pub(super) parameters: Vec<(&'static str, String)>,
    /// The message that carries its code.
    pub(super) message: Option<Outgoing>,
    /// What is kept with the device until it proves itself, sealed.
    pub(super) waiting: Option<Vec<u8>>,
}

impl Offer {
    /// A challenge of the second half of a sign-in, which names the user (authentication §11).
    fn new(
        cx: &Cx,
        attempt: &Attempt,
        name: ChallengeNameType,
        parameters: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let user_id = ("USER_ID_FOR_SRP", attempt.user().row.username.to_string());
        Self {
            session: Session::new(cx, attempt, &name),
            parameters: [user_id].into_iter().chain(parameters).collect(),
            name,
            message: None,
            waiting: None,
        }
    }
}

/// The challenge `next`.
pub(super) fn offer(cx: &Cx, attempt: &Attempt, next: Next) -> Result<Offer, Fault> {
    match next {
        Next::NewPassword => new_password::offer(cx, attempt),
        Next::Second(Factor::Sms) => code::offer(cx, attempt, Medium::Sms),
        Next::Second(Factor::Email) => code::offer(cx, attempt, Medium::Email),
        Next::Second(Factor::SoftwareToken) => software_token::offer(cx, attempt),
        Next::SelectMfaType(factors) => select_mfa_type::offer(cx, attempt, &factors),
        Next::MfaSetup(factors) => mfa_setup::offer(cx, attempt, &factors),
        // Authentication §9.1, open.
        Next::NoMeans => Err(cannot_turn_on(Factor::Sms.as_str())),
        Next::Unmet => Err(target::unmet()),
        Next::Refused => Err(assessment::refused()),
        Next::Device => device::offer(cx, attempt),
        Next::Tokens => Err(Fault::internal("tokens are no challenge")),
    }
}

/// Takes the answer to a challenge that came with a session.
pub(super) async fn answer(
    cx: &Cx,
    challenge: &ChallengeNameType,
    opened: Opened,
    responses: &Parameters,
) -> Result<Step, Fault> {
    if opened.session.progress.is_none() {
        return Box::pin(answer_first(cx, challenge, opened, responses)).await;
    }
    let turn = Turn::of(cx, opened, responses).await?;
    // The session is not used up by it (new-operations §15.5, open).
    match challenge {
        ChallengeNameType::NewPasswordRequired | ChallengeNameType::MfaSetup => {
            turn.pool.check_users_may_change(cx.now)?;
        }
        // That a code was used is kept with the user, and nothing else of them is changed.
        ChallengeNameType::SoftwareTokenMfa => turn.pool.check_not_paused(cx.now)?,
        _ => {}
    }
    match challenge {
        ChallengeNameType::NewPasswordRequired => new_password::answer(cx, turn, responses).await,
        ChallengeNameType::SmsMfa => code::answer(cx, turn, Medium::Sms, responses).await,
        ChallengeNameType::EmailOtp => code::answer(cx, turn, Medium::Email, responses).await,
        ChallengeNameType::SoftwareTokenMfa => software_token::answer(cx, turn, responses).await,
        ChallengeNameType::SelectMfaType => select_mfa_type::answer(cx, turn, responses).await,
        ChallengeNameType::MfaSetup => mfa_setup::answer(cx, turn, responses).await,
        // Never given, so no session can be for it.
        _ => Err(session::invalid()),
    }
}

/// Takes the answer to a challenge of the first factor.
async fn answer_first(
    cx: &Cx,
    challenge: &ChallengeNameType,
    opened: Opened,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let (applicant, session) = Applicant::of(cx, opened, responses).await?;
    match Choice::named(challenge.as_str()) {
        Some(choice @ (Choice::Password | Choice::PasswordSrp)) => {
            password::answer(cx, applicant, choice, responses).await
        }
        Some(choice @ (Choice::EmailOtp | Choice::SmsOtp)) => {
            first_code::answer(cx, applicant, session, choice, responses).await
        }
        Some(Choice::WebAuthn) => web_authn::answer(cx, applicant, session, responses).await,
        None if *challenge == ChallengeNameType::SelectChallenge => {
            select_challenge::answer(cx, applicant, responses).await
        }
        None => Err(session::invalid()),
    }
}

/// A list in a parameter: JSON as text (authentication §11.1).
fn list(factors: &[Factor]) -> Result<String, Fault> {
    let names: Vec<_> = factors.iter().map(|factor| factor.as_str()).collect();
    serde_json::to_string(&names).map_err(Fault::internal)
}
