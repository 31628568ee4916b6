//! A sign-in whose first factor is proven, on its way to the tokens (docs/cognito/authentication.md §9).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_wire::user_pools::{ChallengeName, EventResponseType, EventType};

use super::challenges::{self, Offer, custom};
use super::federated::Came;
use super::held::Held;
use super::next::{Facts, FirstFactor, Next, Progress, next};
use super::redeemed::Redeemed;
use super::target::Target;
use super::{Step, finish};
use crate::codes::{self, Purpose};
use crate::devices::Known;
use crate::directory::record;
use crate::limits::sent_codes;
use crate::messages::Outgoing;
use crate::model::factors::Factor;
use crate::model::group_claims::GroupClaims;
use crate::model::guess::Guess;
use crate::model::{Client, Pool, User};
use crate::threat::assessment::{self, Assessed, Caution};
use crate::threat::events::{Event, Noted};
use crate::triggers::challenges::Answered;
use crate::users::disown;
use crate::{Cx, guess, passkeys};

/// Who signs in, what is proven, and what the step under way will write.
pub(super) struct Attempt {
    pub(super) pool: Arc<Pool>,
    pub(super) client: Arc<Client>,
    /// `USERNAME` as it was sent at first.
    pub(super) name: String,
    /// The user as it was read.
    pub(super) stored: User,
    pub(super) groups: GroupClaims,
    pub(super) progress: Progress,
    /// The device that the client names.
    pub(super) device: Option<Known>,
    /// What this step used up.
    pub(super) redeemed: Option<Redeemed>,
    /// What this step changes about the user.
    pub(super) change: Option<UserChange>,
    /// The passkey that this step was done with.
    pub(super) passkey: Option<passkeys::Used>,
    /// The state of the sign-in, sealed, to be kept with the device until it proves itself.
    pub(super) waiting: Option<Vec<u8>>,
    /// Where the pool's functions decide what follows: what was answered so far.
    pub(super) custom: Option<Vec<Answered>>,
    /// What is written once the second factor is proven.
    pub(super) held: Option<Held>,
    /// The level that is to be reached.
    pub(super) target: Option<Target>,
    /// Whether others know the password.
    pub(super) compromised: bool,
    /// What is written down of the sign-in, where the pool has threat protection.
    pub(super) event: Option<Event>,
    /// The mail that tells the user of a risk that this step found.
    pub(super) notice: Option<Outgoing>,
    /// By which provider the user came.
    pub(super) came: Option<Came>,
}

/// What a step changes about the user.
pub(super) enum UserChange {
    /// Which code of an app was used: something that no answer shows.
    UsedCode(User),
    /// The record.
    Record {
        /// The user as it is to be stored.
        user: User,
        /// Codes that are no longer good.
        withdrawn: Vec<Purpose>,
        /// Whether all that could let in who made the account ends with it.
        disowned: bool,
    },
}

impl Attempt {
    /// A sign-in at this point, whose step took what proves its first factor and writes nothing so far.
    pub(super) fn new(
        pool: Arc<Pool>,
        client: Arc<Client>,
        name: String,
        stored: User,
        groups: GroupClaims,
        progress: Progress,
    ) -> Self {
        Self {
            pool,
            client,
            name,
            stored,
            groups,
            progress,
            device: None,
            redeemed: None,
            change: None,
            passkey: None,
            waiting: None,
            custom: None,
            held: None,
            target: None,
            compromised: false,
            event: None,
            notice: None,
            came: None,
        }
    }

    /// The user as it will be after this step.
    pub(super) fn user(&self) -> &User {
        match &self.change {
            None => &self.stored,
            Some(UserChange::UsedCode(user) | UserChange::Record { user, .. }) => user,
        }
    }

    /// Leads on: to the tokens, or to the next challenge.
    ///
    /// What follows lives on the heap: all ways lead here, and each would hold the whole rest of the sign-in in its
    /// own future otherwise, more than the stack of a thread bears. So does each way but the one to the tokens, which
    /// most go.
    pub(super) async fn proceed(self, cx: &Cx) -> Result<Step, Fault> {
        Box::pin(self.lead_on(cx)).await
    }

