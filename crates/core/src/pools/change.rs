//! A pool in the middle of a change: read in a write transaction, not yet written back.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::import_jobs;
use poolhouse_store::tables::pools::{self as table, Pool as PoolRow};
use poolhouse_wire::ErrorCode;

use super::place;
use crate::model::logs::LogDelivery;
use crate::model::pool::PoolSettings;
use crate::model::replica::{Notifier, Replica};
use crate::model::risk::SetRisk;
use crate::model::tracking::Tracking;
use crate::turns::Thing;
use crate::{Cx, faults};

/// The row and its settings, and the transaction that holds them still.
pub(super) struct PoolChange {
    pub(super) tx: Tx,
    pub(super) row: PoolRow,
    pub(super) settings: PoolSettings,
}

/// Changes what the pool says about sessions, and returns it.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn change_sessions(
    cx: &Cx,
    pool_id: &PoolId,
    to: impl FnOnce(&Tracking) -> Tracking,
) -> Result<Tracking, Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    let changed = to(&change.settings.sessions);
    change.settings.sessions = changed.clone();
    change.commit_now(cx).await?;
    Ok(changed)
}

/// Replaces the risk configuration of the pool, or takes it away.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn set_risk(cx: &Cx, pool_id: &PoolId, risk: Option<SetRisk>) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    change.settings.risk = risk;
    change.commit(cx).await
}

/// Keeps as whom mails about risks are sent from the pool's other region, where the request is, by the configuration of
/// the pool or of a client.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn set_notifier(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: Option<&ClientId>,
    notifier: Option<Notifier>,
) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    let replica = change.replica(cx).ok_or_else(faults::replica_not_found)?;
    replica.set_notifier(client_id, notifier);
    change.commit(cx).await
}

/// Replaces what the pool says about logs that are kept elsewhere.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn set_logs(cx: &Cx, pool_id: &PoolId, logs: Vec<LogDelivery>) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    change.settings.logs = logs;
    change.commit(cx).await
}

impl PoolChange {
    /// Reads the pool to be changed.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `OperationNotEnabledException` where the request cannot change it.
    pub(super) async fn begin(cx: &Cx, pool_id: &PoolId) -> Result<Self, Fault> {
        cx.take_turn(Thing::Pool(pool_id)).await?;
        let mut tx = cx.write().await?;
        let row = table::get(&mut tx, pool_id).await?.ok_or_else(|| faults::pool_not_found(pool_id))?;
        let settings = PoolSettings::from_json(&row.config)?;
        place::admit(cx, &row.id, &settings)?;
        Ok(Self { tx, row, settings })
    }

    /// The pool's replica, if that is where the request is: of the pool nothing else is changed there.
    pub(super) fn replica(&mut self, cx: &Cx) -> Option<&mut Replica> {
        place::is_secondary(cx, &self.settings).then_some(self.settings.replica.as_mut())?
    }

    /// Refuses what would change the pool under an import of users.
    ///
    /// # Errors
    /// `UserImportInProgressException`.
    pub(super) async fn check_no_import(&mut self) -> Result<(), Fault> {
        let active = import_jobs::first_active(&mut self.tx).await?;
        if active.is_none_or(|pool_id| pool_id != self.row.id) {
            return Ok(());
        }
        // The text is ours.
        let text = "A user import job of the user pool is in progress.";
        Err(Fault::new(ErrorCode::UserImportInProgressException, text))
    }

    /// Writes the settings, without moving the time of the last change.
    pub(super) async fn commit(mut self, cx: &Cx) -> Result<(), Fault> {
        self.row.config = self.settings.to_json()?;
        table::update(&mut self.tx, &self.row).await?;
        self.tx.commit().await?;
        cx.state().pools.forget(&self.row.id);
        Ok(())
    }

    /// Writes the settings as changed now.
    pub(super) async fn commit_now(mut self, cx: &Cx) -> Result<(), Fault> {
        self.row.modified_at = cx.now;
        self.commit(cx).await
    }
}
