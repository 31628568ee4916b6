//! SMS_MFA and EMAIL_OTP: a code that is sent, as the second factor (docs/cognito/authentication.md §11).
//!
//! The session holds a keyed hash over the code and the address that it went to; nothing is stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{ChallengeNameType, CodeDeliveryDetailsType};

use super::Offer;
use crate::Cx;
use crate::messages::{self, About, Address};
use crate::model::attributes::{is_true, verified_flag};
use crate::model::factors::Factor;
use crate::model::guess::Guess;
use crate::model::{Pool, User};
use crate::signin::Step;
use crate::signin::attempt::{Attempt, UserChange};
use crate::signin::parameters::Parameters;
use crate::signin::session::{self, Data, SentCode, Session};
use crate::signin::turn::Turn;
use crate::users::attributes::Author;
use crate::users::change;

/// How many digits a code has (authentication §11.5; for e-mail open).
const DIGITS: usize = 6;

impl SentCode {
    /// Whether the code is the one that was sent to this address.
    pub(super) fn is(&self, pool: &Pool, session: &Session, address: &Address, code: &str) -> bool {
        let hash = hash(pool, session, address, code);
        poolhouse_crypto::digest::equal(hash.as_bytes(), self.hash.as_bytes())
    }
}

/// A code sent to the user's address.
pub(super) fn offer(cx: &Cx, attempt: &Attempt, medium: Medium) -> Result<Offer, Fault> {
    let address = Address::of(attempt.user(), medium).ok_or_else(session::invalid)?;
    Ok(send(cx, attempt, &address, None))
}

/// A code sent to an address that becomes the user's with the right answer.
pub(super) fn offer_to_new(cx: &Cx, attempt: &Attempt, address: &Address) -> Offer {
    send(cx, attempt, address, Some(address.value.clone()))
}

fn send(cx: &Cx, attempt: &Attempt, address: &Address, new_address: Option<String>) -> Offer {
    let code = cx.entropy().digits(DIGITS);
    let mut offer = Offer::new(cx, attempt, challenge(address.medium), delivery(address.details()));
    let hash = hash(&attempt.pool, &offer.session, address, &code);
    offer.session.data = Data::Code(SentCode { hash, new_address });
    let expires_at = offer.session.expires_at();
    let about = About { pool: &attempt.pool, user: attempt.user(), address, code: &code, expires_at };
    offer.message = Some(messages::authentication(cx, &about));
    offer
}

const fn challenge(medium: Medium) -> ChallengeNameType {
    match medium {
        Medium::Sms => ChallengeNameType::SmsMfa,
        Medium::Email => ChallengeNameType::EmailOtp,
    }
}

pub(super) fn delivery(details: CodeDeliveryDetailsType) -> [(&'static str, String); 2] {
    let medium = details.delivery_medium.map(|medium| medium.to_string());
    [
        ("CODE_DELIVERY_DELIVERY_MEDIUM", medium.unwrap_or_default()),
        ("CODE_DELIVERY_DESTINATION", details.destination.unwrap_or_default()),
    ]
}

/// Takes the code. The address that it went to is verified by it (authentication §9.1, documented).
pub(super) async fn answer(
    cx: &Cx,
    turn: Turn,
    medium: Medium,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let given = responses.required(match medium {
        Medium::Sms => "SMS_MFA_CODE",
        Medium::Email => "EMAIL_OTP_CODE",
    })?;
    let Data::Code(sent) = &turn.session.data else { return Err(session::invalid()) };
    let new_address = sent.new_address.clone();
    let address = match &new_address {
        Some(address) => Some(Address::new(medium, address)),
        None => Address::of(&turn.user, medium),
    };
    let place = turn.place(cx, Guess::SecondCode).await?;
    let right = address.filter(|address| sent.is(&turn.pool, &turn.session, address, given));
    let Some(address) = right else {
        return turn.wrong(cx, place, mismatch()).await;
    };
    place.right().await?;
    let mut attempt = turn.accept();
    attempt.change = verify(cx, &attempt, &address, new_address.is_some())?;
    attempt.has_second(cx, Factor::of(medium))?;
    attempt.proceed(cx).await
}

/// What a right code changes: the address is verified, a new one is the user's.
fn verify(cx: &Cx, attempt: &Attempt, address: &Address, is_new: bool) -> Result<Option<UserChange>, Fault> {
    let mut user: User = attempt.stored.clone();
    let mut withdrawn = Vec::new();
    if is_new {
        let given = [(address.attribute().to_owned(), address.value.clone())].into();
        let author = Author::User(&attempt.client);
        let planned = change::plan_at_sign_in(&attempt.pool, &user.attributes, &given, author)?;
        user.set_attributes(planned.attributes);
        withdrawn.extend(planned.settled.into_iter().map(crate::codes::Purpose::Verify));
    }
    let Some(flag) = verified_flag(address.attribute()) else { return Ok(None) };
    // What a recovery holds still is verified by a later code.
    if is_true(&user.attributes, flag) || (!is_new && attempt.pool.keeps_users(cx.now)) {
        return Ok(None);
    }
    user.attributes.insert(flag.to_owned(), "true".to_owned());
    Ok(Some(UserChange::Record { user, withdrawn, disowned: false }))
}

/// A wrong code (authentication §11, observed).
pub(super) fn mismatch() -> Fault {
    Fault::new(ErrorCode::CodeMismatchException, "Invalid code or auth state for the user.")
}

/// The hash is good for one session and one address: when the user's address changes, the code is void.
pub(super) fn hash(pool: &Pool, session: &Session, address: &Address, code: &str) -> String {
    let purpose = format!("sign_in_code/{}/{}/{}", session.id, address.attribute(), address.value);
    STANDARD_NO_PAD.encode(pool.keys.hash(&purpose, code))
}
