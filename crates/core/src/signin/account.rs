//! Whose sign-in it is: the user whom a name means, or a stand-in where the client hides that there is none.

use poolhouse_crypto::srp::{Identity, Verifier};
use poolhouse_store::Tx;
use poolhouse_wire::types::{ChallengeName, EventResponseType, EventType, UserStatusType};
use uuid::Builder;

use crate::clients::Client;
use crate::guess::Place;
use crate::lockout::{self, Guess};
use crate::pools::Pool;
use crate::protection::events::Event;
use crate::protection::risk;
use crate::users::attributes::Attributes;
use crate::users::{User, names, record, verifier};
use crate::{Cx, Fault};

/// The longest user name of the service model.
const LONGEST_NAME: usize = 128;

/// An account to sign in to. A stand-in looks like one from outside, costs the same work, is locked out
/// alike, and never gets in.
pub(super) struct Account {
    /// The user's `sub`; a stand-in's is made up and the same for the same name.
    pub(super) sub: String,
    /// `USER_ID_FOR_SRP`.
    pub(super) username: String,
    pub(super) verifier: Verifier,
    user: Option<User>,
}

impl Account {
    /// The account that `name` means.
    ///
    /// # Errors
    /// `TooManyRequestsException`; `UserNotFoundException` unless the client hides who does not exist.
    pub(super) async fn find(
        cx: &Cx,
        tx: &mut Tx,
        pool: &Pool,
        client: &Client,
        name: &str,
    ) -> Result<Self, Fault> {
        let user = find_user(tx, pool, name).await?;
        record::admit_named(cx, pool, name, user.as_ref())?;
        match user {
            Some(user) => Self::of(pool, user),
            None if client.hides_missing_users() => Ok(Self::stand_in(pool, name)),
            None => Err(Fault::user_not_found()),
        }
    }

    /// The account of `sub`, which `name` was found to mean at the beginning of the sign-in. A user who was
    /// deleted since is stood in for, too.
    ///
    /// # Errors
    /// `TooManyRequestsException`.
    pub(super) async fn again(
        cx: &Cx,
        tx: &mut Tx,
        pool: &Pool,
        sub: &str,
        name: &str,
    ) -> Result<Self, Fault> {
        let user = record::by_sub(tx, pool, sub).await?;
        record::admit_named(cx, pool, name, user.as_ref())?;
        match user {
            Some(user) => Self::of(pool, user),
            None => Ok(Self::stand_in(pool, name)),
        }
    }

    fn of(pool: &Pool, user: User) -> Result<Self, Fault> {
        // A user without a password gets a verifier that no password fits.
        let stored = verifier::open(pool, &user)?;
        let verifier = stored.unwrap_or_else(|| pool.keys.stand_in_verifier(&user.row.sub));
        Ok(Self {
            sub: user.row.sub.clone(),
            username: user.row.username.clone(),
            verifier,
            user: Some(user),
        })
    }

    /// Authentication §8.6, recorded: the same salt for the same name. In pools where user names are UUIDs
    /// a UUID hides more than the name as sent (open).
    pub(super) fn stand_in(pool: &Pool, name: &str) -> Self {
        let key = names::fold(pool, name);
        let bytes = pool.keys.hash("stand_in", &key).first_chunk().copied().unwrap_or_default();
        let sub = Builder::from_random_bytes(bytes).into_uuid().to_string();
        let named_by_sub = !pool.username_attributes().is_empty();
        Self {
            username: if named_by_sub { sub.clone() } else { name.to_owned() },
            verifier: pool.keys.stand_in_verifier(&key),
            sub,
            user: None,
        }
    }

    /// The user, or a user who is in no database.
    pub(super) fn user_or_phantom(&self, cx: &Cx, pool: &Pool) -> User {
        let phantom = || {
            let (sub, username) = (self.sub.clone(), self.username.clone());
            record::blank(cx, pool, sub, username, Attributes::new(), UserStatusType::Confirmed)
        };
        self.user.clone().unwrap_or_else(phantom)
    }

    /// The user, unless it is a stand-in.
    pub(super) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// As [`Account::user`].
    pub(super) fn into_user(self) -> Option<User> {
        self.user
    }

