//! PreSignUp: judges a new user before it is written (triggers-and-messages §8.1).

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_wire::ErrorCode;
use serde::Deserialize;
use serde_json::json;

use super::Trigger;
use super::event::{self, Event};
use crate::Cx;
use crate::model::{Pool, User};

/// What the function decides of a user who signs up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decision {
    /// The user is confirmed without a code.
    pub(crate) confirm: bool,
    /// The e-mail address counts as verified.
    pub(crate) verify_email: bool,
    /// The telephone number counts as verified.
    pub(crate) verify_phone: bool,
}

impl Decision {
    /// Whether the address of a verified flag counts as verified.
    pub(crate) fn verifies(self, flag: &str) -> bool {
        match flag {
            "email_verified" => self.verify_email,
            "phone_number_verified" => self.verify_phone,
            _ => false,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    auto_confirm_user: Option<bool>,
    auto_verify_email: Option<bool>,
    auto_verify_phone: Option<bool>,
}

/// Judges a user who signs up, with the attributes that were given.
///
/// # Errors
/// The trigger's; `InvalidLambdaResponseException` where it verifies an address that the user does not have.
pub(crate) async fn sign_up(
    cx: &Cx,
    pool: &Pool,
    client_id: &ClientId,
    user: &User,
) -> Result<Decision, Fault> {
    of_new(cx, pool, "PreSignUp_SignUp", client_id, user).await
}

/// Judges a user of an identity provider who comes for the first time. What it says of confirming is ignored: nobody else
/// confirms them (triggers-and-messages §8.1, inferred).
///
/// # Errors
/// As [`sign_up`].
pub(crate) async fn external_provider(
    cx: &Cx,
    pool: &Pool,
    client_id: &ClientId,
    user: &User,
) -> Result<Decision, Fault> {
    of_new(cx, pool, "PreSignUp_ExternalProvider", client_id, user).await
}

async fn of_new(
    cx: &Cx,
    pool: &Pool,
    source: &'static str,
    client_id: &ClientId,
    user: &User,
) -> Result<Decision, Fault> {
    let decision = run(cx, pool, source, Some(client_id), user).await?;
    for (verifies, attribute) in [(decision.verify_email, "email"), (decision.verify_phone, "phone_number")] {
        if verifies && !user.attributes.contains_key(attribute) {
            // Code and text are open (triggers-and-messages §3).
            return Err(Fault::new(
                ErrorCode::InvalidLambdaResponseException,
                format!("{attribute} is required to auto verify."),
            ));
        }
    }
    Ok(decision)
}

/// Judges a user whom an administrator makes. What it says of confirming and verifying is ignored
/// (triggers-and-messages §8.1, documented).
///
/// # Errors
/// The trigger's.
pub(crate) async fn admin_create_user(cx: &Cx, pool: &Pool, user: &User) -> Result<(), Fault> {
    run(cx, pool, "PreSignUp_AdminCreateUser", None, user).await.map(drop)
}

/// Judges a user who comes from another directory (triggers-and-messages §8.1, observed; the source is open).
///
/// # Errors
/// The trigger's.
pub(crate) async fn migrated(cx: &Cx, pool: &Pool, client_id: &ClientId, user: &User) -> Result<(), Fault> {
    run(cx, pool, "PreSignUp_AdminCreateUser", Some(client_id), user).await.map(drop)
}

async fn run(
    cx: &Cx,
    pool: &Pool,
    source: &'static str,
    client_id: Option<&ClientId>,
    user: &User,
) -> Result<Decision, Fault> {
    let Some(function) = Trigger::PreSignUp.of(pool) else { return Ok(Decision::default()) };
    // Only what was given: the user is not there yet (triggers-and-messages §4, documented).
    let attributes = user.attributes.iter().map(|(name, value)| (name.clone(), json!(value)));
    let mut request = event::request(attributes.collect());
    request.insert("validationData".to_owned(), json!(cx.metadata.validation_data));
    event::add_client_metadata(&mut request, cx);
    let event = Event {
        source,
        version: "1",
        username: &user.row.username,
        client_id,
        request,
        response: json!({ "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false }),
    };
    let response: Response = function.call(cx, pool, &event).await?;
    Ok(Decision {
        confirm: response.auto_confirm_user == Some(true),
        verify_email: response.auto_verify_email == Some(true),
        verify_phone: response.auto_verify_phone == Some(true),
    })
}
