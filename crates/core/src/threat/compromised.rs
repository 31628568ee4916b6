//! What is done about passwords that others know (docs/cognito/operations-and-protection.md §9.3).
//!
//! A password is looked up where the server sees it and its owner chose it: SignUp, ChangePassword,
//! ConfirmForgotPassword, NEW_PASSWORD_REQUIRED, and sign-in with a plain one. Not those that an administrator sets,
//! and not in SRP, which sends none (documented).

use poolhouse_kernel::{Fault, Kind};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{ChallengeName, EventFilterType, UserStatusType};

use super::events::{Event, Noted};
use super::risk;
use crate::directory::record;
use crate::model::{Client, Pool, User};
use crate::state::findings::Finding;
use crate::{Cx, faults};

/// Refuses a new password that others know, where the configuration says so.
///
/// # Errors
/// `InvalidPasswordException`.
pub(crate) async fn check_new(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    password: &str,
    event: EventFilterType,
) -> Result<(), Fault> {
    if look_up(cx, pool, client, password, event).await? != Found::Blocked {
        return Ok(());
    }
    // Observed.
    let text = "Provided password cannot be used for security reasons.";
    Err(Fault::new(ErrorCode::InvalidPasswordException, text).of_kind(Kind::KnownPassword))
}

/// Refuses the sign-in of a user whose password, proven to be right, others know: from then on only a new password
/// helps (documented). A temporary one is replaced in the next step anyway. Whether the password is known, where it is
/// let pass.
///
/// # Errors
/// `PasswordResetRequiredException`.
pub(crate) async fn check_sign_in(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    password: &str,
) -> Result<bool, Fault> {
    if user.status == UserStatusType::ForceChangePassword {
        return Ok(false);
    }
    match look_up(cx, pool, client, password, EventFilterType::SignIn).await? {
        Found::Nothing => return Ok(false),
        Found::Known => return Ok(true),
        Found::Blocked => {}
    }
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, pool, user).await?;
    // Refused all the same while a recovery holds users still (new-operations §15.5, inferred).
    if !pool.keeps_users(cx.now) {
        user.status = UserStatusType::ResetRequired;
        record::update(&mut tx, &mut user, cx.now).await?;
    }
    let event = Event::answered(cx, ChallengeName::Password, true).compromised().blocked();
    event.put(&mut tx, cx, pool, client, &user.row.sub, Noted::FAILED_SIGN_IN).await?;
    tx.commit().await?;
    Err(faults::password_reset_required())
}

/// What was found about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Others know it.
    Known,
    /// Others know it, and the configuration refuses it.
    Blocked,
}

/// Looks the password up where threat protection is on, and counts it if it is known.
async fn look_up(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    password: &str,
    event: EventFilterType,
) -> Result<Found, Fault> {
    let Some(risk) = risk::of(pool, client) else { return Ok(Found::Nothing) };
    let (engine, password) = (cx.engine().clone(), password.to_owned());
    // The list is on the disk.
    if !cx.crypto(move || engine.state().compromised_passwords.contains(&password)).await? {
        return Ok(Found::Nothing);
    }
    let blocked = risk.blocks_compromised(&event);
    cx.state().findings.count_compromised_password(&event, blocked);
    cx.state().findings.count(Finding::CompromisedCredentialRisk);
    cx.state().findings.count(Finding::Risk);
    Ok(if blocked { Found::Blocked } else { Found::Known })
}
