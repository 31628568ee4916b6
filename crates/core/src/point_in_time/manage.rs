//! The operations on recoveries. All texts are open (docs/cognito/new-operations.md §15.6).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::recoveries::{self as table, Recovery};
use poolhouse_store::tables::{import_jobs, journals};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    RestorationDescriptionType, RestorationType, RestoreStatusType, UserPoolTierType,
};

use super::phase::Phase;
use super::record::{self, Counts};
use super::{DAY_SECONDS, write};
use crate::model::Pool;
use crate::pools::tier::{self, Feature};
use crate::turns::Thing;
use crate::{Cx, Tiers, faults, pools};

/// How far back the moment must lie, in seconds (new-operations §15.3, model).
const SETTLED_SECONDS: i64 = 15 * 60;

/// Begins a recovery: holds the users still, and lets the changes since `moment` be counted.
///
/// # Errors
/// `ResourceNotFoundException`, `FeatureUnavailableInTierException`, `OperationNotEnabledException`,
/// `InvalidParameterException` for the moment or beside an import, `LimitExceededException` beside another recovery.
pub async fn initiate(cx: &Cx, pool_id: &PoolId, moment: Timestamp) -> Result<RestorationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_tier(cx, &pool)?;
    check_switched_on(cx)?;
    if moment > cx.now.plus_seconds(-SETTLED_SECONDS) {
        let text = "The restore timestamp must be at least 15 minutes in the past.";
        return Err(Fault::invalid_parameter(text));
    }
    let recovery = Recovery {
        pool_id: pool_id.clone(),
        recovery_id: cx.entropy().uuid().to_string(),
        status: RestoreStatusType::PreviewGenerating.as_str().to_owned(),
        restore_at: moment,
        triggered_at: cx.now,
        ended_at: None,
        counts: Counts::default().to_json()?,
        is_counted: false,
        phase: Some(Phase::PREVIEW.to_text()?),
        position: "[]".to_owned(),
        lease: None,
        due_at: Some(cx.now),
        failing_since: None,
    };
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = write(cx).await?;
    let journal = journals::get(&mut tx, pool_id).await?.ok_or_else(faults::operation_not_enabled)?;
    if moment < journal.since.max(pool.created_at).max(window_start(cx, &pool)) {
        let text = "The restore timestamp is outside the recovery period of the user pool.";
        return Err(Fault::invalid_parameter(text));
    }
    if import_jobs::first_active(&mut tx).await?.as_ref() == Some(pool_id) {
        return Err(Fault::invalid_parameter("A user import job is in progress in the user pool."));
    }
    let until = record::expires_at(&recovery);
    if !journals::pause(&mut tx, pool_id, &recovery.recovery_id, until, cx.now).await? {
        return Err(Fault::limit_exceeded("A point-in-time recovery is already active for the user pool."));
    }
    table::insert(&mut tx, &recovery).await?;
    tx.commit().await?;
    cx.state().pools.forget(pool_id);
    record::view(&recovery, cx.now)
}

/// A recovery as it is now.
///
/// # Errors
/// `ResourceNotFoundException`, `FeatureUnavailableInTierException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, recovery_id: &str) -> Result<RestorationType, Fault> {
    check_tier(cx, &*pools::get(cx, pool_id).await?)?;
    let found = stored(&mut cx.read().await?, pool_id, recovery_id).await?;
    record::view(&found, cx.now)
}

/// A page of the pool's recoveries, the newest first.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`, `FeatureUnavailableInTierException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<RestorationDescriptionType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_tier(cx, &pool)?;
    let pager = Pager::new(cx, &pool.keys, "recoveries".to_owned(), limit);
    let after: Option<(Timestamp, String)> = pager.after(token)?;
    let (time, id) = after.unwrap_or_else(|| (Timestamp(i64::MAX), String::new()));
    let rows = table::list_before(&mut cx.read().await?, pool_id, (time, &id), pager.rows()).await?;
    let page = pager.page(rows, |row| Some((row.triggered_at, row.recovery_id.clone())))?;
    Ok(page.map(|row| record::description(row, cx.now)))
}

