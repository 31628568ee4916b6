//! Passwords set anew without the old one: ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword
//! (docs/cognito/users-and-groups.md §11.4, §16, authentication §15).

use poolhouse_kernel::Fault;
use poolhouse_ports::{Medium, PoolId};
use poolhouse_store::StoreError;
use poolhouse_store::tables::codes::Code;
use poolhouse_wire::user_pools::{
    CodeDeliveryDetailsType, EventFilterType, EventResponseType, EventType, RecoveryOptionNameType,
    UserStatusType,
};

use crate::codes::{self, Purpose, Try};
use crate::directory::{self, record};
use crate::limits::hourly::{self, Limit};
use crate::limits::lockout;
use crate::messages::{self, Address, Pretended};
use crate::model::attributes::verified_flag;
use crate::model::factors::Factor;
use crate::model::guess::Guess;
use crate::model::{Client, Pool, User};
use crate::sign_up::Named;
use crate::threat::{compromised, events};
use crate::triggers::post_confirmation;
use crate::users::password::PasswordSource;
use crate::users::{disown, generation, migrate, verifier};
use crate::{Cx, faults, nobody, pools, turns};

/// Authentication §15, ours; ConfirmForgotPassword's limit is that of its code.
const LIMIT: Limit = Limit { action: "forgot_password", most: 5 };

/// Sends the code with which a user sets a new password. The old password works until then
/// (users-and-groups §10, observed).
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `UserNotFoundException`,
/// `InvalidParameterException`, `LimitExceededException`, `CodeDeliveryFailureException`.
pub async fn forgot_password(cx: &Cx, named: Named<'_>) -> Result<CodeDeliveryDetailsType, Fault> {
    let (pool, client) = named.proven_client(cx).await?;
    let username = named.username;
    let Some(media) = media(&pool) else {
        return Err(Fault::not_authorized("Contact administrator to reset password."));
    };
    nobody::hide(&client, migrate::at_forgotten_password(cx, &pool, &client, username).await)?;
    let found = nobody::find_named(cx, &pool, username).await?;
    let Some((user, address)) = nobody::hide(&client, recoverable(found, &media))? else {
        let message = Pretended::new(&pool, username, &media);
        return messages::send_code(cx, &pool, username, message, LIMIT).await;
    };
    hourly::check(&mut cx.read().await?, cx, &pool.id, &user.row.sub, LIMIT).await?;
    let code = codes::for_password(cx, &pool, &user, &address);
    let code = code.worded_for(cx, &pool, &user, &client).await;
    // Not before: others wait in this line, and functions take their time.
    turns::at_name(cx, &pool, username).await?;
    let mut tx = cx.write().await?;
    record::check_unchanged(&mut tx, &pool, &user).await?;
    hourly::count(&mut tx, cx, &pool.id, &user.row.sub, LIMIT).await?;
    code.store(&mut tx, &pool).await?;
    let begun = events::Noted { kind: EventType::ForgotPassword, response: EventResponseType::InProgress };
    events::note(&mut tx, cx, &pool, &client, &user.row.sub, begun).await?;
    tx.commit().await?;
    code.deliver(cx)
}

/// Sets the password of a user who has the code; confirms the user and ends a lock-out
/// (authentication §15.2).
///
/// The code is checked before the password is held against the history: only its owner may learn which
/// passwords were used before. A password that is refused leaves the code good (users-and-groups §11.4,
/// inferred).
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `UserNotFoundException`,
/// `CodeMismatchException`, `ExpiredCodeException`, `LimitExceededException`, `InvalidPasswordException`,
/// `PasswordHistoryPolicyViolationException`; those of PostConfirmation, after which the password stays.
pub async fn confirm_forgot_password(
    cx: &Cx,
    named: Named<'_>,
    code: &str,
    new_password: &str,
) -> Result<(), Fault> {
    let (pool, client) = named.proven_client(cx).await?;
    let Named { client_id, username, .. } = named;
    turns::at_name(cx, &pool, username).await?;
    let found = nobody::find_named(cx, &pool, username).await?;
    let event = Some(EventType::ForgotPassword);
    let tried = Try { purpose: Purpose::ForgotPassword, code, client: &client, event };
    let Some(user) = nobody::hide(&client, in_good_state(found))? else {
        return codes::check_of_nobody(cx, &pool, username, &tried).await;
    };
    let (tx, code) = codes::check(cx, &pool, &user.row.sub, tried).await?;
    tx.commit().await?;
    let user = cx.repeat(|| set_with_code(cx, &pool, &client, &code, new_password)).await?;
    cx.end_turn();
    post_confirmation::forgot_password(cx, &pool, client_id, &user).await
}

