//! Codes that prove an address: six digits, sent in a message and given back
//! (docs/cognito/triggers-and-messages.md §10, users-and-groups §13).
//!
//! A user has one code for each purpose; a new one takes the place of the old one, success uses it up.
//! The database holds a keyed hash. To send one:
//!
//! 1. [`for_sign_up`], [`for_password`] or [`for_attribute`] draws the code and writes the message, before the
//!    transaction;
//! 2. [`NewCode::store`] keeps both, in the transaction of the change that they belong to;
//! 3. [`NewCode::deliver`] sends the message on its way, after the commit.
//!
//! To take one back: [`check`] opens a transaction and counts the try in it, [`use_up`] ends the code.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Medium, Sub};
use poolhouse_store::Tx;
use poolhouse_store::tables::codes::{self as table, Code};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{CodeDeliveryDetailsType, EventResponseType, EventType};

use crate::limits::hourly;
use crate::messages::{self, About, Address, Occasion, Outgoing};
use crate::model::{Client, Pool, User};
use crate::threat::events;
use crate::{Cx, guess, nobody};

/// How many digits a code has.
const DIGITS: usize = 6;

/// How long a keyed hash is.
const HASH_BYTES: usize = 32;

/// How many replaced codes are told from wrong ones.
const REMEMBERED: usize = 8;

/// What a code is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Confirming a sign-up.
    SignUp,
    /// Setting a new password without the old one.
    ForgotPassword,
    /// Verifying the address of this medium.
    Verify(Medium),
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::ForgotPassword => "forgot_password",
            Self::Verify(Medium::Email) => "verify_email",
            Self::Verify(Medium::Sms) => "verify_phone_number",
        }
    }

    /// How long a code lives, in seconds: a day, for passwords an hour (triggers-and-messages §10,
    /// documented).
    const fn seconds(self) -> i64 {
        match self {
            Self::ForgotPassword => 60 * 60,
            Self::SignUp | Self::Verify(_) => 24 * 60 * 60,
        }
    }

    /// The limit on answers within an hour (protocol §9, documented; for passwords a choice within
    /// AWS's 5 to 20).
    pub(crate) const fn tries(self) -> hourly::Limit {
        match self {
            Self::SignUp => hourly::Limit { action: "confirm_sign_up", most: 15 },
            Self::ForgotPassword => hourly::Limit { action: "confirm_forgot_password", most: 15 },
            Self::Verify(_) => hourly::Limit { action: "verify_user_attribute", most: 15 },
        }
    }
}

/// A code that was drawn and is neither stored nor sent yet.
#[must_use]
pub(crate) struct NewCode {
    row: Code,
    message: Outgoing,
    details: CodeDeliveryDetailsType,
}

impl NewCode {
    /// Keeps the code and its message; codes before it are no longer good, and known as such.
    pub(crate) async fn store(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        let Code { pool_id, sub, purpose, .. } = &self.row;
        let before = table::get(tx, pool_id, sub, purpose).await?;
        let mut row = self.row.clone();
        row.code.extend(before.into_iter().flat_map(|b| b.code).take(REMEMBERED * HASH_BYTES));
        table::put(tx, &row).await?;
        self.message.store(tx, pool).await
    }

    /// As [`NewCode::store`], for a new user, who has had no code: what others write need not be read.
    pub(crate) async fn store_first(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        table::put(tx, &self.row).await?;
        self.message.store(tx, pool).await
    }

    /// Lets the pool's CustomMessage choose the words; to be called before the transaction.
    pub(crate) async fn worded(
        self,
        cx: &Cx,
        pool: &Pool,
        user: &User,
        client_id: Option<&ClientId>,
    ) -> Self {
        Self { message: self.message.worded(cx, pool, user, client_id).await, ..self }
    }

    /// As [`NewCode::worded`], for a code that strangers can ask for who know a name.
    pub(crate) async fn worded_for(self, cx: &Cx, pool: &Pool, user: &User, client: &Client) -> Self {
        Self { message: self.message.worded_for(cx, pool, user, client).await, ..self }
    }

