//! Whose sign-in it is: the user whom a name means, or a stand-in where the client hides that there is none.

use poolhouse_crypto::srp::{Identity, Verifier};
use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_wire::user_pools::{ChallengeName, EventType, UserStatusType};
use uuid::Builder;

use crate::directory::record;
use crate::guess::{Place, Trace};
use crate::limits::lockout;
use crate::model::guess::Guess;
use crate::model::user::blank;
use crate::model::{Attributes, Client, Pool, User, names, threat_protection};
use crate::threat::events::Event;
use crate::users::verifier;
use crate::{Cx, faults, nobody};

/// An account to sign in to. A stand-in looks like one from outside, costs the same work, is locked out
/// alike, and never gets in.
pub(super) struct Account {
    /// The user's `sub`; a stand-in's is made up and the same for the same name.
    pub(super) sub: Sub,
    /// `USER_ID_FOR_SRP`.
    pub(super) username: String,
    pub(super) verifier: Verifier,
    /// As whom wrong guesses and sent codes are counted.
    pub(super) counted: Sub,
    /// The name that led here.
    name: String,
    /// Whether the client hides who exists: then nothing is told of the user before the password is proven.
    hides: bool,
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
        nobody::admit_named(cx, pool, name, user.as_ref())?;
        Self::named(pool, client, user, name)
    }

    /// As [`Account::find`], for a request that is counted later.
    pub(super) async fn look_up(
        tx: &mut Tx,
        pool: &Pool,
        client: &Client,
        name: &str,
    ) -> Result<Self, Fault> {
        Self::named(pool, client, find_user(tx, pool, name).await?, name)
    }

    fn named(pool: &Pool, client: &Client, user: Option<User>, name: &str) -> Result<Self, Fault> {
        match user {
            Some(user) => Self::of(pool, client, user, name),
            None if client.hides_missing_users() => Ok(Self::stand_in(pool, client, name)),
            None => Err(faults::user_not_found()),
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
        client: &Client,
        sub: &Sub,
        name: &str,
    ) -> Result<Self, Fault> {
        let account = Self::known(tx, pool, client, sub, name).await?;
        nobody::admit_named(cx, pool, name, account.user.as_ref())?;
        Ok(account)
    }

    /// As [`Account::again`], for a request that was counted already.
    pub(super) async fn known(
        tx: &mut Tx,
        pool: &Pool,
        client: &Client,
        sub: &Sub,
        name: &str,
    ) -> Result<Self, Fault> {
        match record::by_sub(tx, pool, sub).await? {
            Some(user) => Self::of(pool, client, user, name),
            None => Ok(Self::stand_in(pool, client, name)),
        }
    }

    fn of(pool: &Pool, client: &Client, user: User, name: &str) -> Result<Self, Fault> {
        let hides = client.hides_missing_users();
        let (username, stored) = if hides {
            verifier::open_hiding(pool, &user)?
        } else {
            (user.row.username.clone().into(), verifier::open(pool, &user)?)
        };
        // A user without a password gets a verifier that no password fits.
        let verifier = stored.unwrap_or_else(|| pool.keys.stand_in_verifier(&user.row.sub));
        let (sub, counted, name) = (user.row.sub.clone(), user.row.sub.clone(), name.to_owned());
        Ok(Self { sub, username, verifier, counted, name, hides, user: Some(user) })
    }

    /// Authentication §8.6, recorded: the same salt for the same name. It is told the name that a user would be told who
    /// is found by this text ([`hiding_name`]): a UUID where users are told their `sub`.
    fn stand_in(pool: &Pool, client: &Client, name: &str) -> Self {
        let key = names::fold(pool, name);
        let sub = stand_in_sub(pool, name);
        let is_named_by_sub = !pool.username_attributes().is_empty();
        let username = match names::as_sub(name) {
            // There, users may sign in by their sub.
            None if is_named_by_sub => sub.clone().into(),
            _ if !pool.alias_attributes().is_empty() => sub.clone().into(),
            _ => key.clone(),
        };
        Self {
            username,
            verifier: pool.keys.stand_in_verifier(&key),
            sub,
            counted: nobody::subject(pool, name),
            name: name.to_owned(),
            hides: client.hides_missing_users(),
            user: None,
        }
    }

    /// The user, or a user who is in no database.
    pub(super) fn user_or_phantom(&self, cx: &Cx, pool: &Pool) -> User {
        let phantom = || {
            let is_named_by_sub = !pool.username_attributes().is_empty();
            let username = if is_named_by_sub { self.username.clone() } else { self.name.clone() };
            blank(
                cx.now,
                pool,
                self.sub.clone(),
                username.into(),
                Attributes::new(),
                UserStatusType::Confirmed,
            )
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

    /// The gates between finding an account and looking at a guess, in the order of authentication §3.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `UserNotConfirmedException`, `PasswordResetRequiredException`.
    pub(super) async fn check(&self, cx: &Cx, tx: &mut Tx, pool: &Pool, guess: Guess) -> Result<(), Fault> {
        lockout::check(tx, &pool.id, &self.counted, guess, cx.now).await?;
        self.check_told_state()
    }

    /// Refuses a user who may not sign in. Where the client hides who exists, that waits for the proof (authentication §7,
    /// documented for a disabled one).
    ///
    /// # Errors
    /// `NotAuthorizedException`, `UserNotConfirmedException`, `PasswordResetRequiredException`.
    pub(super) fn check_told_state(&self) -> Result<(), Fault> {
        self.user.as_ref().filter(|_| !self.hides).map_or(Ok(()), check_state)
    }

    /// The place for a guess at this account.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `TooManyRequestsException`.
    pub(super) async fn place<'a>(&self, cx: &'a Cx, pool: &Pool, guess: Guess) -> Result<Place<'a>, Fault> {
        Place::take(cx, &pool.id, &self.counted, guess).await
    }

    /// The user, once the first factor is proven to be theirs, or not: settles the guess and leaves its place.
    ///
    /// # Errors
    /// Counts a failure and answers `wrong` when it is not proven; a stand-in's never is. Whoever proved it is told why
    /// the user may not sign in.
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
            let guess = place.guess();
            place.right().await?;
            match guess {
                Guess::Password => check_state(user)?,
                _ => check_state_of_applicant(user)?,
            }
            return Ok(user.clone());
        }
        let is_noted = threat_protection::mode(pool).is_some();
        if is_noted || place.guess().is_counted() {
            let answered = match place.guess() {
                Guess::Password => ChallengeName::Password,
                _ => ChallengeName::Mfa,
            };
            place
                .wrong(match &self.user {
                    None => Trace::Nobody(pool),
                    Some(_) if is_noted => {
                        Trace::Event(Event::answered(cx, answered, false), EventType::SignIn, pool, client)
                    }
                    Some(_) => Trace::Nothing,
                })
                .await?;
        }
        Err(wrong)
    }

    /// Whether `name`, given with an answer, means this account: what the user typed at first, the real user
    /// name, its `sub` or any alias (authentication §1.2, observed).
    pub(super) async fn is_meant_by(&self, tx: &mut Tx, pool: &Pool, name: &str) -> Result<bool, Fault> {
        let Some(user) = &self.user else {
            let own = [&*self.name, &*self.username, &*self.sub];
            return Ok(own.into_iter().any(|own| names::fold(pool, own) == names::fold(pool, name)));
        };
        if names::fold(pool, name) == user.row.username_key || user.row.sub == *name {
            return Ok(true);
        }
        Ok(find_user(tx, pool, name).await?.is_some_and(|other| other.row.sub == user.row.sub))
    }
}

