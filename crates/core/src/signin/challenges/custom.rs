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
//! have many guesses. Who does not exist is led through the same steps where the client hides it, and never gets
//! tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{ChallengeNameType, EventResponseType, EventType};
use serde::{Deserialize, Serialize};

use super::{password_verifier, srp};
use crate::model::client::MissingHash;
use crate::model::user::hiding_name;
use crate::model::{Client, Pool};
use crate::protection::events::Event;
use crate::protection::risk;
use crate::signin::Step;
use crate::signin::account::{self, Account};
use crate::signin::attempt::Attempt;
use crate::signin::next::{FirstFactor, Progress};
use crate::signin::parameters::Parameters;
use crate::signin::redeemed::Redeemed;
use crate::signin::session::{self, Data, Session};
use crate::tokens::groups;
use crate::triggers::authentication;
use crate::triggers::challenges::{self, Answered, Applicant, Decision};
use crate::users::record;
use crate::{Cx, devices, faults, nobody};

const CHALLENGE: ChallengeNameType = ChallengeNameType::CustomChallenge;

/// The entry that stands for SRP's first step.
const SRP_A: &str = "SRP_A";

/// The longest session that clients are asked to send back, in characters: the model's former limit (ours).
const LONGEST_SESSION: usize = 2048;

/// The same while a new password is held in it: the model's limit.
const LONGEST_HOLDING: usize = 4096;

/// What a session knows of the challenge under way.
#[derive(Serialize, Deserialize)]
pub(in crate::signin) struct Made {
    private: BTreeMap<String, String>,
    metadata: Option<String>,
}

/// A sign-in that the functions lead.
struct Walk {
    /// Its `custom` holds what was answered so far.
    attempt: Attempt,
    /// Whether there is such a user.
    exists: bool,
    /// Keeps a session that ended in failure from being told of as used (authentication §5, observed).
    ended: Option<Redeemed>,
}

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
    client.check_secret_hash(parameters.get("SECRET_HASH"), &[username], MissingHash::SignIn)?;

    let mut tx = cx.read().await?;
    let account = Account::find(cx, &mut tx, &pool, &client, username).await?;
    account.check(cx, &mut tx, &pool).await?;
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);
    authentication::before(cx, &pool, &client, username, account.user()).await?;

    let device = devices::named(cx, &pool, &account.sub, parameters.get("DEVICE_KEY"), None).await?;
    let answered = srp_a.iter().map(|_| Answered::rightly(SRP_A)).collect();
    let stored = account.user_or_phantom(cx, &pool);
    let progress = Progress { first: FirstFactor::Custom, ..Progress::PASSWORD };
    let attempt = Attempt::new(pool, client, username.to_owned(), stored, groups, progress);
    let attempt = Attempt { device, custom: Some(answered), ..attempt };
    let walk = Walk { attempt, exists: account.user().is_some(), ended: None };
    let decision = walk.define(cx).await?;
    match (decision, srp_a) {
        (Decision::Challenge(name), Some(srp_a)) if name == challenges::PASSWORD_VERIFIER => {
            let session = Session::new(cx, &walk.attempt, &ChallengeNameType::PasswordVerifier);
            let key = devices::worth_carrying(parameters.get("DEVICE_KEY"));
            let Attempt { pool, client, .. } = &walk.attempt;
            let custom = Some(&session);
            let parameters =
                password_verifier::exchange(cx, pool, client, &account, username, key, srp_a, custom).await?;
            let (name, session) = (session.challenge(), Some(session.seal(pool)?));
            Ok(Step::Challenge { name, session, parameters, available: Vec::new() })
        }
        (decision, _) => walk.follow(cx, decision).await,
    }
}

/// Goes on after the password, and after the second factor if there was one.
pub(in crate::signin) async fn after_password(cx: &Cx, mut attempt: Attempt) -> Result<Step, Fault> {
    if let (Some(answered), Some(second)) = (&mut attempt.custom, attempt.progress.second) {
        answered.push(Answered::rightly(second.as_str()));
    }
    Walk { attempt, exists: true, ended: None }.lead(cx).await
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
    responses.required("ANSWER")?;
    let opened = Session::open(cx, &pool, &client, session, &CHALLENGE)?;
    let mut tx = cx.read().await?;
    opened.ended().check_unspent(&mut tx, &pool).await?;
    opened.redeemed().check_unspent(&mut tx, &pool).await?;
    drop(tx);
    let (Walk { attempt, exists, .. }, _) = open(cx, &pool, &client, session, responses).await?;
    record::admit_named(cx, &pool, &attempt.name, exists.then_some(&attempt.stored))?;
    let mut tx = cx.write().await?;
    opened.redeemed().spend(&mut tx, &pool).await?;
    tx.commit().await?;
    cx.repeat(|| judge(cx, &pool, &client, session, responses)).await
}

async fn judge(
    cx: &Cx,
    pool: &Arc<Pool>,
    client: &Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let (walk, made) = open(cx, pool, client, session, responses).await?;
    walk.judge(cx, made, responses.required("ANSWER")?).await
}