    /// Sends the message on its way; to be called after the commit.
    ///
    /// # Errors
    /// `CodeDeliveryFailureException`.
    pub(crate) fn deliver(self, cx: &Cx) -> Result<CodeDeliveryDetailsType, Fault> {
        self.message.deliver(cx)?;
        Ok(self.details)
    }
}

/// Draws the code that confirms the sign-up of `user` through a client.
pub(crate) fn for_sign_up(
    cx: &Cx,
    pool: &Pool,
    client_id: &ClientId,
    user: &User,
    occasion: Occasion,
    address: &Address,
) -> NewCode {
    let write = |about: &About<'_>| messages::confirmation(cx, about, occasion, client_id);
    draw(cx, pool, user, Purpose::SignUp, address, write)
}

/// Draws the code with which `user` sets a new password.
pub(crate) fn for_password(cx: &Cx, pool: &Pool, user: &User, address: &Address) -> NewCode {
    let write = |about: &About<'_>| messages::verification(cx, about, Occasion::ForgotPassword);
    draw(cx, pool, user, Purpose::ForgotPassword, address, write)
}

/// Draws the code that verifies `address`: a new value of the user's attribute, already stored or still
/// waiting for this code (AttributesRequireVerificationBeforeUpdate). VerifyUserAttribute takes it.
pub(crate) fn for_attribute(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    occasion: Occasion,
    address: &Address,
) -> NewCode {
    let write = |about: &About<'_>| messages::verification(cx, about, occasion);
    draw(cx, pool, user, Purpose::Verify(address.medium), address, write)
}

/// Draws a code for `user`, to be sent to `address` in the message that `write` makes.
fn draw(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    purpose: Purpose,
    address: &Address,
    write: impl FnOnce(&About<'_>) -> Outgoing,
) -> NewCode {
    let code = cx.entropy().digits(DIGITS);
    let sub = &user.row.sub;
    let expires_at = cx.now.plus_seconds(purpose.seconds());
    NewCode {
        row: Code {
            pool_id: pool.id.clone(),
            sub: sub.clone(),
            purpose: purpose.as_str().to_owned(),
            attribute: address.attribute().to_owned(),
            value: Some(address.value.clone()),
            code: hash(pool, sub, purpose, &code),
            created_at: cx.now,
            expires_at,
            attempts: 0,
        },
        message: write(&About { pool, user, address, code: &code, expires_at }),
        details: address.details(),
    }
}

/// A try at a code by somebody who has proven nothing else.
pub(crate) struct Try<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) code: &'a str,
    /// Through which client it comes.
    pub(crate) client: &'a Client,
    /// The event that a wrong code is, where the pool has events.
    pub(crate) event: Option<EventType>,
}

impl Try<'_> {
    /// Whether nobody must be told from users by the answer.
    fn is_hidden(&self) -> bool {
        // Who verifies an address shows an access token.
        self.client.hides_missing_users() && !matches!(self.purpose, Purpose::Verify(_))
    }
}

/// Counts a try and compares: gives the open transaction and the code, which is right and not used up yet.
///
/// One try at a time, on this node; the counter is written in the transaction that compares, so that the database
/// has the last word over all nodes. A wrong try is committed before the fault is answered, so that guesses are
/// counted whatever the caller does.
///
/// # Errors
/// `LimitExceededException` after too many tries within an hour; `TooManyRequestsException` when the line is full;
/// `ExpiredCodeException` for a code that is expired, replaced, used or was never asked for; `CodeMismatchException`
/// for a wrong one (users-and-groups §11.2, observed). Where the client hides who exists, only a code that was good once
/// is told of as expired: that there is none, or none any more, would tell of the user (users-and-groups §15, ours).
pub(crate) async fn check(cx: &Cx, pool: &Pool, sub: &Sub, tried: Try<'_>) -> Result<(Tx, Code), Fault> {
    let Try { purpose, client, .. } = tried;
    let _turn = guess::turn(cx, &pool.id, sub, purpose.as_str()).await?;
    hourly::check(&mut cx.read().await?, cx, &pool.id, sub, purpose.tries()).await?;
    let given = hash(pool, sub, purpose, tried.code);
    let mut tx = cx.write().await?;
    hourly::count(&mut tx, cx, &pool.id, sub, purpose.tries()).await?;
    let stored = table::get(&mut tx, &pool.id, sub, purpose.as_str()).await?;
    let has_expired = stored.as_ref().is_none_or(|code| code.expires_at <= cx.now);
    match stored.as_ref().and_then(|code| place(code, &given)) {
        Some(0) if !has_expired => return stored.map(|code| (tx, code)).ok_or_else(expired),
        None if !has_expired || tried.is_hidden() => {}
        _ => {
            tx.commit().await?;
            return Err(expired());
        }
    }
    if let Some(event) = tried.event {
        let failed = events::Noted { kind: event, response: EventResponseType::Fail };
        events::note(&mut tx, cx, pool, client, sub, failed).await?;
    }
    tx.commit().await?;
    Err(mismatch())
}

