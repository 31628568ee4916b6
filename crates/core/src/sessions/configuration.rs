//! The settings of pools and clients about sessions (docs/cognito/new-operations.md §2.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::tables::clients as client_table;

use crate::model::Pool;
use crate::model::tracking::{DEFAULT_MOST, Tracking};
use crate::pools;
use crate::pools::tier::{self, Feature};
use crate::turns::Thing;
use crate::{Cx, clients};

/// Minutes for which a client takes up a browser's sign-in, where nothing was said (as above).
pub(super) const DEFAULT_SSO_MINUTES: i32 = 60;

/// What a pool says about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSessions {
    /// Whether sessions are tracked.
    pub tracked: bool,
    /// Token sessions of a user over all clients, from 1 to 100.
    pub max_per_user: i32,
}

impl PoolSessions {
    fn of(tracking: &Tracking) -> Self {
        let max_per_user = i32::try_from(tracking.most).unwrap_or(i32::MAX);
        Self { tracked: tracking.since.is_some(), max_per_user }
    }
}

/// What a pool says about sessions.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn of_pool(cx: &Cx, pool_id: &PoolId) -> Result<PoolSessions, Fault> {
    Ok(PoolSessions::of(&pools::get(cx, pool_id).await?.settings.sessions))
}

/// Replaces what a pool says about sessions. Fewer sessions for a user come into force at the next sign-in.
///
/// # Errors
/// `ResourceNotFoundException`, `FeatureUnavailableInTierException`.
pub async fn set_of_pool(cx: &Cx, pool_id: &PoolId, wanted: PoolSessions) -> Result<PoolSessions, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_tier(cx, &pool)?;
    let most = u32::try_from(wanted.max_per_user).unwrap_or(DEFAULT_MOST);
    let change = |tracking: &Tracking| {
        let since = tracking.since.unwrap_or(cx.now);
        Tracking { since: wanted.tracked.then_some(since), most }
    };
    let settings = pools::change_sessions(cx, pool_id, change).await?;
    Ok(PoolSessions::of(&settings))
}

/// For how many minutes a client takes up a browser's sign-in. Managed login reads it.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn of_client(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<i32, Fault> {
    pools::get(cx, pool_id).await?;
    let row = clients::row(&mut cx.read().await?, pool_id, client_id).await?;
    Ok(row.sso_minutes.and_then(|minutes| i32::try_from(minutes).ok()).unwrap_or(DEFAULT_SSO_MINUTES))
}

/// Sets for how many minutes a client takes up a browser's sign-in, from 0 (never) to 129,600.
///
/// # Errors
/// `ResourceNotFoundException`, `FeatureUnavailableInTierException`; `InvalidParameterException` where the pool does
/// not track sessions.
pub async fn set_of_client(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    minutes: i32,
) -> Result<i32, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_tier(cx, &pool)?;
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    let mut row = clients::row(&mut tx, pool_id, client_id).await?;
    if pool.settings.sessions.since.is_none() {
        // The rule is the model's, the text open.
        return Err(Fault::invalid_parameter("Session tracking must be enabled for the user pool."));
    }
    row.sso_minutes = Some(i64::from(minutes));
    row.modified_at = cx.now;
    client_table::update(&mut tx, &row).await?;
    tx.commit().await?;
    cx.state().clients.forget(client_id);
    Ok(minutes)
}

/// LITE pools have no sessions to configure, whatever is asked of them (new-operations §2, model).
fn check_tier(cx: &Cx, pool: &Pool) -> Result<(), Fault> {
    tier::check(cx, &pool.settings.general, &[Feature::SessionTracking])
}
