//! PostConfirmation: is told of a user who was confirmed, after that is written (triggers-and-messages §8.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use serde::de::IgnoredAny;
use serde_json::json;

use super::Trigger;
use super::event::{self, Event};
use crate::Cx;
use crate::model::{Pool, User};

/// Tells that a sign-up was confirmed: by its code, by an administrator, or by PreSignUp
/// (triggers-and-messages §5).
///
/// # Errors
/// The trigger's; the user stays confirmed (§6, observed).
pub(crate) async fn sign_up(
    cx: &Cx,
    pool: &Pool,
    client_id: Option<&ClientId>,
    user: &User,
) -> Result<(), Fault> {
    run(cx, pool, "PostConfirmation_ConfirmSignUp", client_id, user).await
}

/// Tells that a forgotten password was set anew.
///
/// # Errors
/// The trigger's; the password stays.
pub(crate) async fn forgot_password(
    cx: &Cx,
    pool: &Pool,
    client_id: &ClientId,
    user: &User,
) -> Result<(), Fault> {
    run(cx, pool, "PostConfirmation_ConfirmForgotPassword", Some(client_id), user).await
}

async fn run(
    cx: &Cx,
    pool: &Pool,
    source: &'static str,
    client_id: Option<&ClientId>,
    user: &User,
) -> Result<(), Fault> {
    let Some(function) = Trigger::PostConfirmation.of(pool) else { return Ok(()) };
    let mut request = event::request(event::user_attributes(pool, user));
    event::add_client_metadata(&mut request, cx);
    let username = &user.row.username;
    let event = Event { source, version: "1", username, client_id, request, response: json!({}) };
    let _: IgnoredAny = function.call(cx, pool, &event).await?;
    Ok(())
}