/// Sets the password of the owner of a code whose try is counted already. A code proves the address that it
/// was sent to: it is of no use to who had that address before.
async fn set_with_code(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    code: &Code,
    new_password: &str,
) -> Result<User, Fault> {
    let user = record::by_sub(&mut cx.read().await?, pool, &code.sub).await?.ok_or_else(codes::expired)?;
    if user.attributes.get(&code.attribute) != code.value.as_ref() {
        return Err(codes::expired());
    }
    let ready = verifier::prepare(cx, pool, &user, new_password, PasswordSource::Change).await?;
    compromised::check_new(cx, pool, client, new_password, EventFilterType::PasswordChange).await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, pool, &user).await?;
    codes::use_up(&mut tx, code).await?;
    if user.status == UserStatusType::Unconfirmed {
        disown::forget_factors(&mut user);
        disown::end(&mut tx, cx, &user).await?;
    }
    generation::end_at_reset(&mut tx, cx, pool, &mut user).await?;
    ready.set(&mut user, cx.now)?;
    user.status = UserStatusType::Confirmed;
    if let Some(flag) = verified_flag(&code.attribute) {
        user.attributes.insert(flag.to_owned(), "true".to_owned());
    }
    lockout::clear(&mut tx, &pool.id, &user.row.sub, Guess::Password).await?;
    record::save(&mut tx, pool, &mut user, cx.now).await?;
    let done = events::Noted { kind: EventType::ForgotPassword, response: EventResponseType::Pass };
    events::note(&mut tx, cx, pool, client, &user.row.sub, done).await?;
    tx.commit().await?;
    Ok(user)
}

/// Ends the user's password and sends the code for a new one.
///
/// # Errors
/// `ResourceNotFoundException`, `UserNotFoundException`, `NotAuthorizedException`,
/// `InvalidParameterException`, `CodeDeliveryFailureException`.
pub async fn admin_reset(cx: &Cx, pool_id: &PoolId, username: &str) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    turns::at_user(cx, &pool, username).await?;
    let user = directory::get(&mut cx.read().await?, &pool, username).await?;
    let address = reset_address(&pool, &user)?;
    let code = codes::for_password(cx, &pool, &user, &address).worded(cx, &pool, &user, None).await;
    let mut edit = directory::edit(cx, &pool, username).await?;
    if reset_address(&pool, &edit.user)? != address {
        return Err(StoreError::Retry.into());
    }
    edit.user.status = UserStatusType::ResetRequired;
    code.store(&mut edit.tx, &pool).await?;
    edit.commit(cx).await?;
    code.deliver(cx).map(drop)
}

/// Where an administrator's reset is sent. A pool that leaves recovery to administrators has no way for it
/// either (users-and-groups §16, documented).
fn reset_address(pool: &Pool, user: &User) -> Result<Address, Fault> {
    if !user.row.enabled {
        // users-and-groups §12.2, observed: without the full stop of the other operations
        return Err(Fault::not_authorized("User is disabled"));
    }
    if !matches!(user.status, UserStatusType::Confirmed | UserStatusType::ResetRequired) {
        return Err(wrong_state());
    }
    address(user, &media(pool).unwrap_or_default()).ok_or_else(no_address)
}

/// A user whose password can be set anew. Users without one of their own here have none to reset (users-and-groups §11.4, observed).
fn in_good_state(found: Option<User>) -> Result<User, Fault> {
    let user = found.ok_or_else(faults::username_client_not_found)?;
    match user.status {
        _ if !user.row.enabled => Err(faults::user_disabled()),
        UserStatusType::ForceChangePassword | UserStatusType::ExternalProvider => Err(wrong_state()),
        _ => Ok(user),
    }
}

/// The same, with the address to which the code goes.
fn recoverable(found: Option<User>, media: &[Medium]) -> Result<(User, Address), Fault> {
    let user = in_good_state(found)?;
    let address = address(&user, media).ok_or_else(no_address)?;
    Ok((user, address))
}

/// Whether users can set a forgotten password anew by themselves.
pub(crate) fn is_offered(pool: &Pool) -> bool {
    media(pool).is_some()
}

/// The ways to reach users of the pool, the preferred one first; `None` when only administrators help.
/// Without a setting: telephone, then e-mail (users-and-groups §16, documented).
fn media(pool: &Pool) -> Option<Vec<Medium>> {
    let setting = pool.settings.general.account_recovery_setting.as_ref();
    let mut mechanisms = setting.and_then(|s| s.recovery_mechanisms.clone()).unwrap_or_default();
    if mechanisms.is_empty() {
        return Some(vec![Medium::Sms, Medium::Email]);
    }
    mechanisms.sort_by_key(|m| m.priority);
    let media: Vec<_> = mechanisms
        .iter()
        .filter_map(|m| match m.name {
            RecoveryOptionNameType::VerifiedEmail => Some(Medium::Email),
            RecoveryOptionNameType::VerifiedPhoneNumber => Some(Medium::Sms),
            _ => None,
        })
        .collect();
    (!media.is_empty()).then_some(media)
}

/// The first verified address. One that is the user's second factor would make the two factors one
/// (users-and-groups §16, documented).
fn address(user: &User, media: &[Medium]) -> Option<Address> {
    let usable = media.iter().filter(|medium| !is_second_factor(user, **medium));
    usable.filter_map(|medium| Address::verified_of(user, *medium)).next()
}

/// The factor that the user is asked for at sign-in: the preferred one, or without a preference any that is
/// turned on (authentication §15.2).
fn is_second_factor(user: &User, medium: Medium) -> bool {
    let factor = Factor::of(medium);
    user.mfa.preferred().map_or_else(|| user.mfa.is_activated(factor), |preferred| preferred == factor)
}

fn wrong_state() -> Fault {
    Fault::not_authorized("User password cannot be reset in the current state.")
}

fn no_address() -> Fault {
    Fault::invalid_parameter(
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )
}
