//! The work of a recovery, on the node that has taken it.

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::journals;
use poolhouse_store::tables::recoveries::{self as table, Recovery};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{RestorationType, RestoreStatusType};

use super::manage::describe;
use super::phase::{Phase, Step};
use super::record::{self, Counts};
use super::{preview, put_back, take_away, write};
use crate::leased::Work;
use crate::model::Pool;
use crate::{Cx, Engine, pools};

/// How long a recovery that was taken is nobody else's, in seconds: longer than a batch takes.
const LEASE: i64 = 30;

/// How long to wait after a step that failed, in seconds.
const PAUSE: i64 = 10;

/// How long a preview may fail before it is given up, in milliseconds (new-operations §15.7, ours).
const PATIENCE_MILLIS: i64 = 10 * 60 * 1000;

/// A recovery that this node has taken.
#[must_use]
pub struct Running(Recovery);

/// Does this recovery until there is nothing more to be done of it, here or where another node has it; waits for a `pause` before
/// it looks again. Others that are due are left to the servers, and nothing that is wrong with them is in its way.
///
/// # Errors
/// As those of its steps, and of [`describe`].
pub async fn finish(
    engine: &Engine,
    pool_id: &PoolId,
    recovery_id: &str,
    pause: impl AsyncFn(),
) -> Result<RestorationType, Fault> {
    loop {
        if let Some(work) = Running::take_one(engine, Which::This(pool_id, recovery_id)).await? {
            work.to_its_end(engine).await?;
        }
        let found = describe(&Cx::job(engine), pool_id, recovery_id).await?;
        if !found.restore_status.as_ref().is_some_and(is_under_way) {
            return Ok(found);
        }
        pause().await;
    }
}

fn is_under_way(status: &RestoreStatusType) -> bool {
    matches!(
        status,
        RestoreStatusType::PreviewGenerating
            | RestoreStatusType::Restoring
            | RestoreStatusType::TemporaryInternalErrorSeeSupportCase
    )
}

/// Which recovery is taken.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// That which has been due longest.
    First,
    /// That of a pool and an id.
    This(&'a PoolId, &'a str),
}

impl Which<'_> {
    /// It, if it is due.
    async fn due(self, tx: &mut Tx, now: Timestamp) -> Result<Option<Recovery>, Fault> {
        Ok(match self {
            Self::First => table::first_due(tx, now).await?,
            Self::This(pool_id, recovery_id) => {
                let found = table::get(tx, pool_id, recovery_id).await?;
                found.filter(|found| found.due_at.is_some_and(|due_at| due_at <= now))
            }
        })
    }
}

/// Takes a recovery that has something to be done, or ends the preview if it has expired.
async fn take(cx: &Cx, which: Which<'_>) -> Result<Option<Recovery>, Fault> {
    let mut tx = write(cx).await?;
    let Some(mut recovery) = which.due(&mut tx, cx.now).await? else { return Ok(None) };
    if record::status(&recovery, cx.now) == RestoreStatusType::PreviewExpired {
        end(cx, &mut tx, &mut recovery, &RestoreStatusType::PreviewExpired).await?;
        tx.commit().await?;
        return Ok(None);
    }
    recovery.lease = Some(cx.entropy().uuid().to_string());
    recovery.due_at = Some(cx.now.plus_seconds(LEASE));
    table::update(&mut tx, &recovery).await?;
    tx.commit().await?;
    Ok(Some(recovery))
}

impl Work for Running {
    const INTERRUPTED: &str = "a recovery of a pool was interrupted; it is tried again in a while";

    async fn take(engine: &Engine) -> Result<Option<Self>, Fault> {
        Self::take_one(engine, Which::First).await
    }

    async fn step(self, engine: &Engine) -> Result<Option<Self>, Fault> {
        let cx = Cx::job(engine);
        let pool = match pools::get(&cx, &self.0.pool_id).await {
            Ok(pool) => pool,
            // Its recovery went with it.
            Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Ok(None),
            Err(fault) => return Err(fault),
        };
        match cx.repeat(|| self.write(&cx, &pool)).await {
            Ok(Some(recovery)) if recovery.lease.is_some() => Ok(Some(Self(recovery))),
            Ok(Some(recovery)) => {
                // Its users may be changed again.
                cx.state().pools.forget(&recovery.pool_id);
                tell(&recovery);
                Ok(None)
            }
            Ok(None) => Ok(None),
            Err(fault) => {
                cx.repeat(|| self.fail(&cx)).await?;
                Err(fault)
            }
        }
    }

