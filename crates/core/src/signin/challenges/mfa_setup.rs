//! MFA_SETUP: the pool demands a second factor and the user has none (docs/cognito/authentication.md §11.4).
//!
//! ```text
//! software token   AssociateSoftwareToken(Session) ─► VerifySoftwareToken(Session) ─► answer without more
//! e-mail           answer with EMAIL ─► EMAIL_OTP
//! ```
//!
//! Each of the two operations uses the session up and gives the next one.

use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::Medium;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{ChallengeNameType, EventResponseType};

use super::{Offer, code, list};
use crate::Cx;
use crate::messages::Address;
use crate::model::factors::Factor;
use crate::model::guess::Guess;
use crate::signin::Step;
use crate::signin::attempt::{Attempt, UserChange};
use crate::signin::next::Next;
use crate::signin::parameters::Parameters;
use crate::signin::session::{self, Data, Session};
use crate::signin::turn::Turn;
use crate::users::attributes::Author;
use crate::users::{change, software_token};

const CHALLENGE: ChallengeNameType = ChallengeNameType::MfaSetup;

pub(super) fn offer(cx: &Cx, attempt: &Attempt, factors: &[Factor]) -> Result<Offer, Fault> {
    Ok(Offer::new(cx, attempt, CHALLENGE, [("MFAS_CAN_SETUP", list(factors)?)]))
}

/// Goes on once a factor is set up, or sends a code to an address that is to be one.
pub(super) async fn answer(cx: &Cx, turn: Turn, responses: &Parameters) -> Result<Step, Fault> {
    if turn.progress.second.is_some() {
        return turn.accept().proceed(cx).await;
    }
    let Next::MfaSetup(factors) = turn.next() else { return Err(session::invalid()) };
    // The guide writes it in lower case (authentication §11.4, documented).
    let email = responses.get("EMAIL").or_else(|| responses.get("email"));
    match email.filter(|_| factors.contains(&Factor::Email)) {
        Some(email) => set_up_email(cx, turn, email).await,
        // authentication §11.4, open
        None => Err(Fault::invalid_parameter("User has not verified software token mfa")),
    }
}

/// Sends the code. A user who has an address cannot bring in another one here: the password alone must not
/// open the way to a forgotten password's code.
async fn set_up_email(cx: &Cx, turn: Turn, email: &str) -> Result<Step, Fault> {
    let given = [("email".to_owned(), email.to_owned())].into();
    change::plan_at_sign_in(&turn.pool, &turn.user.attributes, &given, Author::User(&turn.client))?;
    if turn.user.attributes.get("email").is_some_and(|own| own != email) {
        let text = "EMAIL must be the email address that the user has.";
        return Err(Fault::invalid_parameter(text).of_kind(Kind::Email));
    }
    let address = Address::new(Medium::Email, email);
    let attempt = turn.accept();
    let offer = code::offer_to_new(cx, &attempt, &address);
    attempt.give(cx, Ok(offer)).await
}

/// AssociateSoftwareToken by session: the secret for the app, and the session for its first code.
///
/// # Errors
/// `NotAuthorizedException`, `SoftwareTokenMFANotFoundException`.
pub async fn associate(cx: &Cx, session: &str) -> Result<(String, Sensitive), Fault> {
    let turn = open(cx, session).await?;
    let (sealed, text) = software_token::draw(cx, &turn.pool, &turn.user.row.sub);
    let attempt = turn.accept();
    let mut session = Session::new(cx, &attempt, &CHALLENGE);
    session.data = Data::SoftwareToken(sealed);
    attempt.record_step(cx, None, EventResponseType::InProgress).await?;
    Ok((text, session.seal(cx, &attempt.pool)?))
}

/// VerifySoftwareToken by session: registers the token, which stays registered whether MFA_SETUP is answered
/// or not (authentication §11.4, recorded); gives the session to answer with.
///
/// # Errors
/// `NotAuthorizedException`, `SoftwareTokenMFANotFoundException`, `InvalidParameterException`,
/// `EnableSoftwareTokenMFAException`.
pub async fn verify(cx: &Cx, session: &str, code: &str, name: Option<&str>) -> Result<Sensitive, Fault> {
    let turn = open(cx, session).await?;
    let Data::SoftwareToken(sealed) = &turn.session.data else {
        return Err(software_token::not_associated());
    };
    let place = turn.place(cx, Guess::NewToken).await?;
    let token = software_token::register(cx, &turn.pool, &turn.user.row.sub, sealed, code, name)?;
    let Some(token) = token else {
        return turn.wrong(cx, place, software_token::code_mismatch()).await;
    };
    place.right().await?;
    let mut attempt = turn.accept();
    let mut user = attempt.stored.clone();
    user.set_software_token(token);
    attempt.change = Some(UserChange::Record { user, withdrawn: Vec::new(), disowned: false });
    attempt.has_second(cx, Factor::SoftwareToken)?;
    let session = Session::new(cx, &attempt, &CHALLENGE);
    attempt.record_step(cx, None, EventResponseType::InProgress).await?;
    session.seal(cx, &attempt.pool)
}

/// A session that may still set a token up: with the password alone nobody replaces one that was registered
/// since.
async fn open(cx: &Cx, session: &str) -> Result<Turn, Fault> {
    let turn = Turn::by_session(cx, session, &CHALLENGE).await?;
    software_token::check_offered(&turn.pool)?;
    match turn.next() {
        Next::MfaSetup(_) => Ok(turn),
        _ => Err(session::invalid()),
    }
}
