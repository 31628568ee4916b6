//! ConfirmSignUp.

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Medium, PoolId};
use poolhouse_store::StoreError;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::UserStatusType;

use super::Named;
use crate::codes::{self, Purpose, Try};
use crate::directory::record;
use crate::model::attributes::verified_flag;
use crate::model::{Client, Pool, User};
use crate::triggers::post_confirmation;
use crate::{Cx, clients, faults, nobody, signin, turns};

/// The answer to the code of a sign-up. Its `Debug` form shows no code.
pub struct Confirmation<'a> {
    /// The name and the client.
    pub named: Named<'a>,
    /// The code from the message.
    pub code: &'a str,
    /// Whether the verified address is taken from the user who holds it as an alias.
    pub force_alias: bool,
    /// The session that SignUp answered.
    pub session: Option<&'a str>,
}

impl fmt::Debug for Confirmation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").field("named", &self.named).finish_non_exhaustive()
    }
}

/// Confirms a user, and gives the session to sign in with, if it was asked for; the address that the code
/// went to is verified with it. Disabled users may confirm (users-and-groups §11.2, inferred).
///
/// When another user holds the address, nothing changes and the code stays good (§11.2, inferred).
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `UserNotFoundException`,
/// `CodeMismatchException`, `ExpiredCodeException`, `LimitExceededException`, `AliasExistsException`; those of
/// PostConfirmation, after which the user stays confirmed.
pub async fn confirm(cx: &Cx, answer: Confirmation<'_>) -> Result<Option<Sensitive>, Fault> {
    let (pool, client) = answer.named.proven_client(cx).await?;
    take(cx, &pool, &client, &answer).await
}

/// Confirms a user by the link that the pool `pool_id` sent. It holds no SECRET_HASH: who opens it is a browser.
///
/// # Errors
/// As [`confirm`]; `ResourceNotFoundException` for the client of another pool.
pub async fn confirm_by_link(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    username: &str,
    code: &str,
) -> Result<(), Fault> {
    let (pool, client) = clients::get(cx, client_id).await?;
    if pool.id != *pool_id {
        return Err(faults::client_not_found(client_id));
    }
    let named = Named { client_id, secret_hash: None, username };
    let confirmation = Confirmation { named, code, force_alias: false, session: None };
    take(cx, &pool, &client, &confirmation).await.map(drop)
}

/// Takes the code; gives the session to sign in with, if that of the sign-up came with it.
async fn take(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    answer: &Confirmation<'_>,
) -> Result<Option<Sensitive>, Fault> {
    let Named { client_id, username, .. } = answer.named;
    turns::at_name(cx, pool, username).await?;
    let unconfirmed = nobody::find_named(cx, pool, username)
        .await?
        .ok_or_else(faults::username_client_not_found)
        .and_then(|user| check_unconfirmed(&user).map(|()| user));
    let tried = Try { purpose: Purpose::SignUp, code: answer.code, client, event: None };
    let Some(user) = nobody::hide(client, unconfirmed)? else {
        return codes::check_of_nobody(cx, pool, username, &tried).await;
    };
    let (mut tx, code) = codes::check(cx, pool, &user.row.sub, tried).await?;
    let user = record::by_sub(&mut tx, pool, &user.row.sub).await?;
    let mut user = user.ok_or(StoreError::Retry)?;
    check_unconfirmed(&user)?;
    user.status = UserStatusType::Confirmed;
    if let (Some(flag), Some(address)) = (verified_flag(&code.attribute), &code.value)
        && user.attributes.get(&code.attribute) == Some(address)
    {
        user.attributes.insert(flag.to_owned(), "true".to_owned());
        // Where addresses are the names, the user holds its own from the start.
        if answer.force_alias && pool.username_attributes().is_empty() {
            record::release_alias(&mut tx, cx, pool, &code.attribute, address).await?;
        }
    }
    codes::use_up(&mut tx, &code).await?;
    record::save(&mut tx, pool, &mut user, cx.now).await?;
    tx.commit().await?;
    cx.end_turn();
    post_confirmation::sign_up(cx, pool, Some(client_id), &user).await?;
    let medium = if code.attribute == "email" { Medium::Email } else { Medium::Sms };
    signin::after_confirmation(cx, pool, client, &user, answer.session, medium)
}

fn check_unconfirmed(user: &User) -> Result<(), Fault> {
    if user.status == UserStatusType::Unconfirmed {
        return Ok(());
    }
    let status = user.status.as_str();
    Err(Fault::not_authorized(format!("User cannot be confirmed. Current status is {status}")))
}
