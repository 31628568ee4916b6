//! The life of a domain: made, read, changed, deleted (docs/cognito/oauth-and-managed-login.md §2).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::{Insert, domains as table};
use poolhouse_wire::user_pools::{DomainDescriptionType, RoutingType};

use super::{find, rules, view};
use crate::model::Pool;
use crate::model::domain::{Custom, Domain, ManagedLoginVersion, Settings};
use crate::pools::tier::{self, Feature};
use crate::turns::Thing;
use crate::{Cx, pools};

/// What is asked of a new domain, or of one that is changed.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The API's number of the pages that are served.
    pub version: Option<i32>,
    /// Says that the name is a whole host name.
    pub custom: Option<Custom>,
    /// Where it leads when its region fails.
    pub routing: Option<RoutingType>,
}

/// Makes a domain.
///
/// # Errors
/// `InvalidParameterException`, `FeatureUnavailableInTierException`, `ResourceNotFoundException`.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    name: String,
    wanted: Wanted,
) -> Result<DomainDescriptionType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    match wanted.custom {
        Some(_) => rules::check_custom(&name)?,
        None => rules::check_prefix(&name)?,
    }
    // Open in the chapter: classic in every tier.
    let version = version(cx, &pool, wanted.version)?.unwrap_or(ManagedLoginVersion::Classic);
    let settings = Settings { version, custom: wanted.custom, routing: wanted.routing };
    check_routing(&settings)?;
    let domain = Domain { name, pool_id: pool.id.clone(), created_at: cx.now, modified_at: cx.now, settings };
    let row = domain.to_row()?;
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = cx.write().await?;
    // observed
    if table::list(&mut tx, pool_id).await?.iter().any(|other| other.custom == row.custom) {
        return Err(Fault::invalid_parameter("User pool already has a domain configured."));
    }
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::invalid_parameter("Domain already associated with another user pool."));
    }
    tx.commit().await?;
    forget(cx, &domain);
    Ok(view::of(cx, &domain))
}

/// What is known of a domain; of one that nobody has, nothing (observed), and nothing of a prefix at the pool's other
/// region (new-operations §7, model).
///
/// # Errors
/// When the database fails.
pub async fn describe(cx: &Cx, name: &str) -> Result<DomainDescriptionType, Fault> {
    let Some(domain) = find(cx, name).await? else { return Ok(DomainDescriptionType::default()) };
    let is_prefix = domain.settings.custom.is_none();
    if is_prefix && pools::find(cx, &domain.pool_id).await?.is_secondary {
        return Ok(DomainDescriptionType::default());
    }
    Ok(view::of(cx, &domain))
}

/// Changes a domain; what is left out stays as it is (new-operations §12, open). The name never changes.
///
/// # Errors
/// As [`create`].
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    name: &str,
    wanted: Wanted,
) -> Result<DomainDescriptionType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let version = version(cx, &pool, wanted.version)?;
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = cx.write().await?;
    let row = table::get(&mut tx, name).await?.filter(|row| row.pool_id == *pool_id);
    let mut domain = Domain::from_row(row.ok_or_else(not_found)?)?;
    let settings = &mut domain.settings;
    settings.version = version.unwrap_or(settings.version);
    settings.custom = match (settings.custom.take(), wanted.custom) {
        (Some(before), Some(now)) => {
            let security_policy = now.security_policy.or(before.security_policy);
            Some(Custom { security_policy, ..now })
        }
        (before, None) => before,
        // The text is ours.
        (None, Some(_)) => {
            return Err(Fault::invalid_parameter("A prefix domain cannot have a CustomDomainConfig."));
        }
    };
    settings.routing = wanted.routing.or(settings.routing.take());
    check_routing(settings)?;
    domain.modified_at = cx.now;
    table::update(&mut tx, &domain.to_row()?).await?;
    tx.commit().await?;
    forget(cx, &domain);
    Ok(view::of(cx, &domain))
}

/// Deletes a domain; its name is free at once.
///
/// # Errors
/// `InvalidParameterException` where the pool, whichever it is, has no such domain (observed).
pub async fn delete(cx: &Cx, pool_id: &PoolId, name: &str) -> Result<(), Fault> {
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, name, pool_id).await? {
        return Err(not_found());
    }
    tx.commit().await?;
    cx.state().domains.forget(&name.to_owned());
    cx.state().pools.forget(pool_id);
    Ok(())
}

/// After a commit that changed it: the pool knows the names of its domains, too.
fn forget(cx: &Cx, domain: &Domain) {
    cx.state().domains.forget(&domain.name);
    cx.state().pools.forget(&domain.pool_id);
}

/// The pages that are asked for, which the pool's tier must have.
fn version(cx: &Cx, pool: &Pool, number: Option<i32>) -> Result<Option<ManagedLoginVersion>, Fault> {
    match number {
        None => Ok(None),
        Some(1) => Ok(Some(ManagedLoginVersion::Classic)),
        Some(2) => {
            tier::check_available(cx, &pool.settings.general, Feature::ManagedLogin)?;
            Ok(Some(ManagedLoginVersion::ManagedLogin))
        }
        // The text is ours.
        Some(_) => Err(Fault::invalid_parameter("ManagedLoginVersion must be 1 or 2.")),
    }
}

/// Only custom domains are led elsewhere (new-operations §12, model); the text is ours.
fn check_routing(settings: &Settings) -> Result<(), Fault> {
    if settings.routing.is_some() && settings.custom.is_none() {
        return Err(Fault::invalid_parameter("A prefix domain cannot have a Routing."));
    }
    Ok(())
}

fn not_found() -> Fault {
    Fault::invalid_parameter("No such domain or user pool exists.")
}
