//! Signing in right after a sign-up: the code that confirmed the address was as good as one to sign in with
//! (docs/cognito/authentication.md §10).
//!
//! ```text
//! SignUp ─► Session ─► ConfirmSignUp ─► Session ─► InitiateAuth(USER_AUTH) ─► tokens
//! ```
//!
//! The session of SignUp may be left out, as Amplify does: whoever has the code holds the address, by which they could
//! sign in as well. At a page, where AWS goes on in every pool, the session stands for the password of the sign-up where codes
//! are nothing to sign in with: it is in the form of the browser that chose it, and of no other.

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{AuthFactorType, ExplicitAuthFlowsType};

use super::Step;
use super::applicant::Applicant;
use super::first::Choice;
use super::goal::Goal;
use super::next::{FirstFactor, Progress};
use super::session::{self, Owner, Session};
use crate::Cx;
use crate::model::{Client, Pool, User};

/// The session of SignUp waits for this.
const SIGNED_UP: &str = "ConfirmSignUp";

/// For how long somebody may look for a message, in seconds.
const MESSAGE_SECONDS: i64 = 60 * 60;

/// The session of ConfirmSignUp waits for this.
const CONFIRMED: &str = "InitiateAuth";

/// The session that SignUp answers to clients which sign in by choice.
pub(crate) fn after_sign_up(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<Option<Sensitive>, Fault> {
    if !signs_in_by_choice(cx, client) {
        return Ok(None);
    }
    let mut session = session(cx, client, user, None, SIGNED_UP);
    if Goal::of(cx) == Goal::Login {
        // As long as people may look for the message.
        session.wait_until(cx.now.plus_seconds(MESSAGE_SECONDS));
    }
    session.seal(cx, pool).map(Some)
}

/// The session that ConfirmSignUp answers to clients which sign in by choice. One that was given, and is not that of
/// the user's SignUp or no longer good, leaves the confirmation as it is.
pub(crate) fn after_confirmation(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    given: Option<&str>,
    medium: Medium,
) -> Result<Option<Sensitive>, Fault> {
    let is_good = |given| {
        let signed_up = Session::open(cx, pool, client, Some(given), &SIGNED_UP.into());
        signed_up.is_ok_and(|session| session.fits(user))
    };
    if !signs_in_by_choice(cx, client) || !given.is_none_or(is_good) {
        return Ok(None);
    }
    let chose_password = Goal::of(cx) == Goal::Login && given.is_some() && user.row.verifier.is_some();
    let first = if chose_password && !allows_codes(pool, medium) {
        FirstFactor::Password
    } else {
        FirstFactor::code(medium)
    };
    let progress = Progress { first, ..Progress::PASSWORD };
    session(cx, client, user, Some(progress), CONFIRMED).seal(cx, pool).map(Some)
}

fn allows_codes(pool: &Pool, medium: Medium) -> bool {
    pool.allows_first_factor(&match medium {
        Medium::Email => AuthFactorType::EmailOtp,
        Medium::Sms => AuthFactorType::SmsOtp,
    })
}

/// Whether users may go on from a sign-up: at a page whoever may sign up may.
fn signs_in_by_choice(cx: &Cx, client: &Client) -> bool {
    Goal::of(cx) == Goal::Login || client.allows(&ExplicitAuthFlowsType::AllowUserAuth)
}

fn session(cx: &Cx, client: &Client, user: &User, progress: Option<Progress>, awaits: &str) -> Session {
    let User { row, .. } = user;
    let owner = Owner { sub: &row.sub, name: &row.username, password_version: row.password_version };
    Session::make(cx, client, owner, progress, &awaits.into())
}

/// Opens the session of a ConfirmSignUp.
pub(super) fn open(cx: &Cx, pool: &Pool, client: &Client, session: &str) -> Result<Session, Fault> {
    Session::open(cx, pool, client, Some(session), &CONFIRMED.into())
}

/// The factor that the confirmation stands for, if it is one that the user could sign in with now.
pub(super) fn choice(session: &Session, applicant: &Applicant) -> Result<Option<Choice>, Fault> {
    if !applicant.account.user().is_some_and(|user| session.fits(user)) {
        return Err(session::invalid());
    }
    let choice = match session.progress {
        Some(Progress { first: FirstFactor::EmailOtp, .. }) => Choice::EmailOtp,
        Some(Progress { first: FirstFactor::SmsOtp, .. }) => Choice::SmsOtp,
        Some(Progress { first: FirstFactor::Password, .. }) => Choice::Password,
        _ => return Err(session::invalid()),
    };
    Ok(Some(choice).filter(|choice| applicant.eligible.contains(choice)))
}

/// Signs in with the confirmation.
pub(super) async fn sign_in(
    cx: &Cx,
    applicant: Applicant,
    session: Session,
    choice: Choice,
) -> Result<Step, Fault> {
    let first = match choice {
        Choice::SmsOtp => FirstFactor::SmsOtp,
        Choice::Password => FirstFactor::Password,
        _ => FirstFactor::EmailOtp,
    };
    let user = applicant.account.user().cloned().ok_or_else(session::invalid)?;
    let mut attempt = applicant.begins(cx, first, user).await?;
    attempt.redeemed = Some(session.redeemed(&attempt.pool));
    attempt.proceed(cx).await
}
