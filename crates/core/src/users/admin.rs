//! What administrators do to one user who exists (spec/users-and-groups.md §12.2).

use poolhouse_store::tables::users as table;
use poolhouse_wire::types::{UserStatusType, UserType};

use super::password::Occasion;
use super::{record, verifier, view};
use crate::{Cx, Fault, pools};

/// The user of a name.
///
/// # Errors
/// `UserNotFoundException`.
pub async fn get(cx: &Cx, pool_id: &str, username: &str) -> Result<UserType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    Ok(view::user_type(&user))
}

/// Deletes a user with all that belongs to it: memberships, aliases, codes, sessions.
///
/// # Errors
/// `UserNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &str, username: &str) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let mut tx = cx.write().await?;
    let user = record::get(&mut tx, &pool, username).await?;
    table::delete(&mut tx, &pool.id, &user.row.sub).await?;
    Ok(tx.commit().await?)
}

/// Sets a password, whatever the user's status: a permanent one confirms the user, another must be changed
/// at the next sign-in and starts the window of temporary passwords anew. Tokens stay valid (tokens §10.2,
/// recorded).
///
/// # Errors
/// `UserNotFoundException`, `InvalidPasswordException`, `PasswordHistoryPolicyViolationException`.
pub async fn set_password(
    cx: &Cx,
    pool_id: &str,
    username: &str,
    password: &str,
    permanent: bool,
) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    let ready = verifier::prepare(cx, &pool, &user, password, Occasion::Change).await?;
    let mut tx = cx.write().await?;
    let mut user = record::get(&mut tx, &pool, username).await?;
    ready.set(&mut user, cx.now)?;
    user.status = if permanent { UserStatusType::Confirmed } else { UserStatusType::ForceChangePassword };
    record::update(&mut tx, &mut user, cx.now).await?;
    Ok(tx.commit().await?)
}
