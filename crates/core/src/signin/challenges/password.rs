//! PASSWORD and PASSWORD_SRP: a password as the chosen first factor (docs/cognito/authentication.md §10).

use poolhouse_kernel::Fault;

use crate::model::Pool;
use crate::model::guess::Guess;
use crate::signin::account::Account;
use crate::signin::applicant::Applicant;
use crate::signin::attempt::Attempt;
use crate::signin::first::Choice;
use crate::signin::next::FirstFactor;
use crate::signin::parameters::Parameters;
use crate::signin::{Step, session};
use crate::threat::compromised;
use crate::users::imported_hash;
use crate::{Cx, faults};

/// Takes the password, or SRP_A. Either may answer SELECT_CHALLENGE directly (authentication §10, model).
pub(super) async fn answer(
    cx: &Cx,
    applicant: Applicant,
    choice: Choice,
    responses: &Parameters,
) -> Result<Step, Fault> {
    responses.required(if choice == Choice::PasswordSrp { "SRP_A" } else { "PASSWORD" })?;
    if !applicant.eligible.contains(&choice) {
        return Err(session::invalid());
    }
    applicant.begin(cx, choice, responses).await
}

/// Goes on with the right password.
pub(in crate::signin) async fn prove(cx: &Cx, applicant: Applicant, password: &str) -> Result<Step, Fault> {
    let mut tx = cx.read().await?;
    applicant.account.check(cx, &mut tx, &applicant.pool, Guess::Password).await?;
    drop(tx);
    let place = applicant.place(cx, Guess::Password).await?;
    let proven = matches(cx, &applicant.pool, &applicant.account, password).await?;
    let wrong = faults::incorrect_username_or_password();
    let mut attempt = applicant.prove(cx, FirstFactor::Password, place, proven, wrong).await?;
    attempt.stored = imported_hash::replace(cx, &attempt.pool, attempt.stored, password).await?;
    let Attempt { pool, client, stored, .. } = &attempt;
    attempt.compromised = compromised::check_sign_in(cx, pool, client, stored, password).await?;
    attempt.proceed(cx).await
}

/// Whether the password is the account's; it is looked at for a stand-in, too.
pub(in crate::signin) async fn matches(
    cx: &Cx,
    pool: &Pool,
    account: &Account,
    password: &str,
) -> Result<bool, Fault> {
    if let Some(user) = account.user()
        && let Some(matches) = imported_hash::matches(cx, pool, user, password).await?
    {
        return Ok(matches);
    }
    let (verifier, identity) = (account.verifier.clone(), account.identity(pool));
    let password = password.to_owned();
    cx.traced_crypto("password", move || verifier.password_matches(&identity, &password)).await
}