/// The `sub` that stands for one where nobody has the name.
pub(super) fn stand_in_sub(pool: &Pool, name: &str) -> Sub {
    made_up_uuid(pool, "stand_in", &names::fold(pool, name)).into()
}

/// A UUID like a `sub`, the same for the same name.
pub(super) fn made_up_uuid(pool: &Pool, purpose: &str, name: &str) -> String {
    let bytes = pool.keys.hash(purpose, name).first_chunk().copied().unwrap_or_default();
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Texts that cannot be names are nobody's, and not looked for.
async fn find_user(tx: &mut Tx, pool: &Pool, name: &str) -> Result<Option<User>, Fault> {
    if name.chars().count() > names::LONGEST || name.chars().any(char::is_control) {
        return Ok(None);
    }
    record::find_for_sign_in(tx, pool, name).await
}

/// Whether a user may sign in with a password at all (authentication §3, gates 8 to 11).
pub(super) fn check_state(user: &User) -> Result<(), Fault> {
    check_state_of_applicant(user)?;
    if user.status == UserStatusType::Unconfirmed { Err(faults::user_not_confirmed()) } else { Ok(()) }
}

/// Whether a user may begin to sign in: one who is not confirmed may be so by a code (authentication §10,
/// documented).
pub(super) fn check_state_of_applicant(user: &User) -> Result<(), Fault> {
    use UserStatusType::{Confirmed, ExternalProvider, ForceChangePassword, ResetRequired, Unconfirmed};
    match user.status {
        ExternalProvider => Err(faults::incorrect_username_or_password()),
        _ if !user.row.enabled => Err(faults::user_disabled()),
        ResetRequired => Err(faults::password_reset_required()),
        Unconfirmed | Confirmed | ForceChangePassword => Ok(()),
        // Never set (users-and-groups §10).
        _ => Err(faults::incorrect_username_or_password()),
    }
}