/// Lets a recovery whose preview is there be carried out; from now on it cannot be cancelled.
///
/// # Errors
/// `ResourceNotFoundException`, `OperationNotEnabledException`, `InvalidParameterException` in another state,
/// `ConcurrentModificationException`.
pub async fn start(cx: &Cx, pool_id: &PoolId, recovery_id: &str) -> Result<RestorationType, Fault> {
    check_tier(cx, &*pools::get(cx, pool_id).await?)?;
    check_switched_on(cx)?;
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = write(cx).await?;
    let mut found = stored(&mut tx, pool_id, recovery_id).await?;
    let status = record::status(&found, cx.now);
    if status != RestoreStatusType::PreviewGenerated {
        return Err(wrong_status(cx, "start", &status));
    }
    record::set_status(&mut found, &RestoreStatusType::Restoring);
    found.phase = Some(Phase::RESTORATION.to_text()?);
    "[]".clone_into(&mut found.position);
    (found.lease, found.due_at) = (None, Some(cx.now));
    table::update(&mut tx, &found).await?;
    if !journals::pause(&mut tx, pool_id, recovery_id, Timestamp(i64::MAX), cx.now).await? {
        return Err(Fault::internal("a preview does not hold its pool still"));
    }
    tx.commit().await?;
    cx.state().pools.forget(pool_id);
    record::view(&found, cx.now)
}

/// Ends a recovery that was not started; nothing has changed by it.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException` in another state, `ConcurrentModificationException`.
pub async fn cancel(cx: &Cx, pool_id: &PoolId, recovery_id: &str) -> Result<RestorationType, Fault> {
    check_tier(cx, &*pools::get(cx, pool_id).await?)?;
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = write(cx).await?;
    let mut found = stored(&mut tx, pool_id, recovery_id).await?;
    let status = record::status(&found, cx.now);
    if !record::is_preview(&status) {
        return Err(wrong_status(cx, "cancel", &status));
    }
    record::end(&mut found, &RestoreStatusType::PreviewCancelled, cx.now);
    table::update(&mut tx, &found).await?;
    journals::resume(&mut tx, pool_id, recovery_id).await?;
    tx.commit().await?;
    cx.state().pools.forget(pool_id);
    record::view(&found, cx.now)
}

/// Ends a recovery that was started and cannot go on. The pool stays as far as it came; another recovery, to the moment before the
/// start, takes that back. For operators alone: AWS has no such operation.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException` in another state.
pub async fn abort(cx: &Cx, pool_id: &PoolId, recovery_id: &str) -> Result<RestorationType, Fault> {
    pools::get(cx, pool_id).await?;
    cx.take_turn(Thing::Pool(pool_id)).await?;
    let mut tx = write(cx).await?;
    let mut found = stored(&mut tx, pool_id, recovery_id).await?;
    let status = record::status(&found, cx.now);
    if record::is_preview(&status) || found.ended_at.is_some() {
        return Err(wrong_status(cx, "abort", &status));
    }
    record::end(&mut found, &RestoreStatusType::AwsAborted, cx.now);
    table::update(&mut tx, &found).await?;
    journals::resume(&mut tx, pool_id, recovery_id).await?;
    tx.commit().await?;
    cx.state().pools.forget(pool_id);
    record::view(&found, cx.now)
}

fn check_tier(cx: &Cx, pool: &Pool) -> Result<(), Fault> {
    tier::check_available(cx, &pool.settings.general, Feature::PointInTimeRecovery)
}

fn check_switched_on(cx: &Cx) -> Result<(), Fault> {
    if cx.state().settings.recovery_days == 0 { Err(faults::operation_not_enabled()) } else { Ok(()) }
}

/// From when the journal reaches: as long as the installation keeps it, and where tiers are held, as the tier grants
/// (new-operations §15.3, model).
fn window_start(cx: &Cx, pool: &Pool) -> Timestamp {
    let settings = &cx.state().settings;
    let granted = match (settings.tiers, tier::of(&pool.settings.general)) {
        (Tiers::Strict, UserPoolTierType::Essentials) => 1,
        (Tiers::Strict | Tiers::Open, _) => 14,
    };
    let days = match settings.tiers {
        Tiers::Strict => settings.recovery_days.min(granted),
        Tiers::Open => settings.recovery_days,
    };
    cx.now.plus_seconds(-i64::from(days) * DAY_SECONDS)
}

/// Somebody else was quicker, or the recovery is simply not in the right state.
fn wrong_status(cx: &Cx, verb: &str, status: &RestoreStatusType) -> Fault {
    if cx.is_repeating() {
        let text = "The recovery is being modified by another request.";
        return Fault::new(ErrorCode::ConcurrentModificationException, text);
    }
    Fault::invalid_parameter(format!("Cannot {verb} a recovery with status {status}."))
}

async fn stored(tx: &mut Tx, pool_id: &PoolId, recovery_id: &str) -> Result<Recovery, Fault> {
    let found = table::get(tx, pool_id, recovery_id).await?;
    found.ok_or_else(|| Fault::not_found("Point-in-time recovery does not exist."))
}
