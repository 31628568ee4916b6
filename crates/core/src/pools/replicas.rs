//! The replicas of pools: the record of where else a pool is served (docs/cognito/new-operations.md §7).
//!
//! A region is a label here, so that a replica is ready as soon as its record is there: the answer that makes it says
//! CREATING, and the next read says what it is.

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::Pager;
use poolhouse_ports::PoolId;
use poolhouse_wire::user_pools::{
    EncryptionKeyType, ReplicaRoleType, ReplicaStatusType, UpdateReplicaStatusType, UserPoolReplicaType,
};

use super::change::PoolChange;
use super::tags::{self, Tags};
use super::tier::{self, Feature};
use crate::model::pool::PoolSettings;
use crate::model::replica::Replica;
use crate::{Cx, faults, ids};

/// Makes a replica of a pool in another region.
///
/// # Errors
/// `ResourceNotFoundException`, `FeatureUnavailableInTierException`, `UserPoolTaggingException`, `InvalidParameterException`,
/// `LimitExceededException`; `OperationNotEnabledException` at the other region.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    region: String,
    tags: Option<Tags>,
) -> Result<UserPoolReplicaType, Fault> {
    // The text is ours.
    if !ids::is_region(&region) {
        return Err(Fault::invalid_parameter(format!("{region} is not the name of a region.")));
    }
    tags::check_of_pool(tags.as_ref())?;
    let mut change = PoolChange::begin(cx, pool_id).await?;
    tier::check(cx, &change.settings.general, &[Feature::MultiRegionReplication])?;
    check_key(&change.settings)?;
    let of_pool = [Some(change.row.region.as_str()), secondary_region(&change.settings)];
    if of_pool.contains(&Some(region.as_str())) {
        // The text is open (new-operations §7).
        return Err(Fault::invalid_parameter(format!("A replica already exists in region {region}.")));
    }
    // Open (new-operations §7).
    if change.settings.replica.is_some() {
        return Err(Fault::limit_exceeded(format!("Replica limit exceeded for user pool {pool_id}.")));
    }
    let replica = Replica {
        region: region.clone(),
        active: false,
        tags: tags.unwrap_or_default(),
        own: None,
        notifiers: BTreeMap::new(),
    };
    change.settings.replica = Some(replica);
    change.commit(cx).await?;
    Ok(secondary(cx, pool_id, region, ReplicaStatusType::Creating))
}

/// Lets users sign in at a replica, or no longer.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    region: String,
    wanted: &UpdateReplicaStatusType,
) -> Result<UserPoolReplicaType, Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    let replica = named(&mut change, &region, "The status of the primary region cannot be changed.")?;
    replica.active = *wanted == UpdateReplicaStatusType::Active;
    let status = status_of(replica);
    change.commit(cx).await?;
    Ok(secondary(cx, pool_id, region, status))
}

/// Deletes a replica at which nobody can sign in.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`; `OperationNotEnabledException` at the replica itself.
pub async fn delete(cx: &Cx, pool_id: &PoolId, region: String) -> Result<UserPoolReplicaType, Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    let replica = named(&mut change, &region, "The primary region cannot be deleted.")?;
    if replica.active {
        return Err(Fault::invalid_parameter("The replica must be INACTIVE before it can be deleted."));
    }
    change.settings.replica = None;
    change.commit(cx).await?;
    Ok(secondary(cx, pool_id, region, ReplicaStatusType::Deleting))
}

/// The regions of a pool, its own first.
///
/// # Errors
/// `ResourceNotFoundException`; `InvalidParameterException` for a token that is none of this list's.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    next_token: Option<&str>,
) -> Result<Vec<UserPoolReplicaType>, Fault> {
    let pool = super::get(cx, pool_id).await?;
    // All fit one page, so that there is no token that could be good.
    Pager::new(cx, &pool.keys, "replicas".to_owned(), None).after::<()>(next_token)?;
    let primary = UserPoolReplicaType {
        role: Some(ReplicaRoleType::Primary),
        ..shown(cx, pool_id, pool.region.clone(), ReplicaStatusType::Active)
    };
    let replica = pool.settings.replica.as_ref();
    let other = replica.map(|replica| secondary(cx, pool_id, replica.region.clone(), status_of(replica)));
    Ok([Some(primary), other].into_iter().flatten().collect())
}

/// A replica holds what the pool's key opens: the key must be one that can be in both regions (inferred).
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check_key(pool: &PoolSettings) -> Result<(), Fault> {
    let key = pool.general.key_configuration.as_ref().and_then(|key| key.key_type.as_ref());
    if key == Some(&EncryptionKeyType::CustomerManagedKey) {
        return Ok(());
    }
    Err(Fault::invalid_parameter("A replica requires a user pool with KeyType CUSTOMER_MANAGED_KEY."))
}

fn secondary_region(pool: &PoolSettings) -> Option<&str> {
    pool.replica.as_ref().map(|replica| replica.region.as_str())
}

/// The replica in a region; `of_primary` is what is said of the pool's own (the texts are ours).
fn named<'a>(
    change: &'a mut PoolChange,
    region: &str,
    of_primary: &'static str,
) -> Result<&'a mut Replica, Fault> {
    if change.row.region == region {
        return Err(Fault::invalid_parameter(of_primary));
    }
    let replica = change.settings.replica.as_mut().filter(|replica| replica.region == region);
    replica.ok_or_else(faults::replica_not_found)
}

fn status_of(replica: &Replica) -> ReplicaStatusType {
    if replica.active { ReplicaStatusType::Active } else { ReplicaStatusType::Inactive }
}

fn secondary(cx: &Cx, pool_id: &PoolId, region: String, status: ReplicaStatusType) -> UserPoolReplicaType {
    UserPoolReplicaType { role: Some(ReplicaRoleType::Secondary), ..shown(cx, pool_id, region, status) }
}

fn shown(cx: &Cx, pool_id: &PoolId, region: String, status: ReplicaStatusType) -> UserPoolReplicaType {
    UserPoolReplicaType {
        user_pool_arn: Some(ids::pool_arn(&cx.settings().account_id, &region, pool_id)),
        region_name: Some(region),
        status: Some(status),
        role: None,
    }
}
