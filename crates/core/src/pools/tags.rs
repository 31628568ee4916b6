//! Tags of pools (docs/cognito/operations-and-protection.md §8, docs/cognito/users-and-groups.md §18).

use std::collections::{BTreeMap, BTreeSet};

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::ErrorCode;

use super::change::PoolChange;
use super::{own_tags, place};
use crate::ids;
use crate::{Cx, faults};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// Tags of a pool, at most (protocol §9).
const LIMIT: usize = 50;

/// The tags of the pool with this ARN.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn list(cx: &Cx, arn: &str) -> Result<Tags, Fault> {
    let pool = super::find(cx, &id_in(arn)).await?;
    check_named(cx, arn, pool.seen_from(), &pool.id)?;
    Ok(pool.settings.general.user_pool_tags.clone().unwrap_or_default())
}

/// Adds tags; an equal key takes the new value. The time of the pool's last change stays.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn add(cx: &Cx, arn: &str, given: Tags) -> Result<(), Fault> {
    let mut change = begin(cx, arn).await?;
    let tags = of_place(cx, &mut change);
    tags.extend(given);
    if let Some(objection) = objection(tags) {
        return Err(Fault::invalid_parameter(objection));
    }
    own_tags::check(tags)?;
    change.commit(cx).await
}

/// Removes tags; an absent key is no error (users-and-groups §18, inferred).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn remove(cx: &Cx, arn: &str, keys: &[String]) -> Result<(), Fault> {
    let mut change = begin(cx, arn).await?;
    of_place(cx, &mut change).retain(|key, _| !keys.contains(key));
    change.commit(cx).await
}

/// Checks the tags of CreateUserPool and UpdateUserPool, which have an error of their own for them.
///
/// # Errors
/// `UserPoolTaggingException`; `InvalidParameterException` for a value that one of our own tags does not have.
pub(super) fn check_of_pool(tags: Option<&Tags>) -> Result<(), Fault> {
    match tags.and_then(objection) {
        None => tags.map_or(Ok(()), own_tags::check),
        Some(text) => Err(Fault::new(ErrorCode::UserPoolTaggingException, text)),
    }
}

/// What is wrong with the tags of a pool. Texts are ours (protocol §9, open); lengths are the service model's.
pub fn objection(tags: &Tags) -> Option<String> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if tags.len() > LIMIT {
        return Some("Too many tags".to_owned());
    }
    // Condition keys of policies know no letter case: one of the two would hide the other.
    let mut folded = BTreeSet::new();
    if let Some(key) = tags.keys().find(|key| !folded.insert(key.to_lowercase())) {
        return Some(format!("Tag keys must differ in more than letter case: {key}"));
    }
    tags.iter().find_map(|(key, value)| {
        if key.to_ascii_lowercase().starts_with("aws:") {
            Some(format!("Tag keys that start with aws: are reserved: {key}"))
        } else if key.chars().chain(value.chars()).all(allowed) {
            None
        } else {
            Some(format!(
                "The tag {key} has characters other than letters, digits, spaces and _ . : / = + - @"
            ))
        }
    })
}

/// The pool with this ARN, to be changed.
async fn begin(cx: &Cx, arn: &str) -> Result<PoolChange, Fault> {
    let mut change = PoolChange::begin(cx, &id_in(arn)).await?;
    let region = change.replica(cx).map(|replica| replica.region.clone());
    check_named(cx, arn, &region.unwrap_or_else(|| change.row.region.clone()), &change.row.id)?;
    Ok(change)
}

/// The tags at the region that the request is at.
fn of_place<'a>(cx: &Cx, change: &'a mut PoolChange) -> &'a mut Tags {
    if place::is_secondary(cx, &change.settings)
        && let Some(replica) = &mut change.settings.replica
    {
        return &mut replica.tags;
    }
    change.settings.general.user_pool_tags.get_or_insert_default()
}

/// The id in an ARN.
fn id_in(arn: &str) -> PoolId {
    PoolId::from(arn.rsplit_once(":userpool/").map_or(arn, |(_, id)| id))
}

/// Refuses an ARN of another account, service or region: it names no pool here.
fn check_named(cx: &Cx, arn: &str, region: &str, pool_id: &PoolId) -> Result<(), Fault> {
    if ids::pool_arn(&cx.settings().account_id, region, pool_id) == arn {
        return Ok(());
    }
    Err(faults::pool_not_found(pool_id))
}
