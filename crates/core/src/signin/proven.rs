//! What follows once the first factor is proven (spec/authentication.md §9).

use std::sync::Arc;

use poolhouse_wire::ErrorCode;
use poolhouse_wire::types::{UserPoolMfaType, UserStatusType};

use super::finish::{self, Redeemed};
use super::{Step, new_password};
use crate::clients::Client;
use crate::pools::Pool;
use crate::tokens::groups::GroupClaims;
use crate::users::User;
use crate::users::mfa::Mfa;
use crate::{Cx, Fault, lockout, triggers};

/// A user who has proven the first factor.
pub(super) struct Proven {
    pub(super) pool: Arc<Pool>,
    pub(super) client: Arc<Client>,
    pub(super) user: User,
    pub(super) groups: GroupClaims,
    /// What the proof was made with, if that can be used only once.
    pub(super) redeemed: Option<Redeemed>,
}

/// The tokens, or the next challenge.
pub(super) async fn after_first_factor(cx: &Cx, proven: Proven) -> Result<Step, Fault> {
    let (pool, user) = (&proven.pool, &proven.user);
    triggers::refuse_sign_in(pool)?;
    if user.status == UserStatusType::Confirmed && !needs_second_factor(pool, user) {
        return finish::sign_in(cx, proven, None).await;
    }
    settle(cx, &proven).await?;
    refuse_second_factor(pool, user)?;
    refuse_old_temporary_password(cx, pool, user)?;
    new_password::challenge(cx, &proven)
}

/// Writes what even a half sign-in uses up; what the proof leads to is told only afterwards, so that guesses
/// made at the same time as others get no further than the lock-out allows.
async fn settle(cx: &Cx, proven: &Proven) -> Result<(), Fault> {
    let mut tx = cx.write().await?;
    lockout::check(&mut tx, &proven.pool.id, &proven.user.row.sub, cx.now).await?;
    if let Some(redeemed) = &proven.redeemed {
        redeemed.spend(&mut tx, &proven.pool).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether one factor is not enough for this user: always where the pool requires a second one, and where it
/// is optional, when the user has turned any on.
fn needs_second_factor(pool: &Pool, user: &User) -> bool {
    match &pool.settings.pool.mfa_configuration {
        None | Some(UserPoolMfaType::Off) => false,
        Some(UserPoolMfaType::Optional) => user.mfa != Mfa::default(),
        Some(_) => true,
    }
}

/// Second factors are not served; nobody who needs one gets in without.
///
/// # Errors
/// `UnsupportedOperationException`.
pub(super) fn refuse_second_factor(pool: &Pool, user: &User) -> Result<(), Fault> {
    if needs_second_factor(pool, user) {
        return Err(Fault::new(
            ErrorCode::UnsupportedOperationException,
            "This user needs a second factor to sign in, and Poolhouse does not serve second factors yet.",
        ));
    }
    Ok(())
}

/// Gate 14 of authentication §3.
fn refuse_old_temporary_password(cx: &Cx, pool: &Pool, user: &User) -> Result<(), Fault> {
    let life = pool.temporary_password_days() * 24 * 60 * 60;
    if user.row.password_set_at.is_some_and(|set_at| set_at.plus_seconds(life) <= cx.now) {
        return Err(Fault::not_authorized(
            "Temporary password has expired and must be reset by an administrator.",
        ));
    }
    Ok(())
}
