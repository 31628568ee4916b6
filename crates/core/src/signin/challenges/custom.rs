//! CUSTOM_AUTH and its challenge CUSTOM_CHALLENGE (docs/cognito/authentication.md §14): the pool's functions decide what
//! follows.
//!
//! ```text
//! CUSTOM_AUTH ─────────────────────────────────────────────► Define ◄──────────────────────────┐
//!      └─ with SRP_A ─► Define ─► PASSWORD_VERIFIER ─► second factor ─► Define                 │
//!                                                                │                             │
//!                                       ┌─ CUSTOM_CHALLENGE ─► Create ─► answer ─► Verify ─────┘
//!                                       ├─ tokens ─► a remembered device, then tokens
//!                                       └─ failure
//! ```
//!
//! A session of a custom challenge is used up before its answer is judged: who sends many answers at once must not
//! have many guesses. The first wrong answer of a sign-in counts as a wrong guess; how many more it may have, the functions
//! decide, who see them all. Who does not exist is led through the same steps where the client hides it, and never gets
//! tokens.

mod walk;

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::ChallengeNameType;

use super::password_verifier::Carried;
use super::{password_verifier, srp};
use crate::model::guess::Guess;
use crate::model::{Client, Pool};
use crate::signin::Step;
use crate::signin::account::Account;
use crate::signin::attempt::Attempt;
use crate::signin::next::{FirstFactor, Progress};
use crate::signin::parameters::Parameters;
use crate::signin::session::{self, CustomChallenge, Data, Session};
use crate::signin::target::Target;
use crate::tokens::groups;
use crate::triggers::challenges::{self, Answered, Decision};
use crate::triggers::{Verdict, authentication};
use crate::{Cx, devices, nobody};
use walk::Walk;

const CHALLENGE: ChallengeNameType = ChallengeNameType::CustomChallenge;

/// The entry that stands for SRP's first step.
const SRP_A: &str = "SRP_A";

/// Begins: with the functions, or with the password first.
pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let username = parameters.required("USERNAME")?;
    let srp_a = match parameters.get("CHALLENGE_NAME") {
        None | Some(challenges::CUSTOM_CHALLENGE) => None,
        Some(SRP_A) => Some(srp::srp_a(parameters)?),
        Some(_) => return Err(Fault::invalid_parameter("Invalid CHALLENGE_NAME.")),
    };
    parameters.proof().check(&client, &[username])?;

    let mut tx = cx.read().await?;
    let account = Account::find(cx, &mut tx, &pool, &client, username).await?;
    let guess = if srp_a.is_some() { Guess::Password } else { Guess::FirstAnswer };
    account.check(cx, &mut tx, &pool, guess).await?;
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);
    authentication::run_pre_authentication(cx, &pool, &client, username, account.user()).await?;

    let target = Target::of_page(cx, &pool, parameters)?;
    let device = devices::named(cx, &pool, &account.sub, parameters.get("DEVICE_KEY"), None).await?;
    let answered = srp_a.iter().map(|_| Answered::rightly(SRP_A)).collect();
    let stored = account.user_or_phantom(cx, &pool);
    let progress = Progress { first: FirstFactor::Custom, ..Progress::PASSWORD };
    let attempt = Attempt::new(pool, client, username.to_owned(), stored, groups, progress);
    let attempt = Attempt { device, custom: Some(answered), target, ..attempt };
    let (exists, counted) = (account.user().is_some(), account.counted.clone());
    let walk = Walk { attempt, exists, counted, ended: None };
    let decision = walk.define(cx).await?;
    match (decision, srp_a) {
        (Decision::Challenge(name), Some(srp_a)) if name == challenges::PASSWORD_VERIFIER => {
            let session = Session::new(cx, &walk.attempt, &ChallengeNameType::PasswordVerifier);
            let key = devices::worth_carrying(parameters.get("DEVICE_KEY"));
            let Attempt { pool, client, .. } = &walk.attempt;
            let carried = Carried { device_key: key, custom: Some(&session), target: None };
            let parameters =
                password_verifier::exchange(cx, pool, client, &account, username, srp_a, carried).await?;
            let (name, session) = (session.challenge(), Some(session.seal(cx, pool)?));
            Ok(Step::Challenge { name, session, parameters, available: Vec::new() })
        }
        (decision, srp_a) => {
            if srp_a.is_some() {
                walk.check_lock(cx).await?;
            }
            walk.follow(cx, decision).await
        }
    }
}

