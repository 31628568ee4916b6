//! Tags of pools.

use poolhouse_core::Cx;
use poolhouse_core::pools::tags::{Tags, objection};
use poolhouse_kernel::Fault;
use poolhouse_ports::IdentityPoolId;

use crate::changes::PoolChange;
use crate::{faults, record};

/// The tags of the pool with this ARN.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn list(cx: &Cx, arn: &str) -> Result<Tags, Fault> {
    let id = pool_of(cx, arn)?;
    Ok(record::get(&mut cx.read().await?, &id).await?.config.tags)
}

/// Adds tags; an equal key takes the new value.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn add(cx: &Cx, arn: &str, given: Tags) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, &pool_of(cx, arn)?).await?;
    change.pool.config.tags.extend(given);
    check(&change.pool.config.tags)?;
    change.commit().await.map(drop)
}

/// Removes tags; an absent key is no error.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn remove(cx: &Cx, arn: &str, keys: &[String]) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, &pool_of(cx, arn)?).await?;
    change.pool.config.tags.retain(|key, _| !keys.contains(key));
    change.commit().await.map(drop)
}

/// The same rules as for tags of user pools.
pub(crate) fn check(tags: &Tags) -> Result<(), Fault> {
    objection(tags).map_or(Ok(()), |text| Err(Fault::invalid_parameter(text)))
}

/// The pool that an ARN names; one of another account or service names none.
fn pool_of(cx: &Cx, arn: &str) -> Result<IdentityPoolId, Fault> {
    let id = IdentityPoolId::from(arn.rsplit_once(":identitypool/").map_or(arn, |(_, id)| id));
    if record::arn(cx, &id) == arn { Ok(id) } else { Err(faults::pool_not_found(&id)) }
}
