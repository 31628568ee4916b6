//! USER_AUTH: the user chooses the first factor (docs/cognito/authentication.md §10).

use std::sync::Arc;

use poolhouse_kernel::Fault;

use crate::Cx;
use crate::model::{Client, Pool};
use crate::signin::account::Account;
use crate::signin::applicant::Applicant;
use crate::signin::challenges::select_challenge;
use crate::signin::first::Choice;
use crate::signin::parameters::Parameters;
use crate::signin::target::Target;
use crate::signin::{Step, confirmed, step_up};
use crate::tokens::groups;
use crate::triggers::authentication;

/// Begins with the preferred challenge if it is open to the user, else lets them choose; the session of a
/// ConfirmSignUp signs in at once.
pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    session: Option<&str>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let username = parameters.required("USERNAME")?;
    parameters.proof().check(&client, &[username])?;
    let confirmed = session.map(|session| confirmed::open(cx, &pool, &client, session)).transpose()?;

    let mut tx = cx.read().await?;
    let account = Account::find(cx, &mut tx, &pool, &client, username).await?;
    if let Some(session) = &confirmed {
        session.redeemed(&pool).check_unspent(&mut tx, &pool).await?;
    }
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);

    let target = Target::of(cx, &pool, parameters)?;
    let target = step_up::credit(cx, &client, target, parameters, account.user()).await?;
    if let (Some(target), Some(user)) = (&target, account.user())
        && step_up::suffices(&pool, user, target)
    {
        authentication::run_pre_authentication(cx, &pool, &client, username, Some(user)).await?;
        let (user, target) = (user.clone(), target.clone());
        let attempt = step_up::attempt(cx, pool, client, username.to_owned(), user, target).await?;
        return attempt.proceed(cx).await;
    }
    let applicant = Applicant::new(cx, pool, client, username.to_owned(), account, groups, target).await?;
    let applicant = applicant.naming_device(parameters);
    let by_confirmation = match &confirmed {
        Some(session) => confirmed::choice(session, &applicant)?,
        None => None,
    };
    let preferred = parameters.get("PREFERRED_CHALLENGE").and_then(Choice::named);
    let preferred = preferred.filter(|choice| applicant.eligible.contains(choice));
    if let (None, Some(choice)) = (by_confirmation, preferred) {
        applicant.check_lock(cx, choice).await?;
    }
    let Applicant { pool, client, account, .. } = &applicant;
    authentication::run_pre_authentication(cx, pool, client, username, account.user()).await?;
    if let (Some(session), Some(choice)) = (confirmed, by_confirmation) {
        return confirmed::sign_in(cx, applicant, session, choice).await;
    }
    match preferred {
        Some(choice) => applicant.begin(cx, choice, parameters).await,
        // A word that means nothing here is no error (authentication §10, observed).
        None => select_challenge::offer(cx, applicant).await,
    }
}
