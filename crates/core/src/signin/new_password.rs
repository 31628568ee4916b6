//! NEW_PASSWORD_REQUIRED: who signs in with a temporary password sets one of their own
//! (spec/authentication.md §11.3).

use std::sync::Arc;

use poolhouse_wire::types::{ChallengeNameType, UserStatusType};

use super::Step;
use super::account::{self, Account};
use super::challenge::{self, Session};
use super::finish::{self, Renewed};
use super::parameters::Parameters;
use super::proven::{Proven, refuse_second_factor};
use crate::clients::{Client, MissingHash};
use crate::pools::Pool;
use crate::tokens::groups;
use crate::users::attributes::{Attributes, Author};
use crate::users::change::{self, Change};
use crate::users::password::Occasion;
use crate::users::{User, verifier};
use crate::{Cx, Fault, triggers};

const CHALLENGE: ChallengeNameType = ChallengeNameType::NewPasswordRequired;

/// What attributes are called in challenge and answer.
const PREFIX: &str = "userAttributes.";

/// The challenge for a user whose temporary password is proven.
pub(super) fn challenge(cx: &Cx, proven: &Proven) -> Result<Step, Fault> {
    let Proven { pool, client, user, .. } = proven;
    let wanted: Vec<String> = missing(pool, user).map(|name| format!("{PREFIX}{name}")).collect();
    let parameters = [
        ("USER_ID_FOR_SRP", user.row.username.clone()),
        ("requiredAttributes", serde_json::to_string(&wanted).map_err(Fault::internal)?),
        ("userAttributes", serde_json::to_string(&user.attributes).map_err(Fault::internal)?),
    ];
    Ok(Step::Challenge {
        session: Some(Session::new(cx, client, user, &CHALLENGE).seal(pool)?),
        name: CHALLENGE,
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
    })
}

/// The attributes that the schema requires and the user does not have.
fn missing<'a>(pool: &'a Pool, user: &'a User) -> impl Iterator<Item = &'a str> {
    pool.schema.required().filter(|name| !user.attributes.contains_key(*name))
}

/// Takes the new password, and the attributes that were missing.
pub(super) async fn respond(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let username = responses.required("USERNAME")?;
    let password = responses.required("NEW_PASSWORD")?;
    let session = Session::open(cx, &pool, &client, session, &CHALLENGE);
    let hash = responses.get("SECRET_HASH");

    let mut tx = cx.read().await?;
    let account = match &session {
        Ok(session) => Some(Account::again(&mut tx, &pool, &session.sub, username).await?),
        Err(_) => None,
    };
    let real_name = account.as_ref().map_or(username, |a| &a.username);
    client.check_secret_hash(hash, &[username, real_name], MissingHash::SignIn)?;
    let (session, account) = (session?, account.ok_or_else(challenge::invalid)?);
    session.redeemed().check_unspent(&mut tx, &pool).await?;
    if !account.is_meant_by(&mut tx, &pool, username).await? {
        return Err(challenge::invalid());
    }
    let user = account.into_user().filter(|user| session.fits(user)).ok_or_else(challenge::invalid)?;
    account::check_state(&user)?;
    if user.status != UserStatusType::ForceChangePassword {
        return Err(challenge::invalid());
    }
    let groups = groups::of_user(&mut tx, &pool, &user.row.sub).await?;
    drop(tx);

    triggers::refuse_sign_in(&pool)?;
    refuse_second_factor(&pool, &user)?;
    let Change { attributes, settled, .. } = given(&pool, &client, &user, responses)?;
    let password = verifier::prepare(cx, &pool, &user, password, Occasion::Change).await?;
    let mut renewed = Renewed { user: user.clone(), settled };
    renewed.user.set_attributes(attributes);
    password.set(&mut renewed.user, cx.now)?;
    renewed.user.status = UserStatusType::Confirmed;
    let redeemed = Some(session.redeemed());
    finish::sign_in(cx, Proven { pool, client, user, groups, redeemed }, Some(renewed)).await
}

/// What the attributes of the answer change, if the user may set them and all that are required are there. An
/// empty value sets nothing.
fn given(pool: &Pool, client: &Client, user: &User, responses: &Parameters) -> Result<Change, Fault> {
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
