//! NEW_PASSWORD_REQUIRED: who signs in with a temporary password sets one of their own
//! (docs/cognito/authentication.md §11.3).

use poolhouse_wire::types::{ChallengeNameType, EventFilterType, UserStatusType};

use super::Offer;
use crate::clients::Client;
use crate::codes::Purpose;
use crate::pools::Pool;
use crate::protection::compromised;
use crate::signin::Step;
use crate::signin::attempt::{Attempt, Change};
use crate::signin::parameters::Parameters;
use crate::signin::session;
use crate::signin::turn::Turn;
use crate::users::attributes::{Attributes, Author};
use crate::users::change;
use crate::users::password::Occasion;
use crate::users::{User, verifier};
use crate::{Cx, Fault};

/// What attributes are called in challenge and answer.
const PREFIX: &str = "userAttributes.";

/// The challenge for a user whose temporary password is proven.
pub(super) fn offer(cx: &Cx, attempt: &Attempt) -> Result<Offer, Fault> {
    let (pool, user) = (&attempt.pool, attempt.user());
    refuse_old(cx, pool, user)?;
    let wanted: Vec<String> = missing(pool, user).map(|name| format!("{PREFIX}{name}")).collect();
    let parameters = [
        ("requiredAttributes", serde_json::to_string(&wanted).map_err(Fault::internal)?),
        ("userAttributes", serde_json::to_string(&user.attributes).map_err(Fault::internal)?),
    ];
    Ok(Offer::new(cx, attempt, ChallengeNameType::NewPasswordRequired, parameters))
}

/// Gate 14 of authentication §3.
fn refuse_old(cx: &Cx, pool: &Pool, user: &User) -> Result<(), Fault> {
    let life = pool.temporary_password_days() * 24 * 60 * 60;
    if user.row.password_set_at.is_some_and(|set_at| set_at.plus_seconds(life) <= cx.now) {
        return Err(Fault::not_authorized(
            "Temporary password has expired and must be reset by an administrator.",
        ));
    }
    Ok(())
}

/// The attributes that the schema requires and the user does not have.
fn missing<'a>(pool: &'a Pool, user: &'a User) -> impl Iterator<Item = &'a str> {
    pool.schema.required().filter(|name| !user.attributes.contains_key(*name))
}

/// Takes the new password, and the attributes that were missing. Both are stored with this step, whatever
/// follows it.
pub(super) async fn answer(cx: &Cx, turn: Turn, responses: &Parameters) -> Result<Step, Fault> {
    let password = responses.required("NEW_PASSWORD")?;
    if turn.user.status != UserStatusType::ForceChangePassword {
        return Err(session::invalid());
    }
    let planned = given(&turn.pool, &turn.client, &turn.user, responses)?;
    let ready = verifier::prepare(cx, &turn.pool, &turn.user, password, Occasion::Change).await?;
    compromised::check_new(cx, &turn.pool, &turn.client, password, EventFilterType::PasswordChange).await?;
    let mut user = turn.user.clone();
    user.set_attributes(planned.attributes);
    ready.set(&mut user, cx.now)?;
    user.status = UserStatusType::Confirmed;
    let settled = planned.settled.into_iter().map(Purpose::Verify);
    let withdrawn = settled.chain([Purpose::ForgotPassword]).collect();
    let mut attempt = turn.accept();
    attempt.change = Some(Change::Record { user, withdrawn });
    attempt.proceed(cx).await
}

/// What the attributes of the answer change, if the user may set them and all that are required are there. An
/// empty value sets nothing.
fn given(pool: &Pool, client: &Client, user: &User, responses: &Parameters) -> Result<change::Change, Fault> {
    let given: Attributes = responses
        .with_prefix(PREFIX)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Some(name) = missing(pool, user).find(|name| !given.contains_key(*name)) {
        return Err(Fault::invalid_parameter(format!("Invalid attributes given, {name} is missing")));
    }
    if let Some(name) =
        given.keys().find(|name| pool.schema.is_required(name) && user.attributes.contains_key(*name))
    {
        return Err(Fault::not_authorized(format!("Cannot modify an already provided {name}")));
    }
    change::plan_at_sign_in(pool, &user.attributes, &given, Author::User(client))
}
