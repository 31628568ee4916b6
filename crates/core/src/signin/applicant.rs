//! Who begins a choice-based sign-in and has proven nothing yet (docs/cognito/authentication.md §10).
//!
//! The name may be nobody's where the client hides that: then the account is a stand-in, to which everything here
//! happens in the same way, and which no answer lets in. What it seems to be able to begin with is what a user of the pool
//! can: one whom the name picks, so that it is the same at every call. A user who may not sign in, or has nothing to
//! begin with, looks the same until they prove a password.

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_wire::user_pools::{ChallengeNameType, UserStatusType};

use super::Step;
use super::account::{self, Account, made_up_uuid};
use super::attempt::Attempt;
use super::challenges::{first_code, password, password_verifier, web_authn};
use super::first::{Choice, FirstFacts, eligible};
use super::next::{FirstFactor, Progress};
use super::parameters::Parameters;
use super::redeemed::Redeemed;
use super::session::{Data, Owner, Session};
use super::target::Target;
use super::turn::Opened;
use crate::directory::record;
use crate::guess::{self, Place};
use crate::limits::sent_codes::{self, Stage};
use crate::messages::{Outgoing, Pretended};
use crate::model::group_claims::GroupClaims;
use crate::model::guess::Guess;
use crate::model::{Client, Pool, User, names};
use crate::{Cx, devices, faults, nobody, passkeys};

pub(super) struct Applicant {
    pub(super) pool: Arc<Pool>,
    pub(super) client: Arc<Client>,
    /// `USERNAME` as it was sent at first.
    pub(super) name: String,
    pub(super) account: Account,
    pub(super) groups: GroupClaims,
    /// `AvailableChallenges`.
    pub(super) eligible: Vec<Choice>,
    /// Whether these are the user's own: codes are sent and passkeys looked at for nobody else.
    owns_choices: bool,
    /// `DEVICE_KEY` of this request, and of an earlier one.
    given_device: Option<String>,
    carried_device: Option<String>,
    /// The level that is to be reached.
    pub(super) target: Option<Target>,
    /// What this step used up.
    pub(super) redeemed: Option<Redeemed>,
    /// Whether this step sends a code, or seems to.
    pub(super) sends_code: bool,
    /// The message with the code that it seems to send.
    pub(super) pretended: Option<Pretended>,
}

impl Applicant {
    /// Somebody who begins.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `PasswordResetRequiredException`; `UserNotConfirmedException` for a user whom no
    /// code can confirm.
    pub(super) async fn new(
        cx: &Cx,
        pool: Arc<Pool>,
        client: Arc<Client>,
        name: String,
        account: Account,
        groups: GroupClaims,
        target: Option<Target>,
    ) -> Result<Self, Fault> {
        let own = nobody::hide(&client, choices(cx, &pool, account.user(), target.as_ref()).await)?;
        let owns_choices = own.is_some();
        let eligible = match own {
            Some(own) => own,
            None => drawn_choices(cx, &pool, &name, target.as_ref()).await?,
        };
        Ok(Self {
            pool,
            client,
            name,
            account,
            groups,
            eligible,
            owns_choices,
            given_device: None,
            carried_device: None,
            target,
            redeemed: None,
            sends_code: false,
            pretended: None,
        })
    }

    /// With the device that this request names.
    pub(super) fn naming_device(self, given: &Parameters) -> Self {
        Self { given_device: given.get("DEVICE_KEY").map(ToOwned::to_owned), ..self }
    }

    /// The user, if the ways to begin are theirs.
    pub(super) fn user(&self) -> Option<&User> {
        self.account.user().filter(|_| self.owns_choices)
    }

    /// Somebody who answers a challenge of the first factor.
    pub(super) async fn of(cx: &Cx, opened: Opened, given: &Parameters) -> Result<(Self, Session), Fault> {
        let Opened { pool, client, account, session, groups } = opened;
        let (name, target) = (session.name.clone(), session.target.clone());
        let applicant = Self::new(cx, pool, client, name, account, groups, target).await?;
        let mut applicant = applicant.naming_device(given);
        applicant.carried_device.clone_from(&session.device_key);
        applicant.redeemed = Some(session.redeemed(&applicant.pool));
        Ok((applicant, session))
    }

    /// Begins with `choice`, and finishes it where `given` holds all that it takes.
    ///
    /// On the heap for the same reason as [`Attempt::proceed`].
    pub(super) async fn begin(self, cx: &Cx, choice: Choice, given: &Parameters) -> Result<Step, Fault> {
        Box::pin(self.begin_with(cx, choice, given)).await
    }

    async fn begin_with(self, cx: &Cx, choice: Choice, given: &Parameters) -> Result<Step, Fault> {
        match (choice, given.get("PASSWORD"), given.get("SRP_A")) {
            (Choice::Password, Some(password), _) => password::prove(cx, self, password).await,
            (Choice::PasswordSrp, _, Some(_)) => password_verifier::offer(cx, self, given).await,
            (Choice::Password | Choice::PasswordSrp, ..) => {
                self.give(cx, &choice.challenge(), Data::Nothing, Vec::new(), None).await
            }
            (Choice::EmailOtp | Choice::SmsOtp, ..) => first_code::offer(cx, self, choice).await,
            (Choice::WebAuthn, ..) => web_authn::offer(cx, self).await,
        }
    }

    /// The session for the challenge that comes next.
    pub(super) fn session(&self, cx: &Cx, challenge: &ChallengeNameType) -> Session {
        let password_version = self.account.user().map_or(0, |user| user.row.password_version);
        let owner = Owner { sub: &self.account.sub, name: &self.name, password_version };
        let mut session = Session::make(cx, &self.client, owner, None, challenge);
        session.device_key = self.device_key();
        session.target.clone_from(&self.target);
        session
    }