/// Goes on after the password, and after the second factor if there was one.
pub(in crate::signin) async fn after_password(cx: &Cx, mut attempt: Attempt) -> Result<Step, Fault> {
    if let (Some(answered), Some(second)) = (&mut attempt.custom, attempt.progress.second) {
        answered.push(Answered::rightly(second.as_str()));
    }
    let counted = attempt.user().row.sub.clone();
    let walk = Walk { attempt, exists: true, counted, ended: None };
    walk.check_lock(cx).await?;
    walk.lead(cx).await
}

/// What was answered when the password is proven that a custom sign-in began with.
pub(super) fn after_srp() -> Vec<Answered> {
    [SRP_A, challenges::PASSWORD_VERIFIER].map(Answered::rightly).into()
}

/// Takes the answer to a custom challenge.
///
/// The session is used up first. What follows is repeated by itself where the database asks for it: with the session
/// a right answer would be refused.
pub(in crate::signin) async fn respond(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Step, Fault> {
    responses.required("USERNAME")?;
    let answer = responses.required("ANSWER")?;
    let opened = Session::open(cx, &pool, &client, session, &CHALLENGE)?;
    let mut tx = cx.read().await?;
    opened.ended(&pool).check_unspent(&mut tx, &pool).await?;
    opened.redeemed(&pool).check_unspent(&mut tx, &pool).await?;
    drop(tx);
    let open = async || open(cx, &pool, &client, session, responses).await;
    let (walk, made) = open().await?;
    let Walk { attempt, exists, .. } = &walk;
    nobody::admit_named(cx, &pool, &attempt.name, exists.then_some(&attempt.stored))?;
    let verdict = walk.judge(cx, &opened.redeemed(&pool), &made, answer).await?;
    let is_right = matches!(verdict, Verdict::Right(()));
    match verdict {
        Verdict::Right(()) | Verdict::Wrong(None) => {
            cx.repeat(|| async { open().await?.0.go_on(cx, is_right, made.metadata.clone()).await }).await
        }
        Verdict::Wrong(Some(fault)) | Verdict::None(fault) => {
            cx.repeat(|| async { open().await?.0.end(cx).await }).await?;
            Err(fault)
        }
    }
}

/// The sign-in as it was when its challenge was made, and that challenge; for an answer that may be given to it.
async fn open(
    cx: &Cx,
    pool: &Arc<Pool>,
    client: &Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<(Walk, CustomChallenge), Fault> {
    let username = responses.required("USERNAME")?;
    let session = Session::open(cx, pool, client, session, &CHALLENGE)?;
    let ended = session.ended(pool);

    let mut tx = cx.read().await?;
    let account = Account::known(&mut tx, pool, client, &session.sub, &session.name).await?;
    let names = [username, &session.name, &account.username];
    responses.proof().check(client, &names)?;
    if !account.is_meant_by(&mut tx, pool, username).await? {
        return Err(session::invalid());
    }
    account.check_told_state()?;
    let user = account.user_or_phantom(cx, pool);
    // A user who is gone since is nobody's to sign in.
    if !session.fits(&user) || (account.user().is_none() && !client.hides_missing_users()) {
        return Err(session::invalid());
    }
    let groups = groups::of_user(&mut tx, pool, &user.row.sub).await?;
    drop(tx);
    let (given, carried) = (responses.get("DEVICE_KEY"), session.device_key.as_deref());
    let device = devices::named(cx, pool, &user.row.sub, given, carried).await?;
    let Data::Custom(made) = session.data else { return Err(session::invalid()) };
    let progress = session.progress.ok_or_else(session::invalid)?;
    let (pool, client) = (Arc::clone(pool), Arc::clone(client));
    let attempt = Attempt::new(pool, client, session.name, user, groups, progress);
    let (custom, held, event, target) = (session.custom, session.held, session.event, session.target);
    let attempt = Attempt { device, custom, held, target, event, ..attempt };
    let exists = account.user().is_some();
    Ok((Walk { attempt, exists, counted: account.counted, ended: Some(ended) }, made))
}
