//! UserMigration: brings in a user from another directory at the first sign-in or when the password is
//! forgotten (triggers-and-messages §8.9).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::DeliveryMediumType;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::Failure;
use super::event::{self, Event};
use super::{Trigger, Verdict};
use crate::Cx;
use crate::model::{Attributes, Client, Pool};

/// A user as the other directory knows it.
pub(crate) struct Found {
    pub(crate) attributes: Attributes,
    /// The password that was sent is the user's from now on; otherwise the user must set a new one.
    pub(crate) confirmed: bool,
    /// Whether the user is welcomed by a message.
    pub(crate) welcomed: bool,
    /// Where the message goes; none: as AdminCreateUser would send it.
    pub(crate) media: Vec<DeliveryMediumType>,
    /// Whether addresses are taken from users who hold them as aliases.
    pub(crate) force_alias: bool,
    /// Whether the user is asked for codes by SMS.
    pub(crate) sms_mfa: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    user_attributes: Option<BTreeMap<String, String>>,
    final_user_status: Option<String>,
    message_action: Option<String>,
    desired_delivery_mediums: Option<Vec<String>>,
    force_alias_creation: Option<bool>,
    #[serde(rename = "enableSMSMFA")]
    enable_sms_mfa: Option<bool>,
}

/// Whether the pool has such a function.
pub(crate) fn is_configured(pool: &Pool) -> bool {
    Trigger::UserMigration.of(pool).is_some()
}

/// Looks for the user who signs in with a password; one who is not known there has a wrong one. However the function failed, the fault is `UserNotFoundException`
/// (authentication §16, observed).
pub(crate) async fn at_sign_in(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
    password: &str,
) -> Verdict<Found> {
    let request = Map::from_iter([
        ("password".to_owned(), json!(password)),
        ("validationData".to_owned(), json!(cx.metadata.validation_data)),
    ]);
    let source = "UserMigration_Authentication";
    let failure = match run(cx, pool, client, name, source, request).await {
        Ok(Some(found)) => return Verdict::Right(found),
        Ok(None) => return Verdict::Wrong(None),
        Err(failure) => failure,
    };
    let text = format!("Exception migrating user in app client {}", client.id);
    failure.verdict(Fault::new(ErrorCode::UserNotFoundException, text))
}

/// Looks for the user who has forgotten the password.
///
/// # Errors
/// The trigger's.
pub(crate) async fn at_forgotten_password(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
) -> Result<Option<Found>, Fault> {
    let request = Map::from_iter([("validationData".to_owned(), Value::Null)]);
    Ok(run(cx, pool, client, name, "UserMigration_ForgotPassword", request).await?)
}

async fn run(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
    source: &'static str,
    mut request: Map<String, Value>,
) -> Result<Option<Found>, Failure> {
    let Some(function) = Trigger::UserMigration.of(pool) else { return Ok(None) };
    // Nobody knows any yet (triggers-and-messages §8.9, observed).
    request.insert("userAttributes".to_owned(), Value::Null);
    event::add_client_metadata(&mut request, cx);
    let response = json!({
        "userAttributes": null,
        "finalUserStatus": null,
        "messageAction": null,
        "desiredDeliveryMediums": null,
        "forceAliasCreation": null,
        "enableSMSMFA": null,
    });
    let event =
        Event { source, version: "1", username: name, client_id: Some(&client.id), request, response };
    let response: Response = function.call(cx, pool, &event).await?;
    // Without attributes the user is as unknown as before (observed).
    let Some(attributes) = response.user_attributes.filter(|attributes| !attributes.is_empty()) else {
        return Ok(None);
    };
    let media = response.desired_delivery_mediums.unwrap_or_default();
    Ok(Some(Found {
        attributes,
        confirmed: response.final_user_status.as_deref() == Some("CONFIRMED"),
        welcomed: response.message_action.as_deref() != Some("SUPPRESS"),
        media: media.iter().map(|medium| medium.as_str().into()).collect(),
        force_alias: response.force_alias_creation == Some(true),
        sms_mfa: response.enable_sms_mfa == Some(true),
    }))
}