    /// The device for the steps to come.
    pub(super) fn device_key(&self) -> Option<String> {
        devices::worth_carrying(self.given_device.as_deref().or(self.carried_device.as_deref()))
    }

    /// Gives a challenge, after what led to it is used up.
    pub(super) async fn give(
        self,
        cx: &Cx,
        challenge: &ChallengeNameType,
        data: Data,
        parameters: Vec<(&'static str, String)>,
        message: Option<Outgoing>,
    ) -> Result<Step, Fault> {
        let mut session = self.session(cx, challenge);
        session.data = data;
        self.give_session(cx, session, parameters, message).await
    }

    /// As [`Applicant::give`], with the session made already.
    pub(super) async fn give_session(
        self,
        cx: &Cx,
        session: Session,
        parameters: Vec<(&'static str, String)>,
        message: Option<Outgoing>,
    ) -> Result<Step, Fault> {
        let message = match (message, self.user()) {
            (Some(message), Some(user)) => Some(message.worded_for(cx, &self.pool, user, &self.client).await),
            (message, _) => message,
        };
        self.record_step(cx, message.as_ref()).await?;
        if let Some(message) = message {
            message.deliver(cx)?;
        }
        if let Some(pretended) = self.pretended {
            pretended.deliver(cx, &self.pool)?;
        }
        Ok(Step::Challenge {
            name: session.challenge(),
            session: Some(session.seal(cx, &self.pool)?),
            parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            available: self.eligible.iter().map(|choice| choice.challenge()).collect(),
        })
    }

    /// Uses up what led here, and keeps the message to be sent. A first call has used nothing up; without a code it
    /// writes nothing.
    pub(super) async fn record_step(&self, cx: &Cx, message: Option<&Outgoing>) -> Result<(), Fault> {
        if self.redeemed.is_none() && !self.sends_code {
            return Ok(());
        }
        let mut tx = cx.write().await?;
        if self.sends_code {
            sent_codes::count(&mut tx, cx, &self.pool, &self.account.counted, Stage::First).await?;
        }
        if let Some(pretended) = &self.pretended {
            let (subject, rows) = (nobody::subject(&self.pool, &self.name), pretended.rows(cx, &self.pool));
            nobody::leave(&mut tx, cx, &self.pool, &subject, rows).await?;
        }
        if let Some(redeemed) = &self.redeemed {
            redeemed.spend(&mut tx, &self.pool).await?;
        }
        if let Some(message) = message {
            message.store(&mut tx, &self.pool).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Refuses while guesses at what is chosen are locked.
    pub(super) async fn check_lock(&self, cx: &Cx, choice: Choice) -> Result<(), Fault> {
        guess::check_lock(cx, &self.pool.id, &self.account.counted, choice.guess()).await
    }

    /// The place for a guess at the account.
    pub(super) async fn place<'a>(&self, cx: &'a Cx, guess: Guess) -> Result<Place<'a>, Fault> {
        self.account.place(cx, &self.pool, guess).await
    }

    /// The sign-in, once the first factor is proven; counts a failure when it is not, as it never is for a
    /// stand-in.
    pub(super) async fn prove(
        self,
        cx: &Cx,
        first: FirstFactor,
        place: Place<'_>,
        proven: bool,
        wrong: Fault,
    ) -> Result<Attempt, Fault> {
        let user = self.account.prove(cx, &self.pool, &self.client, place, proven, wrong).await?;
        self.begins(cx, first, user).await
    }

    /// The sign-in of a user whose first factor needs no further proof.
    pub(super) async fn begins(self, cx: &Cx, first: FirstFactor, user: User) -> Result<Attempt, Fault> {
        let (given, carried) = (self.given_device.as_deref(), self.carried_device.as_deref());
        let device = devices::named(cx, &self.pool, &user.row.sub, given, carried).await?;
        let progress = Progress { first, ..Progress::PASSWORD };
        let attempt = Attempt::new(self.pool, self.client, self.name, user, self.groups, progress);
        Ok(Attempt { device, redeemed: self.redeemed, target: self.target, ..attempt })
    }
}

/// What a user can begin with.
///
/// # Errors
/// As [`Applicant::new`].
async fn choices(
    cx: &Cx,
    pool: &Pool,
    user: Option<&User>,
    target: Option<&Target>,
) -> Result<Vec<Choice>, Fault> {
    let user = user.ok_or_else(faults::incorrect_username_or_password)?;
    account::check_state_of_applicant(user)?;
    let has_passkey = passkeys::has_any(cx, pool, user).await?;
    let mut choices = eligible(&FirstFacts::of(pool, user, has_passkey));
    choices.retain(|choice| target.is_none_or(|target| target.admits(choice.method())));
    match user.status {
        _ if !choices.is_empty() => Ok(choices),
        UserStatusType::Unconfirmed => Err(faults::user_not_confirmed()),
        // authentication §10, open
        _ => Err(faults::incorrect_username_or_password()),
    }
}

/// What nobody seems to be able to begin with: what a user of the pool can, so that among many names as many seem to have
/// a passkey as there are users with one.
async fn drawn_choices(
    cx: &Cx,
    pool: &Pool,
    name: &str,
    target: Option<&Target>,
) -> Result<Vec<Choice>, Fault> {
    let near = Sub::from(made_up_uuid(pool, "model_user", &names::fold(pool, name)));
    let model = record::from_sub(&mut cx.read().await?, pool, &near).await?;
    match choices(cx, pool, model.as_ref(), target).await {
        Err(fault) if nobody::is_refusal(&fault) => Ok(Choice::passwords(pool)),
        drawn => drawn,
    }
}
