//! Identity pools themselves (identity-pools-and-iam §2).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{IdentityPoolId, Timestamp};
use poolhouse_store::tables::{Insert, identity_pools as table};
use poolhouse_wire::identity_pools::{CognitoIdentityProvider, IdentityPoolShortDescription};

use crate::changes::{PoolChange, Thing};
use crate::record::{self, Config, Pool, UserPoolClient};
use crate::{faults, keys, rules, tags};

pub use crate::rules::Settings;

/// A pool as it is shown.
#[derive(Debug)]
pub struct Described {
    /// Its id.
    pub id: IdentityPoolId,
    /// What it was told.
    pub settings: Settings,
}

/// Pools of an account (documented).
const MOST: u32 = 1000;

/// The longest region in an id, which has 55 characters at most.
const LONGEST_REGION: usize = 18;

/// Makes a pool.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`, `LimitExceededException`.
pub async fn create(cx: &Cx, given: Settings) -> Result<Described, Fault> {
    let region = &cx.region;
    if region.len() > LONGEST_REGION {
        let text = format!("The region {region} is too long for the id of an identity pool.");
        return Err(Fault::invalid_parameter(text));
    }
    let id = IdentityPoolId::from(format!("{region}:{}", cx.entropy().uuid()));
    let (name, config) = applied(cx, given, Config::default())?;
    let pool = Pool { id, name, created_at: cx.now, config };
    cx.take_turn(Thing::Pools).await?;
    // Whoever had the turn before has made the key.
    keys::ensure(cx).await?;
    let mut tx = cx.write().await?;
    if table::insert(&mut tx, &pool.row()?).await? == Insert::Exists {
        return Err(Fault::internal("a random pool id was taken already"));
    }
    if table::count(&mut tx, MOST + 1).await? > MOST {
        return Err(Fault::limit_exceeded(format!("An account has {MOST} identity pools at most.")));
    }
    tx.commit().await?;
    Ok(shown(pool))
}

/// Says anew what a pool is: whatever is left out takes its default, but for tags and the developer's provider, which stay.
///
/// # Errors
/// `ResourceNotFoundException`, and as [`create`].
pub async fn update(cx: &Cx, id: &IdentityPoolId, given: Settings) -> Result<Described, Fault> {
    let mut change = PoolChange::begin(cx, id).await?;
    let (name, config) = applied(cx, given, change.pool.config.clone())?;
    change.pool = Pool { name, config, ..change.pool };
    Ok(shown(change.commit().await?))
}

/// The pool with this id.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, id: &IdentityPoolId) -> Result<Described, Fault> {
    Ok(shown(record::get(&mut cx.read().await?, id).await?))
}

/// Deletes a pool. From now on nobody finds it, or its identities, which
/// [`deletion`](poolhouse_core::deletion) removes bit by bit.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, id: &IdentityPoolId) -> Result<(), Fault> {
    cx.take_turn(Thing::Pool(id)).await?;
    let mut tx = cx.write().await?;
    if !table::mark_deleted(&mut tx, id, cx.now).await? {
        return Err(faults::pool_not_found(id));
    }
    Ok(tx.commit().await?)
}

/// A page of all pools, the oldest first.
///
/// # Errors
/// `InvalidParameterException` for a token that is none of this list's.
pub async fn list(
    cx: &Cx,
    limit: i32,
    next_token: Option<&str>,
) -> Result<Page<IdentityPoolShortDescription>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let pager = Pager::new(cx, keys, "identity pools".to_owned(), Some(limit));
    let (created_at, id): (Timestamp, IdentityPoolId) = pager.after(next_token)?;
    let rows = table::list_after(&mut cx.read().await?, (created_at, &id), pager.rows()).await?;
    let page = pager.page(rows, |row| (row.created_at, row.id.clone()))?;
    Ok(page.map(|row| IdentityPoolShortDescription {
        identity_pool_id: Some(row.id),
        identity_pool_name: Some(row.name),
    }))
}

/// The ARN of a pool.
pub fn arn(cx: &Cx, id: &IdentityPoolId) -> String {
    record::arn(cx, id)
}

/// The name and the configuration that a pool has once it is told this.
fn applied(cx: &Cx, given: Settings, before: Config) -> Result<(String, Config), Fault> {
    rules::check(cx, &given, before.developer.as_deref())?;
    if let Some(tags) = &given.tags {
        tags::check(tags)?;
    }
    let Settings { name, allow_guests, allow_classic_flow, social, developer, oidc, user_pools, saml, tags } =
        given;
    let user_pools = user_pools.into_iter().map(|client| UserPoolClient {
        provider: client.provider_name.unwrap_or_default(),
        client_id: client.client_id,
        check_token: client.server_side_token_check.unwrap_or_default(),
    });
    let config = Config {
        allow_guests,
        allow_classic_flow,
        social,
        developer: developer.or(before.developer),
        oidc,
        user_pools: user_pools.collect(),
        saml,
        tags: tags.unwrap_or(before.tags),
        roles: before.roles,
        mappings: before.mappings,
        tag_maps: before.tag_maps,
    };
    Ok((name, config))
}

fn shown(pool: Pool) -> Described {
    let Config { allow_guests, allow_classic_flow, social, developer, oidc, user_pools, saml, tags, .. } =
        pool.config;
    let user_pools = user_pools.into_iter().map(|client| CognitoIdentityProvider {
        provider_name: Some(client.provider),
        client_id: client.client_id,
        server_side_token_check: Some(client.check_token),
    });
    let settings = Settings {
        name: pool.name,
        allow_guests,
        allow_classic_flow,
        social,
        developer,
        oidc,
        user_pools: user_pools.collect(),
        saml,
        tags: Some(tags),
    };
    Described { id: pool.id, settings }
}
