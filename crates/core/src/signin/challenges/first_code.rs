//! EMAIL_OTP and SMS_OTP: a code that is sent, as the first factor (docs/cognito/authentication.md §10, §11).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::UserStatusType;

use super::code;
use crate::Cx;
use crate::codes::Purpose;
use crate::messages::{self, About, Address, Pretended};
use crate::model::attributes::{is_true, verified_flag};
use crate::signin::Step;
use crate::signin::applicant::Applicant;
use crate::signin::attempt::{Attempt, UserChange};
use crate::signin::first::Choice;
use crate::signin::next::FirstFactor;
use crate::signin::parameters::Parameters;
use crate::signin::session::{self, Data, SentCode, Session};
use crate::users::disown;

/// How many digits a code has (authentication §11.5, observed; for SMS open).
const DIGITS: usize = 8;

/// Sends the code. For a user who does not exist nothing is sent, and the answer looks alike.
pub(in crate::signin) async fn offer(
    cx: &Cx,
    mut applicant: Applicant,
    choice: Choice,
) -> Result<Step, Fault> {
    applicant.check_lock(cx, choice).await?;
    applicant.sends_code = true;
    let medium = medium(choice);
    let mut session = applicant.session(cx, &choice.challenge());
    let code = cx.entropy().digits(DIGITS);
    let Some(user) = applicant.user() else {
        let hash = STANDARD_NO_PAD.encode(cx.entropy().bytes::<32>());
        session.data = Data::Code(SentCode { hash, new_address: None });
        let pretended = Pretended::new(&applicant.pool, &applicant.name, &[medium]);
        let parameters = code::delivery(pretended.details()).into();
        applicant.pretended = Some(pretended);
        return applicant.give_session(cx, session, parameters, None).await;
    };
    let address = Address::of(user, medium).ok_or_else(session::invalid)?;
    let hash = code::hash(&applicant.pool, &session, &address, &code);
    session.data = Data::Code(SentCode { hash, new_address: None });
    let expires_at = session.expires_at();
    let about = About { pool: &applicant.pool, user, address: &address, code: &code, expires_at };
    let message = messages::authentication(cx, &about);
    let parameters = code::delivery(address.details()).into();
    applicant.give_session(cx, session, parameters, Some(message)).await
}

/// Takes the code.
pub(super) async fn answer(
    cx: &Cx,
    applicant: Applicant,
    session: Session,
    choice: Choice,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let medium = medium(choice);
    let given = responses.required(match medium {
        Medium::Email => "EMAIL_OTP_CODE",
        Medium::Sms => "SMS_OTP_CODE",
    })?;
    let Data::Code(sent) = &session.data else { return Err(session::invalid()) };
    if !applicant.eligible.contains(&choice) {
        return Err(session::invalid());
    }
    let address = applicant.user().and_then(|user| Address::of(user, medium));
    let place = applicant.place(cx, choice.guess()).await?;
    let right = address.is_some_and(|address| sent.is(&applicant.pool, &session, &address, given));
    let first = FirstFactor::code(medium);
    let mut attempt = applicant.prove(cx, first, place, right, code::mismatch()).await?;
    attempt.change = settle(cx, &attempt, medium);
    attempt.proceed(cx).await
}

/// A code that was answered verifies its address and confirms the user (authentication §10, documented). Who signed up
/// with the address may have been another: the password that they chose was not proven here.
fn settle(cx: &Cx, attempt: &Attempt, medium: Medium) -> Option<UserChange> {
    let flag = verified_flag(messages::attribute_of(medium))?;
    let mut user = attempt.stored.clone();
    // What a recovery holds still is verified by a later code.
    let is_settled = is_true(&user.attributes, flag) || attempt.pool.keeps_users(cx.now);
    if user.status == UserStatusType::Confirmed && is_settled {
        return None;
    }
    let disowned = user.status == UserStatusType::Unconfirmed;
    if disowned {
        disown::forget(&mut user);
    }
    user.status = UserStatusType::Confirmed;
    user.attributes.insert(flag.to_owned(), "true".to_owned());
    Some(UserChange::Record { user, withdrawn: vec![Purpose::SignUp], disowned })
}

const fn medium(choice: Choice) -> Medium {
    match choice {
        Choice::SmsOtp => Medium::Sms,
        _ => Medium::Email,
    }
}