    async fn release(self, engine: &Engine) -> Result<(), Fault> {
        let cx = Cx::job(engine);
        cx.repeat(async || {
            let mut tx = write(&cx).await?;
            let Some(mut recovery) = self.stored(&mut tx).await? else { return Ok(()) };
            (recovery.lease, recovery.due_at) = (None, Some(cx.now));
            table::update(&mut tx, &recovery).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

impl Running {
    async fn take_one(engine: &Engine, which: Which<'_>) -> Result<Option<Self>, Fault> {
        let cx = Cx::job(engine);
        // Mostly there is none, and no writer has to wait for that.
        if which.due(&mut cx.read().await?, cx.now).await?.is_none() {
            return Ok(None);
        }
        let taken = cx.repeat(|| take(&cx, which)).await?;
        Ok(taken.map(Self))
    }

    /// Does a batch, if the recovery is still this node's.
    async fn write(&self, cx: &Cx, pool: &Arc<Pool>) -> Result<Option<Recovery>, Fault> {
        let mut tx = write(cx).await?;
        let Some(mut recovery) = self.stored(&mut tx).await? else { return Ok(None) };
        let Some(text) = &recovery.phase else { return Ok(None) };
        let phase = Phase::from_text(text)?;
        let step = Step {
            cx,
            pool,
            moment: recovery.restore_at,
            position: serde_json::from_str(&recovery.position).map_err(Fault::internal)?,
        };
        let mut counts = Counts::of(&recovery)?;
        let reached = match phase {
            Phase::CountUsers => preview::users(&mut tx, &step, &mut counts).await?,
            Phase::CountGroups => preview::groups(&mut tx, &step, &mut counts).await?,
            Phase::CountPasskeys => preview::passkeys(&mut tx, &step, &mut counts).await?,
            Phase::CountMembers => preview::members(&mut tx, &step, &mut counts).await?,
            Phase::TakeMembers => take_away::members(&mut tx, &step).await?,
            Phase::TakePasskeys => take_away::passkeys(&mut tx, &step).await?,
            Phase::TakeLinks => take_away::links(&mut tx, &step).await?,
            Phase::TakeUsers => take_away::users(&mut tx, &step).await?,
            Phase::TakeGroups => take_away::groups(&mut tx, &step).await?,
            Phase::PutGroups => put_back::groups(&mut tx, &step).await?,
            Phase::PutUsers => put_back::users(&mut tx, &step).await?,
            Phase::PutLinks => put_back::links(&mut tx, &step).await?,
            Phase::PutPasskeys => put_back::passkeys(&mut tx, &step).await?,
            Phase::PutMembers => put_back::members(&mut tx, &step).await?,
        };
        recovery.counts = counts.to_json()?;
        recovery.failing_since = None;
        recovery.due_at = Some(cx.now.plus_seconds(LEASE));
        if recovery.status == RestoreStatusType::TemporaryInternalErrorSeeSupportCase.as_str() {
            record::set_status(&mut recovery, &RestoreStatusType::Restoring);
        }
        let next = if reached.is_some() { Some(phase) } else { phase.next() };
        recovery.position = serde_json::to_string(&reached.unwrap_or_default()).map_err(Fault::internal)?;
        match next {
            Some(next) => {
                recovery.phase = Some(next.to_text()?);
                table::update(&mut tx, &recovery).await?;
            }
            None if phase == Phase::CountMembers => {
                record::set_status(&mut recovery, &RestoreStatusType::PreviewGenerated);
                recovery.is_counted = true;
                // Due again when nobody has started it.
                (recovery.phase, recovery.lease) = (None, None);
                recovery.due_at = Some(record::expires_at(&recovery));
                table::update(&mut tx, &recovery).await?;
            }
            None => end(cx, &mut tx, &mut recovery, &RestoreStatusType::RestoreCompleted).await?,
        }
        tx.commit().await?;
        Ok(Some(recovery))
    }

    /// Writes down that a step failed. A preview is given up after a while; a restoration is not, for the pool would stay half
    /// of each.
    async fn fail(&self, cx: &Cx) -> Result<(), Fault> {
        let mut tx = write(cx).await?;
        let Some(mut recovery) = self.stored(&mut tx).await? else { return Ok(()) };
        let since = *recovery.failing_since.get_or_insert(cx.now);
        (recovery.lease, recovery.due_at) = (None, Some(cx.now.plus_seconds(PAUSE)));
        if cx.now.millis_since(since) >= PATIENCE_MILLIS {
            if record::is_preview(&record::status(&recovery, cx.now)) {
                end(cx, &mut tx, &mut recovery, &RestoreStatusType::PreviewGenerationFailed).await?;
                return Ok(tx.commit().await?);
            }
            record::set_status(&mut recovery, &RestoreStatusType::TemporaryInternalErrorSeeSupportCase);
        }
        table::update(&mut tx, &recovery).await?;
        Ok(tx.commit().await?)
    }

    /// The recovery as it is stored, if this node still has it.
    async fn stored(&self, tx: &mut Tx) -> Result<Option<Recovery>, Fault> {
        let stored = table::get(tx, &self.0.pool_id, &self.0.recovery_id).await?;
        Ok(stored.filter(|stored| stored.lease.is_some() && stored.lease == self.0.lease))
    }
}

fn tell(Recovery { pool_id, recovery_id, status, ended_at, .. }: &Recovery) {
    let text = if ended_at.is_some() {
        "a recovery of a pool has ended"
    } else {
        "the preview of a recovery is there"
    };
    tracing::info!(pool = %pool_id, recovery = recovery_id, status, "{text}");
}

/// Ends a recovery, and lets the users be changed again.
async fn end(cx: &Cx, tx: &mut Tx, recovery: &mut Recovery, status: &RestoreStatusType) -> Result<(), Fault> {
    record::end(recovery, status, cx.now);
    table::update(tx, recovery).await?;
    Ok(journals::resume(tx, &recovery.pool_id, &recovery.recovery_id).await?)
}