    /// The text that stands before the password in SRP's hashes.
    pub(super) fn identity(&self, pool: &Pool) -> Identity {
        pool.srp_identity(&self.username)
    }

    /// The gates between finding an account and looking at a password, in the order of authentication §3.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `UserNotConfirmedException`, `PasswordResetRequiredException`.
    pub(super) async fn check(&self, cx: &Cx, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        self.check_lock(cx, tx, pool, Guess::Password).await?;
        self.user.as_ref().map_or(Ok(()), check_state)
    }

    /// Refuses while guesses of this kind are locked: before anything is asked or called that only serves one. The
    /// place of the guess looks once more.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(super) async fn check_lock(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        pool: &Pool,
        guess: Guess,
    ) -> Result<(), Fault> {
        lockout::check(tx, &pool.id, &self.sub, guess, cx.now).await.map(drop)
    }

    /// The place for a guess at this account.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `TooManyRequestsException`.
    pub(super) async fn place<'a>(&self, cx: &'a Cx, pool: &Pool, guess: Guess) -> Result<Place<'a>, Fault> {
        Place::take(cx, &pool.id, &self.sub, guess).await
    }

    /// The user, once the first factor is proven to be theirs, or not: settles the guess and leaves its place.
    ///
    /// # Errors
    /// Counts a failure and answers `wrong` when it is not proven; a stand-in's never is.
    pub(super) async fn prove(
        &self,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        place: Place<'_>,
        proven: bool,
        wrong: Fault,
    ) -> Result<User, Fault> {
        if proven && let Some(user) = &self.user {
            place.right().await?;
            return Ok(user.clone());
        }
        let is_noted = self.user.is_some() && risk::mode(pool).is_some();
        if is_noted || place.guess().is_counted() {
            let mut tx = place.wrong().await?;
            if is_noted {
                let answered = match place.guess() {
                    Guess::Password => ChallengeName::Password,
                    _ => ChallengeName::Mfa,
                };
                let event = Event::answered(cx, answered, false);
                event.put(&mut tx, cx, client, &self.sub, EventType::SignIn, EventResponseType::Fail).await?;
            }
            tx.commit().await?;
        }
        Err(wrong)
    }

    /// Whether `name`, given with an answer, means this account: what the user typed at first, the real user
    /// name, its `sub` or any alias (authentication §1.2, observed).
    pub(super) async fn is_meant_by(&self, tx: &mut Tx, pool: &Pool, name: &str) -> Result<bool, Fault> {
        let Some(user) = &self.user else { return Ok(true) };
        if names::fold(pool, name) == user.row.username_key || name == user.row.sub {
            return Ok(true);
        }
        Ok(find_user(tx, pool, name).await?.is_some_and(|other| other.row.sub == user.row.sub))
    }
}

/// Texts that cannot be names are nobody's, and not looked for.
async fn find_user(tx: &mut Tx, pool: &Pool, name: &str) -> Result<Option<User>, Fault> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Ok(None);
    }
    record::find_for_sign_in(tx, pool, name).await
}

/// Whether a user may sign in with a password at all: before the password is looked at, and not hidden by
/// the client's setting, which is about users who do not exist (authentication §3, gates 8 to 11).
pub(super) fn check_state(user: &User) -> Result<(), Fault> {
    check_state_of_applicant(user)?;
    if user.status == UserStatusType::Unconfirmed { Err(Fault::user_not_confirmed()) } else { Ok(()) }
}

/// Whether a user may begin to sign in: one who is not confirmed may be so by a code (authentication §10,
/// documented).
pub(super) fn check_state_of_applicant(user: &User) -> Result<(), Fault> {
    use UserStatusType::{Confirmed, ExternalProvider, ForceChangePassword, ResetRequired, Unconfirmed};
    match user.status {
        ExternalProvider => Err(Fault::incorrect_username_or_password()),
        _ if !user.row.enabled => Err(Fault::user_disabled()),
        ResetRequired => Err(Fault::password_reset_required()),
        Unconfirmed | Confirmed | ForceChangePassword => Ok(()),
        // Never set (users-and-groups §10).
        _ => Err(Fault::incorrect_username_or_password()),
    }
}