/// What [`check`] answers for nobody, the limit included, and as quickly.
///
/// # Errors
/// Always: `CodeMismatchException`, `LimitExceededException`.
pub(crate) async fn check_of_nobody<T>(
    cx: &Cx,
    pool: &Pool,
    username: &str,
    tried: &Try<'_>,
) -> Result<T, Fault> {
    let subject = nobody::subject(pool, username);
    let _turn = guess::turn(cx, &pool.id, &subject, tried.purpose.as_str()).await?;
    hourly::check(&mut cx.read().await?, cx, &pool.id, &subject, tried.purpose.tries()).await?;
    let mut tx = cx.write().await?;
    hourly::count(&mut tx, cx, &pool.id, &subject, tried.purpose.tries()).await?;
    table::get(&mut tx, &pool.id, &subject, tried.purpose.as_str()).await?;
    if tried.event.is_some() {
        nobody::leave(&mut tx, cx, pool, &subject, nobody::event_rows(pool)).await?;
    }
    tx.commit().await?;
    Err(mismatch())
}

/// Ends a code that [`check`] gave.
///
/// # Errors
/// `ExpiredCodeException` when another request was quicker.
pub(crate) async fn use_up(tx: &mut Tx, code: &Code) -> Result<(), Fault> {
    let current = table::get(tx, &code.pool_id, &code.sub, &code.purpose).await?;
    if current.is_none_or(|c| c.code != code.code) {
        return Err(expired());
    }
    table::delete(tx, &code.pool_id, &code.sub, &code.purpose).await?;
    Ok(())
}

/// Ends the user's code for `purpose`, if there is one. To be called where its reason is gone: for an
/// address, and a value that waits for the code, where the attribute is set to something else without a code,
/// or deleted; for a forgotten password, where one is set in another way.
pub(crate) async fn withdraw(tx: &mut Tx, pool: &Pool, sub: &Sub, purpose: Purpose) -> Result<(), Fault> {
    table::delete(tx, &pool.id, sub, purpose.as_str()).await?;
    Ok(())
}

/// The address that the latest code for this medium was sent to, expired or not.
pub(crate) async fn address_of(
    tx: &mut Tx,
    pool: &Pool,
    sub: &Sub,
    medium: Medium,
) -> Result<Option<Address>, Fault> {
    let code = table::get(tx, &pool.id, sub, Purpose::Verify(medium).as_str()).await?;
    Ok(code.and_then(|c| c.value).map(|value| Address::new(medium, &value)))
}

/// A code that is expired, replaced, used, or was never asked for.
pub(crate) fn expired() -> Fault {
    Fault::new(ErrorCode::ExpiredCodeException, "Invalid code provided, please request a code again.")
}

/// A wrong code.
fn mismatch() -> Fault {
    Fault::new(ErrorCode::CodeMismatchException, "Invalid verification code provided, please try again.")
}

/// Which of the user's codes, the newest first, has this hash; each is compared in constant time.
fn place(code: &Code, hash: &[u8]) -> Option<usize> {
    let mut hashes = code.code.chunks(HASH_BYTES);
    hashes.position(|known| poolhouse_crypto::digest::equal(known, hash))
}

/// What the database holds of a code. Six digits are guessed at once from a plain hash; the key of the
/// pool keeps a stolen database useless, and the purpose and user keep rows from being swapped.
fn hash(pool: &Pool, sub: &Sub, purpose: Purpose, code: &str) -> Vec<u8> {
    pool.keys.hash(&format!("code/{}/{sub}", purpose.as_str()), code).to_vec()
}