/// The sign-in as it was when its challenge was made, and that challenge; for an answer that may be given to it.
async fn open(
    cx: &Cx,
    pool: &Arc<Pool>,
    client: &Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<(Walk, Made), Fault> {
    let username = responses.required("USERNAME")?;
    let session = Session::open(cx, pool, client, session, &CHALLENGE)?;
    let ended = session.ended();

    let mut tx = cx.read().await?;
    let account = Account::known(&mut tx, pool, client, &session.sub, &session.name).await?;
    let names = [username, &session.name, &account.username];
    client.check_secret_hash(responses.get("SECRET_HASH"), &names, MissingHash::SignIn)?;
    if !account.is_meant_by(&mut tx, pool, username).await? {
        return Err(session::invalid());
    }
    account.check(cx, &mut tx, pool).await?;
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
    let attempt = Attempt {
        name: session.name,
        stored: user,
        groups,
        progress: session.progress.ok_or_else(session::invalid)?,
        device,
        redeemed: None,
        change: None,
        passkey: None,
        waiting: None,
        custom: session.custom,
        held: session.held,
        compromised: false,
        event: session.event,
        notice: None,
        pool: Arc::clone(pool),
        client: Arc::clone(client),
    };
    Ok((Walk { attempt, exists: account.user().is_some(), ended: Some(ended) }, made))
}

impl Walk {
    fn applicant(&self) -> Applicant<'_> {
        let Attempt { pool, client, .. } = &self.attempt;
        let user = self.attempt.user();
        Applicant { pool, client, user: self.exists.then_some(user), username: &user.row.username }
    }

    fn answered(&self) -> &[Answered] {
        self.attempt.custom.as_deref().unwrap_or_default()
    }

    async fn define(&self, cx: &Cx) -> Result<Decision, Fault> {
        challenges::define(cx, self.applicant(), self.answered()).await
    }

    /// Has the answer to a challenge judged, and leads on.
    async fn judge(mut self, cx: &Cx, made: Made, answer: &str) -> Result<Step, Fault> {
        let verdict = challenges::verify(cx, self.applicant(), &made.private, answer).await;
        match verdict {
            Ok(is_right) => {
                let name = challenges::CUSTOM_CHALLENGE.to_owned();
                let answered = self.attempt.custom.get_or_insert_default();
                answered.push(Answered(name, is_right, made.metadata));
                self.lead(cx).await
            }
            Err(fault) => self.fail(cx, fault).await,
        }
    }

    /// Asks what follows, and does so.
    async fn lead(self, cx: &Cx) -> Result<Step, Fault> {
        match self.define(cx).await {
            Ok(decision) => self.follow(cx, decision).await,
            Err(fault) => self.fail(cx, fault).await,
        }
    }

    async fn follow(mut self, cx: &Cx, decision: Decision) -> Result<Step, Fault> {
        match decision {
            Decision::Tokens if self.exists => {
                // Where the client hides who exists, this is told no sooner.
                if let Err(fault) = account::check_state(self.attempt.user()) {
                    return self.fail(cx, fault).await;
                }
                self.attempt.custom = None;
                Box::pin(self.attempt.proceed(cx)).await
            }
            // authentication §14, observed
            Decision::Tokens | Decision::Failure => {
                self.fail(cx, faults::incorrect_username_or_password()).await
            }
            Decision::Challenge(name) if name == challenges::CUSTOM_CHALLENGE => self.challenge(cx).await,
            Decision::Challenge(_) => {
                let fault = challenges::unrecognizable(&self.attempt.pool);
                self.fail(cx, fault).await
            }
        }
    }

    async fn challenge(mut self, cx: &Cx) -> Result<Step, Fault> {
        let (session, mut parameters) = match self.make(cx).await {
            Ok(made) => made,
            Err(fault) => return self.fail(cx, fault).await,
        };
        self.attempt.settle_if_any(cx, EventResponseType::InProgress).await?;
        self.attempt.tell(cx);
        let user = &self.attempt.user().row;
        let hides = self.attempt.client.hides_missing_users();
        let name = if hides { hiding_name(&self.attempt.pool, user) } else { &user.username };
        parameters.insert("USERNAME".to_owned(), name.to_owned());
        Ok(Step::Challenge {
            name: CHALLENGE,
            session: Some(session.into()),
            parameters,
            available: Vec::new(),
        })
    }

    /// A new challenge: the session, and what the client is told.
    async fn make(&self, cx: &Cx) -> Result<(String, BTreeMap<String, String>), Fault> {
        let made = challenges::create(cx, self.applicant(), self.answered()).await?;
        let mut session = Session::new(cx, &self.attempt, &CHALLENGE);
        session.data = Data::Custom(Made { private: made.private, metadata: made.metadata });
        let session = session.seal(&self.attempt.pool)?.into_string();
        let longest = if self.attempt.held.is_some() { LONGEST_HOLDING } else { LONGEST_SESSION };
        if session.len() > longest {
            return Err(Fault::new(
                ErrorCode::InvalidLambdaResponseException,
                "The private challenge parameters and the metadata of all challenges are too long for a session.",
            ));
        }
        Ok((session, made.public))
    }

    /// Ends the sign-in.
    async fn fail(mut self, cx: &Cx, fault: Fault) -> Result<Step, Fault> {
        self.attempt.settle_if_any(cx, EventResponseType::Fail).await?;
        self.attempt.tell(cx);
        if let Some(ended) = &self.ended {
            let mut tx = cx.write().await?;
            ended.spend(&mut tx, &self.attempt.pool).await?;
            self.note_failure(cx, &mut tx).await?;
            tx.commit().await?;
        }
        Err(fault)
    }

    /// Writes down that a custom challenge ended the sign-in, where the pool has threat protection.
    async fn note_failure(&self, cx: &Cx, tx: &mut Tx) -> Result<(), Fault> {
        let Attempt { pool, client, stored, event, .. } = &self.attempt;
        if !self.exists {
            let subject = nobody::subject(pool, &self.attempt.name);
            return nobody::leave(tx, cx, pool, &subject, nobody::event_rows(pool)).await;
        }
        if risk::mode(pool).is_none() {
            return Ok(());
        }
        let event = event.clone().unwrap_or_else(|| Event::new(cx));
        event.put(tx, cx, client, &stored.row.sub, EventType::SignIn, EventResponseType::Fail).await
    }
}
