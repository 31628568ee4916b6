//! An account that somebody made with another's address, once its owner proves the address.
//!
//! Anybody may sign up with any address and a password of their own. Who then proves the address, and not that
//! password, need not be who set it: all that could let the maker in ends (docs/decisions/0019-nothing-unproven-is-kept.md).

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::{devices, passkeys};

use crate::Cx;
use crate::model::User;
use crate::model::factors::Mfa;
use crate::sessions::browser;
use crate::users::generation;

/// Ends the password and all that [`forget_factors`] ends.
pub(crate) fn forget(user: &mut User) {
    user.row.verifier = None;
    user.row.imported_hash = None;
    user.row.password_history = None;
    user.row.password_set_at = None;
    // Sessions of sign-ins under way are void with it.
    user.row.password_version += 1;
    forget_factors(user);
}

/// Ends what else the record holds, where a new password takes the place of the old one; [`end`] does the rest when the
/// record is written.
pub(crate) fn forget_factors(user: &mut User) {
    user.mfa = Mfa::default();
    generation::count_up(user);
}

/// Ends what stands elsewhere: passkeys, devices, browser sessions, and what is known of sign-ins; the caller commits.
pub(crate) async fn end(tx: &mut Tx, cx: &Cx, user: &User) -> Result<(), Fault> {
    let (pool_id, sub) = (&user.row.pool_id, &user.row.sub);
    passkeys::delete_of_user(tx, pool_id, sub).await?;
    devices::delete_of_user(tx, pool_id, sub).await?;
    browser::end_of_user(tx, user).await?;
    generation::forget_sign_ins(tx, cx, user).await
}
