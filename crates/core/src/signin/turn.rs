//! An answer to a challenge: who gives it, and how far they have come (docs/cognito/authentication.md §5).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{ChallengeName, ChallengeNameType, EventType};

use super::account::{self, Account};
use super::attempt::Attempt;
use super::next::{Facts, Next, Progress, next};
use super::parameters::Parameters;
use super::session::{self, Session};
use crate::devices::{self, Known};
use crate::guess::{Place, Trace};
use crate::model::group_claims::GroupClaims;
use crate::model::guess::Guess;
use crate::model::{Client, Pool, User};
use crate::tokens::groups;
use crate::{Cx, clients};

/// An answer whose session is good.
pub(super) struct Opened {
    pub(super) pool: Arc<Pool>,
    pub(super) client: Arc<Client>,
    pub(super) account: Account,
    pub(super) session: Session,
    pub(super) groups: GroupClaims,
}

/// An answer of a user who has proven the first factor.
pub(super) struct Turn {
    pub(super) pool: Arc<Pool>,
    pub(super) client: Arc<Client>,
    pub(super) user: User,
    pub(super) session: Session,
    pub(super) progress: Progress,
    /// The device that this answer names, or an earlier one did.
    pub(super) device: Option<Known>,
    groups: GroupClaims,
}

impl Opened {
    /// Opens the session of an answer to `challenge`.
    pub(super) async fn open(
        cx: &Cx,
        pool: Arc<Pool>,
        client: Arc<Client>,
        session: Option<&str>,
        challenge: &ChallengeNameType,
        responses: &Parameters,
    ) -> Result<Self, Fault> {
        let session = Session::open(cx, &pool, &client, session, challenge);
        Self::take(cx, pool, client, session, responses).await
    }

    /// Takes an answer that belongs to a session, if it does.
    ///
    /// The hash is over the name in this answer, the one of the first call or the real one
    /// (authentication §4).
    pub(super) async fn take(
        cx: &Cx,
        pool: Arc<Pool>,
        client: Arc<Client>,
        session: Result<Session, Fault>,
        responses: &Parameters,
    ) -> Result<Self, Fault> {
        let username = responses.required("USERNAME")?;
        let mut tx = cx.read().await?;
        let account = match &session {
            Ok(session) => {
                Some(Account::again(cx, &mut tx, &pool, &client, &session.sub, &session.name).await?)
            }
            Err(_) => None,
        };
        let first = session.as_ref().map_or(username, |session| &session.name);
        let real = account.as_ref().map_or(username, |account| &account.username);
        responses.proof().check(&client, &[username, first, real])?;
        let (session, account) = (session?, account.ok_or_else(session::invalid)?);
        session.redeemed(&pool).check_unspent(&mut tx, &pool).await?;
        if !account.is_meant_by(&mut tx, &pool, username).await? {
            return Err(session::invalid());
        }
        if account.user().is_some_and(|user| !session.fits(user)) {
            return Err(session::invalid());
        }
        let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
        drop(tx);
        Ok(Self { pool, client, account, session, groups })
    }
}

impl Turn {
    /// Takes an answer that belongs to a session of a user who has proven the first factor.
    pub(super) async fn take(
        cx: &Cx,
        pool: Arc<Pool>,
        client: Arc<Client>,
        session: Result<Session, Fault>,
        responses: &Parameters,
    ) -> Result<Self, Fault> {
        Self::of(cx, Opened::take(cx, pool, client, session, responses).await?, responses).await
    }

    /// The turn of a user who has proven the first factor.
    pub(super) async fn of(cx: &Cx, opened: Opened, responses: &Parameters) -> Result<Self, Fault> {
        let mut turn = Self::without_device(opened)?;
        let (given, carried) = (responses.get("DEVICE_KEY"), turn.session.device_key.as_deref());
        turn.device = devices::named(cx, &turn.pool, &turn.user.row.sub, given, carried).await?;
        Ok(turn)
    }

    /// The user may have changed since.
    fn without_device(opened: Opened) -> Result<Self, Fault> {
        let Opened { pool, client, account, session, groups } = opened;
        let progress = session.progress.ok_or_else(session::invalid)?;
        let user = account.into_user().filter(|user| session.fits(user)).ok_or_else(session::invalid)?;
        account::check_state(&user)?;
        Ok(Self { pool, client, user, session, progress, device: None, groups })
    }

    /// Opens a session that comes alone, in an operation that is no answer to `challenge` and leads to one.
    pub(super) async fn by_session(
        cx: &Cx,
        session: &str,
        challenge: &ChallengeNameType,
    ) -> Result<Self, Fault> {
        let client_id = Session::client_id(session).ok_or_else(session::invalid)?;
        let (pool, client) = clients::get(cx, &client_id).await.map_err(|fault| {
            if fault.code() == ErrorCode::ResourceNotFoundException { session::invalid() } else { fault }
        })?;
        let session = Session::open(cx, &pool, &client, Some(session), challenge)?;
        let mut tx = cx.read().await?;
        session.redeemed(&pool).check_unspent(&mut tx, &pool).await?;
        let account = Account::again(cx, &mut tx, &pool, &client, &session.sub, &session.name).await?;
        drop(tx);
        Self::without_device(Opened { pool, client, account, session, groups: GroupClaims::default() })
    }

    /// What follows as things are now. A device that only this answer names counts from the next step on.
    pub(super) fn next(&self) -> Next {
        let facts = Facts::of(&self.pool, &self.user, self.carried_device());
        let facts = facts.with_new_password(self.session.held.is_some());
        next(&facts.toward(self.session.target.as_ref()), self.progress)
    }

    /// The device that was named before this answer.
    pub(super) fn carried_device(&self) -> Option<&Known> {
        self.device.as_ref().filter(|device| self.session.device_key.as_deref() == Some(device.key()))
    }

    /// The place for a guess of the user.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `TooManyRequestsException`.
    pub(super) async fn place<'a>(&self, cx: &'a Cx, guess: Guess) -> Result<Place<'a>, Fault> {
        Place::take(cx, &self.pool.id, &self.user.row.sub, guess).await
    }

    /// Counts a wrong answer, and refuses it.
    ///
    /// # Errors
    /// Always: `fault`, or why the answer could not be counted.
    pub(super) async fn wrong<T>(&self, cx: &Cx, place: Place<'_>, fault: Fault) -> Result<T, Fault> {
        let trace = match &self.session.event {
            Some(event) => {
                let event = event.clone().fork(cx);
                // AWS has names for a password and for a second factor, and none for a device.
                let event = match place.guess() {
                    Guess::Device => event,
                    _ => event.and(ChallengeName::Mfa, false),
                };
                Trace::Event(event, EventType::SignIn, &self.pool, &self.client)
            }
            None => Trace::Nothing,
        };
        place.wrong(trace).await?;
        Err(fault)
    }

    /// The sign-in, to be led on by a right answer, which uses the session up.
    pub(super) fn accept(self) -> Attempt {
        let Self { pool, client, user, session, progress, device, groups } = self;
        let (redeemed, custom, held) = (Some(session.redeemed(&pool)), session.custom, session.held);
        let (event, target) = (session.event, session.target);
        let attempt = Attempt::new(pool, client, session.name, user, groups, progress);
        Attempt { device, redeemed, custom, held, target, event, ..attempt }
    }
}