    async fn lead_on(mut self, cx: &Cx) -> Result<Step, Fault> {
        if self.event.is_none() {
            self.assess(cx).await?;
        }
        let facts = Facts::of(&self.pool, self.user(), self.device.as_ref());
        let facts = facts.with_new_password(self.held.is_some()).toward(self.target.as_ref());
        match next(&facts, self.progress) {
            Next::Tokens | Next::Device if self.custom.is_some() => {
                Box::pin(custom::after_password(cx, self)).await
            }
            Next::Tokens => {
                self.release(cx)?;
                finish::sign_in(cx, self).await
            }
            next => Box::pin(self.challenge(cx, next)).await,
        }
    }

    /// Looks at the risk, where the pool has threat protection. Functions and providers that lead a sign-in ask for what
    /// they want themselves, and a passkey that stands for two factors is followed by no other: there the risk can only be
    /// refused.
    async fn assess(&mut self, cx: &Cx) -> Result<(), Fault> {
        let first = self.progress.first;
        let answered = match first {
            FirstFactor::Password => Some(ChallengeName::Password),
            FirstFactor::EmailOtp | FirstFactor::SmsOtp | FirstFactor::WebAuthn => Some(ChallengeName::Mfa),
            FirstFactor::Custom | FirstFactor::Federated => None,
        };
        let is_custom = self.custom.is_some() || first == FirstFactor::Custom;
        let (pool, client) = (&self.pool, &self.client);
        let assessed = assessment::assess(cx, pool, client, &self.stored, answered, is_custom).await?;
        let Some(Assessed { event, caution, notice }) = assessed else { return Ok(()) };
        let asks_no_more = is_custom
            || first == FirstFactor::Federated
            || (first == FirstFactor::WebAuthn && passkeys::stand_for_two_factors(&self.pool));
        if caution == Caution::Refusal || !asks_no_more {
            self.progress.caution = caution;
        }
        let event = if self.compromised { event.compromised() } else { event };
        (self.event, self.notice) = (Some(event), notice);
        Ok(())
    }

    /// Notes that a second factor was answered rightly, or set up: what waited for it comes on top of what the step
    /// itself changes.
    pub(super) fn has_second(&mut self, cx: &Cx, factor: Factor) -> Result<(), Fault> {
        self.progress.second = Some(factor);
        self.event = self.event.take().map(|event| event.and(ChallengeName::Mfa, true));
        self.release(cx)
    }

    /// Makes what was held a part of what this step changes.
    fn release(&mut self, cx: &Cx) -> Result<(), Fault> {
        let Some(held) = self.held.take() else { return Ok(()) };
        let mut user = self.user().clone();
        let mut withdrawn = held.set(cx, &self.pool, &self.client, &mut user)?;
        if let Some(UserChange::Record { withdrawn: before, .. }) = &self.change {
            withdrawn.extend(before);
        }
        self.change = Some(UserChange::Record { user, withdrawn, disowned: false });
        Ok(())
    }

    /// Gives the challenge `next`.
    pub(super) async fn challenge(self, cx: &Cx, next: Next) -> Result<Step, Fault> {
        let offer = challenges::offer(cx, &self, next);
        self.give(cx, offer).await
    }

    /// Gives a challenge.
    ///
    /// A message goes out last, after the step is written; none is made while its codes are locked.
    pub(super) async fn give(mut self, cx: &Cx, mut offer: Result<Offer, Fault>) -> Result<Step, Fault> {
        self.waiting = offer.as_mut().ok().and_then(|offer| offer.waiting.take());
        if let Ok(offer) = &mut offer
            && let Some(message) = offer.message.take()
        {
            guess::check_lock(cx, &self.pool.id, &self.stored.row.sub, Guess::SecondCode).await?;
            let client_id = Some(&self.client.id);
            offer.message = Some(message.worded(cx, &self.pool, self.user(), client_id).await);
        }
        let message = offer.as_ref().ok().and_then(|offer| offer.message.as_ref());
        let response = if offer.is_ok() { EventResponseType::InProgress } else { EventResponseType::Fail };
        self.record_step(cx, message, response).await?;
        self.send_notice(cx);
        let offer = offer?;
        if let Some(message) = offer.message {
            message.deliver(cx)?;
        }
        Ok(Step::Challenge {
            session: Some(offer.session.seal(cx, &self.pool)?),
            name: offer.name,
            parameters: offer.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            available: Vec::new(),
        })
    }

