//! Users of the developer's own backend, which names them and speaks for them (identity-pools-and-iam §2, §4).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{IdentityId, IdentityPoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::identities::{self, Identity};
use poolhouse_store::tables::identity_logins as rows;
use poolhouse_wire::ErrorCode;

use crate::admission::{self, Asked, Change};
use crate::changes::Thing;
use crate::credentials::pool_token;
use crate::logins::{self, Given, Kind, Login};
use crate::record::{self, Pool};
use crate::{faults, principal_tags, tokens};

/// How long a token is good when nobody says, in seconds.
const USUAL_SECONDS: i64 = 900;

/// The longest name of a user (model).
const LONGEST_USER: usize = 1024;

/// What a backend asks for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The pool.
    pub pool_id: &'a IdentityPoolId,
    /// The identity that the user is to be.
    pub identity_id: Option<&'a IdentityId>,
    /// The user by the name of the developer's provider, and tokens of other providers that are the same person.
    pub logins: Given,
    /// Tags of sessions that begin with the token.
    pub tags: BTreeMap<String, String>,
    /// How long the token is to be good, in seconds.
    pub seconds: Option<i64>,
}

/// A token for a user, who gets an identity if they have none.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `NotAuthorizedException`, `ResourceConflictException`,
/// `DeveloperUserAlreadyRegisteredException`.
pub async fn token(cx: &Cx, request: Request<'_>) -> Result<(IdentityId, String), Fault> {
    let Request { pool_id, identity_id, logins: mut given, tags, seconds } = request;
    principal_tags::check_tags(&tags)?;
    let pool = record::get(&mut cx.read().await?, pool_id).await?;
    let provider = pool.config.developer.as_deref();
    let named = provider.and_then(|provider| Some((provider, given.remove(provider)?)));
    let Some((provider, user)) = named else {
        return Err(Fault::invalid_parameter("Please provide a valid developer provider name"));
    };
    if user.chars().count() > LONGEST_USER {
        let text = format!("A developer user identifier has {LONGEST_USER} characters at most.");
        return Err(Fault::invalid_parameter(text));
    }
    let mut all = vec![Login { tags, ..Login::of_developer(&pool, provider, &user, true) }];
    all.extend(logins::verified(cx, &pool, &given).await?);
    if let Some(asked) = identity_id {
        let owner = admission::owner(&mut cx.read().await?, &pool, &all[0]).await?;
        if owner.is_some_and(|owner| owner.id != *asked) {
            let text = "The developer user identifier is already registered with another identity.";
            return Err(Fault::new(ErrorCode::DeveloperUserAlreadyRegisteredException, text));
        }
    }
    let asked = identity_id.map(|id| Asked { id, by_developer: true });
    let identity = admission::admit(cx, &pool, asked, &all).await?;
    let token = pool_token(&pool, identity.id.clone(), &all)?;
    Ok((identity.id, tokens::sign(cx, &token, seconds.unwrap_or(USUAL_SECONDS)).await?))
}

/// The identity of a user, or the users of an identity.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `ResourceConflictException`.
pub async fn look_up(
    cx: &Cx,
    pool_id: &IdentityPoolId,
    identity_id: Option<&IdentityId>,
    user: Option<&str>,
    limit: Option<i32>,
    next_token: Option<&str>,
) -> Result<(IdentityId, Page<String>), Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let list = format!("developer identities/{pool_id}/{identity_id:?}/{user:?}");
    let pager = Pager::new(cx, keys, list, limit);
    let after: String = pager.after(next_token)?;
    let mut tx = cx.read().await?;
    let pool = record::get(&mut tx, pool_id).await?;
    let identity = match (identity_id, user) {
        (None, None) => {
            let text = "Either IdentityId or DeveloperUserIdentifier is required.";
            return Err(Fault::invalid_parameter(text));
        }
        (Some(id), None) => admission::in_pool(&mut tx, &pool, id).await?,
        (asked, Some(user)) => {
            let owner = of_user(&mut tx, &pool, user).await?;
            if asked.is_some_and(|asked| *asked != owner.id) {
                return Err(faults::conflict("The developer user identifier is not one of the identity."));
            }
            owner
        }
    };
    let provider = pool.config.developer.as_deref().unwrap_or_default();
    let key = (Kind::Developer.as_str(), provider, after.as_str());
    let rows = rows::of_identity_after(&mut tx, &identity.id, key, pager.rows()).await?;
    let users = rows.into_iter().filter(|row| row.kind == Kind::Developer.as_str()).map(|row| row.subject);
    Ok((identity.id, pager.page(users.collect(), String::clone)?))
}

/// Makes two users one: the identity of `source` is given up for that of `destination`.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `ResourceConflictException`.
pub async fn merge(
    cx: &Cx,
    pool_id: &IdentityPoolId,
    provider: &str,
    source: &str,
    destination: &str,
) -> Result<IdentityId, Fault> {
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = cx.write().await?;
    let pool = record::get(&mut tx, pool_id).await?;
    check_provider(&pool, provider)?;
    let from = of_user(&mut tx, &pool, source).await?;
    let into = of_user(&mut tx, &pool, destination).await?;
    if from.id == into.id {
        return Ok(into.id);
    }
    let change = Change { into, link: Vec::new(), merge: vec![from] };
    let identity = change.write(cx, &mut tx).await?;
    tx.commit().await?;
    Ok(identity.id)
}

/// Takes a user from an identity: they get a new one when they are next seen.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `ResourceConflictException`.
pub async fn unlink(
    cx: &Cx,
    pool_id: &IdentityPoolId,
    identity_id: &IdentityId,
    provider: &str,
    user: &str,
) -> Result<(), Fault> {
    cx.take_turn(Thing::Identity(identity_id)).await?;
    let mut tx = cx.write().await?;
    let pool = record::get(&mut tx, pool_id).await?;
    check_provider(&pool, provider)?;
    let identity = admission::in_pool(&mut tx, &pool, identity_id).await?;
    let login = rows::get(&mut tx, pool_id, Kind::Developer.as_str(), (provider, user)).await?;
    let login = login.ok_or_else(|| user_not_found(user))?;
    if login.identity_id != identity.id {
        return Err(faults::conflict("The developer user identifier is not one of the identity."));
    }
    rows::delete(&mut tx, &login).await?;
    identities::update(&mut tx, &Identity { modified_at: cx.now, ..identity }).await?;
    Ok(tx.commit().await?)
}

/// The identity of a user.
async fn of_user(tx: &mut Tx, pool: &Pool, user: &str) -> Result<Identity, Fault> {
    let provider = pool.config.developer.as_deref().unwrap_or_default();
    let login = Login::of_developer(pool, provider, user, false);
    admission::owner(tx, pool, &login).await?.ok_or_else(|| user_not_found(user))
}

fn user_not_found(user: &str) -> Fault {
    Fault::not_found(format!("Developer user identifier '{user}' not found."))
}

fn check_provider(pool: &Pool, name: &str) -> Result<(), Fault> {
    if pool.config.developer.as_deref() == Some(name) {
        return Ok(());
    }
    Err(Fault::invalid_parameter("Please provide a valid developer provider name"))
}
