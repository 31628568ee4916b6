//! The end of a sign-in: the tokens, and everything that is written with them in one transaction.

use poolhouse_ports::{Medium, Timestamp};
use poolhouse_store::tables::{Insert, sessions, spent};
use poolhouse_store::{StoreError, Tx};

use super::Step;
use super::proven::Proven;
use crate::codes::{self, Purpose};
use crate::pools::Pool;
use crate::tokens::sign_in::SignIn;
use crate::tokens::{issue, refresh};
use crate::users::{User, record};
use crate::{Cx, Fault, devices, lockout};

/// Something that can be used once: a secret block or a session.
pub(super) struct Redeemed {
    mark: String,
    /// When it is void anyway, so that the mark need not be kept any longer.
    expires_at: Timestamp,
    replayed: fn() -> Fault,
}

impl Redeemed {
    /// A secret block, used up by the proof that it helped to make (authentication §8.3, open).
    pub(super) fn secret_block(id: &str, expires_at: Timestamp) -> Self {
        Self {
            mark: format!("secret_block/{id}"),
            expires_at,
            replayed: Fault::incorrect_username_or_password,
        }
    }

    /// A session, used up by the step that it led to (authentication §5, recorded).
    pub(super) fn session(id: &str, expires_at: Timestamp) -> Self {
        let replayed =
            || Fault::not_authorized("Invalid session for the user, session can only be used once.");
        Self { mark: format!("session/{id}"), expires_at, replayed }
    }

    /// Refuses what was used up before.
    pub(super) async fn check_unspent(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        if spent::contains(tx, &pool.id, &self.mark).await? { Err((self.replayed)()) } else { Ok(()) }
    }

    /// Uses it up; the caller commits.
    pub(super) async fn spend(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        match spent::insert(tx, &pool.id, &self.mark, self.expires_at).await? {
            Insert::Inserted => Ok(()),
            Insert::Exists => Err((self.replayed)()),
        }
    }
}

/// A user who signs in with a new password.
pub(super) struct Renewed {
    /// The user as it is to be stored.
    pub(super) user: User,
    /// Where the address was changed: an earlier code is no longer good.
    pub(super) settled: Vec<Medium>,
}

/// Signs the user in. With `renewed` the user is stored so, and the tokens tell of the change.
///
/// # Errors
/// `NotAuthorizedException` when what was redeemed was used up in the meantime, or the user locked out.
pub(super) async fn sign_in(cx: &Cx, proven: Proven, renewed: Option<Renewed>) -> Result<Step, Fault> {
    let Proven { pool, client, user, groups, redeemed } = proven;
    let new_device = devices::issue(cx, &pool);
    let device_key = new_device.as_ref().and_then(|new| new.device_key.clone());
    let sign_in = SignIn { device_key, ..SignIn::now(cx) };
    let shown = renewed.as_ref().map_or(&user, |renewed| &renewed.user);
    let mut result = issue::tokens(cx, &pool, &client, shown, &groups, &sign_in).await?;
    let sub = &user.row.sub;
    result.new_device_metadata = new_device;
    result.refresh_token = Some(refresh::seal(cx, &pool, &client, sub, &sign_in)?.into());

    let mut tx = cx.write().await?;
    let stored = record::by_sub(&mut tx, &pool, sub).await?;
    if stored.is_none_or(|stored| stored.row != user.row) {
        // Disabled, changed or deleted while the tokens were made: what was decided holds no longer.
        return Err(StoreError::Retry.into());
    }
    lockout::reset(&mut tx, &pool.id, sub, cx.now).await?;
    if let Some(redeemed) = redeemed {
        redeemed.spend(&mut tx, &pool).await?;
    }
    if let Some(Renewed { mut user, settled }) = renewed {
        record::save(&mut tx, &pool, &mut user, cx.now).await?;
        let settled = settled.into_iter().map(Purpose::Verify);
        for purpose in settled.chain([Purpose::ForgotPassword]) {
            codes::withdraw(&mut tx, &pool, sub, purpose).await?;
        }
    }
    if sessions::insert(&mut tx, &sign_in.session(cx, &pool, &client, sub)).await? == Insert::Exists {
        return Err(Fault::internal("two sign-ins have one event id"));
    }
    tx.commit().await?;
    Ok(Step::Tokens(Box::new(result)))
}
