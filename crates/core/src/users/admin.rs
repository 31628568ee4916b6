//! What administrators do to one user who exists (docs/cognito/users-and-groups.md §12.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Sub};
use poolhouse_store::tables::users as table;
use poolhouse_wire::user_pools::{AttributeType, MFAOptionType, UserStatusType};

use super::attributes::{self, Author};
use super::change::{self, AttributeChange};
use super::mfa::{self, Preferences};
use super::password::PasswordSource;
use super::verifier;
use super::view::{self, AuthFactors, UserDetails};
use crate::codes::{self, Purpose};
use crate::directory::{Edit, edit, record};
use crate::model::{Pool, User};
use crate::sessions::browser;
use crate::triggers::post_confirmation;
use crate::users::generation;
use crate::{Cx, faults, pools, turns};

/// The user of a name.
///
/// # Errors
/// `UserNotFoundException`.
pub async fn get(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<UserDetails, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    Ok(view::details(&user))
}

/// The `sub` of a user, where there is one of that name.
///
/// # Errors
/// `ResourceNotFoundException` where there is no such pool.
pub async fn sub(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<Option<Sub>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let user = record::find(&mut cx.read().await?, &pool, username).await?;
    Ok(user.map(|user| user.row.sub))
}

/// Deletes a user with all that belongs to it: memberships, aliases, codes, sessions.
///
/// # Errors
/// `UserNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let Edit { mut tx, user } = edit(cx, &pool, username).await?;
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
    pool_id: &PoolId,
    username: &str,
    password: &str,
    permanent: bool,
) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    turns::at_user(cx, &pool, username).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    let ready = verifier::prepare(cx, &pool, &user, password, PasswordSource::Change).await?;
    let mut edit = edit(cx, &pool, username).await?;
    generation::end_at_reset(&mut edit.tx, cx, &pool, &mut edit.user).await?;
    ready.set(&mut edit.user, cx.now)?;
    edit.user.status =
        if permanent { UserStatusType::Confirmed } else { UserStatusType::ForceChangePassword };
    codes::withdraw(&mut edit.tx, &pool, &edit.user.row.sub, Purpose::ForgotPassword).await?;
    edit.commit(cx).await.map(drop)
}

/// Confirms a sign-up without its code; no address becomes verified by it.
///
/// # Errors
/// `UserNotFoundException`; `NotAuthorizedException` for a user whose sign-up needs no confirmation; those of
/// PostConfirmation, after which the user stays confirmed.
pub async fn confirm_sign_up(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let mut edit = edit(cx, &pool, username).await?;
    if edit.user.status != UserStatusType::Unconfirmed {
        let status = &edit.user.status;
        return Err(Fault::not_authorized(format!("User cannot be confirmed. Current status is {status}")));
    }
    edit.user.status = UserStatusType::Confirmed;
    let user = edit.commit(cx).await?;
    cx.end_turn();
    post_confirmation::sign_up(cx, &pool, None, &user).await
}

/// Lets a user sign in again. Tokens that died when it was disabled stay dead (tokens §10.2, recorded).
///
/// # Errors
/// `UserNotFoundException`.
pub async fn enable(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    set_enabled(cx, pool_id, username, true).await
}

/// Keeps a user from signing in and revokes all its tokens.
///
/// # Errors
/// `UserNotFoundException`.
pub async fn disable(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    set_enabled(cx, pool_id, username, false).await
}

async fn set_enabled(cx: &Cx, pool_id: &PoolId, username: &str, enabled: bool) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let Edit { mut tx, mut user } = edit(cx, &pool, username).await?;
    if !enabled {
        generation::end(&mut tx, cx, &mut user).await?;
        browser::end_of_user(&mut tx, &user).await?;
    }
    if user.row.enabled != enabled {
        user.row.enabled = enabled;
        record::update(&mut tx, &mut user, cx.now).await?;
    }
    Ok(tx.commit().await?)
}

/// Revokes all tokens of a user; it may sign in again at once.
///
/// # Errors
/// `UserNotFoundException`.
pub async fn sign_out(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let Edit { mut tx, mut user } = edit(cx, &pool, username).await?;
    generation::end(&mut tx, cx, &mut user).await?;
    Ok(tx.commit().await?)
}

/// Changes attributes, all or none of them. A new address that is not given as verified gets a code where
/// the pool verifies it.
///
/// # Errors
/// `UserNotFoundException`, `InvalidParameterException`, `AliasExistsException`.
pub async fn update_attributes(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    given: Vec<AttributeType>,
) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let given = attributes::collect(given);
    turns::at_user(cx, &pool, username).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    let change = change::plan(&pool, &user.attributes, &given, Author::Admin)?;
    apply(cx, &pool, &user, change).await
}

/// Removes attributes, all or none of them; absent ones are passed over.
///
/// # Errors
/// `UserNotFoundException`, `InvalidParameterException`.
pub async fn delete_attributes(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    names: &[String],
) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    turns::at_user(cx, &pool, username).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    let change = change::plan_removal(&pool, &user.attributes, names, Author::Admin)?;
    apply(cx, &pool, &user, change).await
}

async fn apply(cx: &Cx, pool: &Pool, user: &User, change: AttributeChange) -> Result<(), Fault> {
    for code in change.apply(cx, pool, None, user).await? {
        // The operation declares no failure of delivery; the log has it, and the user asks for another code.
        let _ = code.deliver(cx);
    }
    Ok(())
}

/// Turns SMS codes at sign-in on or off the old way (authentication §13.3, documented).
///
/// # Errors
/// `UserNotFoundException`, `InvalidParameterException`.
pub async fn set_settings(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    options: Vec<MFAOptionType>,
) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let mut edit = edit(cx, &pool, username).await?;
    mfa::set_options(&mut edit.user, options)?;
    edit.commit(cx).await.map(drop)
}

/// Turns the user's second factors on and off and sets the preferred one.
///
/// # Errors
/// `UserNotFoundException`, `InvalidParameterException`.
pub async fn set_mfa_preference(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    wanted: &Preferences,
) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let mut edit = edit(cx, &pool, username).await?;
    mfa::set_preferences(&mut edit.user, &pool, wanted)?;
    edit.commit(cx).await.map(drop)
}

/// Forgets the user's software token and what was set up of one. Without any nothing happens (new-operations
/// §5.1, open).
///
/// # Errors
/// `UserNotFoundException`, `UserNotConfirmedException`.
pub async fn delete_software_token(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let mut edit = edit(cx, &pool, username).await?;
    if edit.user.status == UserStatusType::Unconfirmed {
        return Err(faults::user_not_confirmed());
    }
    edit.user.mfa.remove_software_token();
    edit.commit(cx).await.map(drop)
}

/// The factors that the user has, first and second ones, whatever the user's status (new-operations §5.2).
///
/// # Errors
/// `UserNotFoundException`.
pub async fn auth_factors(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<AuthFactors, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let user = record::get(&mut cx.read().await?, &pool, username).await?;
    view::auth_factors(cx, &pool, &user).await
}
