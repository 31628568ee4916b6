//! A custom sign-in on its way.

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::EventResponseType;

use super::CHALLENGE;
use crate::guess::{self, Place, Trace};
use crate::model::guess::Guess;
use crate::model::threat_protection;
use crate::model::user::hiding_name;
use crate::signin::attempt::Attempt;
use crate::signin::redeemed::Redeemed;
use crate::signin::session::{CustomChallenge, Data, Session};
use crate::signin::{Step, account};
use crate::threat::events::{Event, Noted};
use crate::triggers::Verdict;
use crate::triggers::challenges::{self, Answered, Claimant, Decision};
use crate::{Cx, faults, nobody};

/// The longest session that clients are asked to send back, in characters: the model's former limit (ours).
const LONGEST_SESSION: usize = 2048;

/// The same while a new password is held in it: the model's limit.
const LONGEST_HOLDING: usize = 4096;

/// A sign-in that the functions lead.
pub(super) struct Walk {
    /// Its `custom` holds what was answered so far.
    pub(super) attempt: Attempt,
    /// Whether there is such a user.
    pub(super) exists: bool,
    /// As whom wrong answers are counted.
    pub(super) counted: Sub,
    /// Keeps a session that ended in failure from being told of as used (authentication §5, observed).
    pub(super) ended: Option<Redeemed>,
}

impl Walk {
    fn claimant(&self) -> Claimant<'_> {
        let Attempt { pool, client, .. } = &self.attempt;
        let user = self.attempt.user();
        Claimant { pool, client, user: self.exists.then_some(user), username: &user.row.username }
    }

    fn answered(&self) -> &[Answered] {
        self.attempt.custom.as_deref().unwrap_or_default()
    }

    /// Asks what follows after what was answered so far.
    pub(super) async fn define(&self, cx: &Cx) -> Result<Decision, Fault> {
        challenges::define(cx, self.claimant(), self.answered()).await
    }

    /// What is guessed by an answer: who has proven the password is not to be locked out by those who have not.
    fn guess(&self) -> Guess {
        let is_behind_password =
            self.answered().iter().any(|Answered(name, ..)| name == challenges::PASSWORD_VERIFIER);
        if is_behind_password { Guess::SecondAnswer } else { Guess::FirstAnswer }
    }

    /// Refuses while answers are locked: before a function makes a challenge.
    pub(super) async fn check_lock(&self, cx: &Cx) -> Result<(), Fault> {
        guess::check_lock(cx, &self.attempt.pool.id, &self.counted, self.guess()).await
    }

    /// Uses the session up and has the answer judged.
    pub(super) async fn judge(
        &self,
        cx: &Cx,
        session: &Redeemed,
        made: &CustomChallenge,
        answer: &str,
    ) -> Result<Verdict<()>, Fault> {
        let pool = &self.attempt.pool;
        let place = Place::take_elsewhere(cx, &pool.id, &self.counted, self.guess()).await?;
        let mut tx = cx.write().await?;
        session.spend(&mut tx, pool).await?;
        tx.commit().await?;
        let verdict = challenges::verify(cx, self.claimant(), &made.private, answer).await;
        let has_erred = self.answered().iter().any(|Answered(_, is_right, _)| !is_right);
        if matches!(verdict, Verdict::Wrong(_)) && !has_erred {
            place.wrong(Trace::Nothing).await?;
        }
        Ok(verdict)
    }

    /// Leads on after an answer.
    pub(super) async fn go_on(
        mut self,
        cx: &Cx,
        is_right: bool,
        metadata: Option<String>,
    ) -> Result<Step, Fault> {
        let answered = self.attempt.custom.get_or_insert_default();
        answered.push(Answered(challenges::CUSTOM_CHALLENGE.to_owned(), is_right, metadata));
        self.lead(cx).await
    }

    /// Asks what follows, and does so.
    pub(super) async fn lead(self, cx: &Cx) -> Result<Step, Fault> {
        match self.define(cx).await {
            Ok(decision) => self.follow(cx, decision).await,
            Err(fault) => self.fail(cx, fault).await,
        }
    }

    /// Does what follows.
    pub(super) async fn follow(mut self, cx: &Cx, decision: Decision) -> Result<Step, Fault> {
        match decision {
            Decision::Tokens if self.exists => {
                // Where the client hides who exists, this is told no sooner.
                if let Err(fault) = account::check_state(self.attempt.user()) {
                    return self.fail(cx, fault).await;
                }
                guess::proven(cx, &self.attempt.pool.id, &self.counted, self.guess()).await?;
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
        self.attempt.record_step_if_any(cx, EventResponseType::InProgress).await?;
        self.attempt.send_notice(cx);
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
        let made = challenges::create(cx, self.claimant(), self.answered()).await?;
        let mut session = Session::new(cx, &self.attempt, &CHALLENGE);
        session.data = Data::Custom(CustomChallenge { private: made.private, metadata: made.metadata });
        let session = session.seal(cx, &self.attempt.pool)?.into_string();
        let longest = if self.attempt.held.is_some() { LONGEST_HOLDING } else { LONGEST_SESSION };
        if session.len() > longest {
            return Err(Fault::new(
                ErrorCode::InvalidLambdaResponseException,
                "The private challenge parameters and the metadata of all challenges are too long for a session.",
            ));
        }
        Ok((session, made.public))
    }

    /// Ends the sign-in because of `fault`.
    async fn fail(self, cx: &Cx, fault: Fault) -> Result<Step, Fault> {
        self.end(cx).await?;
        Err(fault)
    }

    /// Ends the sign-in.
    pub(super) async fn end(mut self, cx: &Cx) -> Result<(), Fault> {
        self.attempt.record_step_if_any(cx, EventResponseType::Fail).await?;
        self.attempt.send_notice(cx);
        if let Some(ended) = &self.ended {
            let mut tx = cx.write().await?;
            ended.spend(&mut tx, &self.attempt.pool).await?;
            self.note_failure(cx, &mut tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes down that a custom challenge ended the sign-in, where the pool has threat protection.
    async fn note_failure(&self, cx: &Cx, tx: &mut Tx) -> Result<(), Fault> {
        let Attempt { pool, client, stored, event, .. } = &self.attempt;
        if !self.exists {
            let subject = nobody::subject(pool, &self.attempt.name);
            return nobody::leave(tx, cx, pool, &subject, nobody::event_rows(pool)).await;
        }
        if threat_protection::mode(pool).is_none() {
            return Ok(());
        }
        let event = event.clone().unwrap_or_else(|| Event::new(cx));
        event.put(tx, cx, pool, client, &stored.row.sub, Noted::FAILED_SIGN_IN).await
    }
}
