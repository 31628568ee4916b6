//! PreAuthentication judges a sign-in before its first factor is looked at; PostAuthentication is told of one
//! that is complete, before its tokens are made (triggers-and-messages §8.3, §8.4).

use poolhouse_kernel::Fault;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::event::{self, Event};
use super::{Function, Trigger};
use crate::Cx;
use crate::model::{Client, Pool, User};

/// Judges a sign-in. `user` is absent where the client hides that nobody has the name; the function is asked
/// all the same (triggers-and-messages §8.3, documented).
///
/// # Errors
/// The trigger's.
pub(crate) async fn run_pre_authentication(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
    user: Option<&User>,
) -> Result<(), Fault> {
    let Some(function) = Trigger::PreAuthentication.of(pool) else { return Ok(()) };
    let mut request = about(pool, client, user);
    request.insert("validationData".to_owned(), json!(cx.metadata.validation_data));
    let username = user.map_or(name, |user| &user.row.username);
    call(cx, pool, client, function, "PreAuthentication_Authentication", username, request).await
}

/// Tells of a complete sign-in. `new_device`: from a device that was not seen before.
///
/// # Errors
/// The trigger's; there are no tokens then (triggers-and-messages §8.4, observed).
pub(crate) async fn run_post_authentication(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    new_device: bool,
) -> Result<(), Fault> {
    let Some(function) = Trigger::PostAuthentication.of(pool) else { return Ok(()) };
    let mut request = about(pool, client, Some(user));
    request.insert("newDeviceUsed".to_owned(), json!(new_device));
    event::add_client_metadata(&mut request, cx);
    let username = &user.row.username;
    call(cx, pool, client, function, "PostAuthentication_Authentication", username, request).await
}

/// The user, and whether there is one: said only where the client hides it from its own callers
/// (triggers-and-messages §8).
pub(super) fn about(pool: &Pool, client: &Client, user: Option<&User>) -> Map<String, Value> {
    let attributes = user.map(|user| event::user_attributes(pool, user)).unwrap_or_default();
    let mut request = event::request(attributes);
    if client.hides_missing_users() {
        request.insert("userNotFound".to_owned(), json!(user.is_none()));
    }
    request
}

async fn call(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    function: Function<'_>,
    source: &'static str,
    username: &str,
    request: Map<String, Value>,
) -> Result<(), Fault> {
    let client_id = Some(&client.id);
    let event = Event { source, version: "1", username, client_id, request, response: json!({}) };
    let _: IgnoredAny = function.call(cx, pool, &event).await?;
    Ok(())
}
