//! NEW_PASSWORD_REQUIRED: who signs in with a temporary password sets one of their own
//! (docs/cognito/authentication.md §11.3).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{ChallengeNameType, EventFilterType, UserStatusType};

use super::Offer;
use crate::Cx;
use crate::model::{Attributes, Client, Pool, User};
use crate::signin::attempt::{Attempt, UserChange};
use crate::signin::held::{self, Held};
use crate::signin::next::{Facts, Next, next};
use crate::signin::parameters::Parameters;
use crate::signin::turn::Turn;
use crate::signin::{Step, session};
use crate::threat::compromised;
use crate::users::attributes::Author;
use crate::users::password::PasswordSource;
use crate::users::{change, verifier};

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

/// Takes the new password, and the attributes that were missing. They are stored with this step, unless they wait for
/// another one.
pub(super) async fn answer(cx: &Cx, turn: Turn, responses: &Parameters) -> Result<Step, Fault> {
    let password = responses.required("NEW_PASSWORD")?;
    if turn.user.status != UserStatusType::ForceChangePassword {
        return Err(session::invalid());
    }
    let given = given(responses);
    check(&turn.pool, &turn.client, &turn.user, &given)?;
    let ready = verifier::prepare(cx, &turn.pool, &turn.user, password, PasswordSource::Change).await?;
    compromised::check_new(cx, &turn.pool, &turn.client, password, EventFilterType::PasswordChange).await?;
    let waits = waits(&turn, &given);
    let mut attempt = turn.accept();
    if waits {
        attempt.held = Some(Held::new(&ready, given)?);
    } else {
        let mut user = attempt.stored.clone();
        let withdrawn = held::set(cx, &attempt.pool, &attempt.client, &mut user, ready, &given)?;
        attempt.change = Some(UserChange::Record { user, withdrawn, disowned: false });
    }
    attempt.proceed(cx).await
}

/// Whether what is given waits for more to be proven: a second factor that the user has, a device, what the pool's
/// functions ask for. They must meet the record as it was. Where a factor is only to be set up, there is none to be
/// moved; but an address that the user has is no more to be moved than by MFA_SETUP.
fn waits(turn: &Turn, given: &Attributes) -> bool {
    let facts = Facts::of(&turn.pool, &turn.user, turn.device.as_ref()).with_new_password(true);
    let facts = facts.toward(turn.session.target.as_ref());
    let moves = |name: &&str| {
        let (own, new) = (turn.user.attributes.get(*name), given.get(*name));
        own.is_some() && new.is_some() && own != new
    };
    turn.session.custom.is_some()
        || match next(&facts, turn.progress) {
            Next::Tokens => false,
            Next::MfaSetup(_) | Next::NoMeans => ["email", "phone_number"].iter().any(moves),
            _ => true,
        }
}

/// The attributes of the answer. An empty value sets nothing.
fn given(responses: &Parameters) -> Attributes {
    let given = responses.with_prefix(PREFIX).filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Refuses attributes that the user may not set, and lacks of those that are required.
fn check(pool: &Pool, client: &Client, user: &User, given: &Attributes) -> Result<(), Fault> {
    if let Some(name) = missing(pool, user).find(|name| !given.contains_key(*name)) {
        return Err(Fault::invalid_parameter(format!("Invalid attributes given, {name} is missing")));
    }
    if let Some(name) =
        given.keys().find(|name| pool.schema.is_required(name) && user.attributes.contains_key(*name))
    {
        return Err(Fault::not_authorized(format!("Cannot modify an already provided {name}")));
    }
    change::plan_at_sign_in(pool, &user.attributes, given, Author::User(client)).map(drop)
}