    /// Writes a step that another one follows, or none, with the message that carries the code of the next.
    pub(super) async fn record_step(
        &self,
        cx: &Cx,
        message: Option<&Outgoing>,
        response: EventResponseType,
    ) -> Result<(), Fault> {
        let mut tx = cx.write().await?;
        if self.change.is_some() {
            self.check_unchanged(&mut tx).await?;
        }
        self.write(cx, &mut tx, response).await?;
        if let Some(message) = message {
            sent_codes::count(&mut tx, cx, &self.pool, &self.stored.row.sub, sent_codes::Stage::Second)
                .await?;
            message.store(&mut tx, &self.pool).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Writes a step that a custom challenge follows; often there is nothing to write.
    pub(super) async fn record_step_if_any(&self, cx: &Cx, response: EventResponseType) -> Result<(), Fault> {
        if self.redeemed.is_none() && self.change.is_none() {
            return Ok(());
        }
        self.record_step(cx, None, response).await
    }

    /// Sends the mail that tells the user of a risk on its way; to be called after the commit. That there is no way
    /// for it changes nothing about the sign-in.
    pub(super) fn send_notice(&mut self, cx: &Cx) {
        if let Some(notice) = self.notice.take() {
            // The log says so.
            let _ = notice.deliver(cx);
        }
    }

    /// Whether this step writes anything.
    pub(super) fn writes(&self) -> bool {
        self.redeemed.is_some()
            || self.passkey.is_some()
            || self.device.is_some()
            || self.change.is_some()
            || self.event.is_some()
    }

    /// What was decided holds no longer when the user was disabled, changed or deleted in the meantime. Where the step
    /// writes nothing of the user, what else was changed is none of its matter: a function that was told of the sign-in
    /// may well have.
    pub(super) async fn check_unchanged(&self, tx: &mut Tx) -> Result<(), Fault> {
        if self.change.is_some() {
            record::check_unchanged(tx, &self.pool, &self.stored).await
        } else {
            record::check_standing(tx, &self.pool, &self.stored).await
        }
    }

    /// Uses up what this step used up, stores what it changed, and writes down what came of the sign-in; the caller
    /// commits.
    pub(super) async fn write(&self, cx: &Cx, tx: &mut Tx, response: EventResponseType) -> Result<(), Fault> {
        if let Some(event) = &self.event {
            let noted = Noted { kind: EventType::SignIn, response };
            event.put(tx, cx, &self.pool, &self.client, &self.stored.row.sub, noted).await?;
        }
        if let Some(notice) = &self.notice {
            notice.store(tx, &self.pool).await?;
        }
        if let Some(redeemed) = &self.redeemed {
            redeemed.spend(tx, &self.pool).await?;
        }
        if let Some(passkey) = &self.passkey {
            passkey.keep(tx).await?;
        }
        if let (Some(device), Some(waiting)) = (&self.device, &self.waiting) {
            device.wait(tx, waiting).await?;
        }
        match &self.change {
            None => Ok(()),
            Some(UserChange::UsedCode(user)) => record::set_used_code(tx, user).await,
            Some(UserChange::Record { user, withdrawn, disowned }) => {
                record::save(tx, &self.pool, &mut user.clone(), cx.now).await?;
                if *disowned {
                    disown::end(tx, cx, user).await?;
                }
                for purpose in withdrawn {
                    codes::withdraw(tx, &self.pool, &user.row.sub, *purpose).await?;
                }
                Ok(())
            }
        }
    }
}
