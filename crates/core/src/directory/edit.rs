//! A user in the middle of a change: read in a write transaction, not yet written back.

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;

use super::record;
use crate::model::{Pool, User};
use crate::turns::{self, Thing};
use crate::{Cx, faults};

/// The user, and the transaction that holds it still.
pub(crate) struct Edit {
    pub(crate) tx: Tx,
    pub(crate) user: User,
}

/// Begins to change the user whom an administrator names.
///
/// # Errors
/// `UserNotFoundException`.
pub(crate) async fn edit(cx: &Cx, pool: &Pool, username: &str) -> Result<Edit, Fault> {
    turns::at_user(cx, pool, username).await?;
    let mut tx = cx.write().await?;
    let user = record::get(&mut tx, pool, username).await?;
    Ok(Edit { tx, user })
}

/// Begins to change a user who was found before, as it is now.
///
/// # Errors
/// `UserNotFoundException`.
pub(crate) async fn edit_again(cx: &Cx, pool: &Pool, found: &User) -> Result<Edit, Fault> {
    cx.take_turn(Thing::user(found)).await?;
    let mut tx = cx.write().await?;
    let user = record::by_sub(&mut tx, pool, &found.row.sub).await?.ok_or_else(faults::user_not_found)?;
    Ok(Edit { tx, user })
}

impl Edit {
    /// Keeps the change of a user whose attributes stayed as they were.
    pub(crate) async fn commit(mut self, cx: &Cx) -> Result<User, Fault> {
        record::update(&mut self.tx, &mut self.user, cx.now).await?;
        self.tx.commit().await?;
        Ok(self.user)
    }
}
