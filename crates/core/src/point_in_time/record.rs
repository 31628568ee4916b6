//! A recovery's record: its states, what it counts, and how it is shown.

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::recoveries::Recovery;
use poolhouse_wire::user_pools::{
    RestorationDescriptionType, RestorationType, RestorePreviewType, RestoreStatusType,
};
use serde::{Deserialize, Serialize};

use super::DAY_SECONDS;

/// What becomes of one kind of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Those that are made again.
    pub create: i64,
    /// Those that are set back.
    pub update: i64,
    /// Those that go.
    pub delete: i64,
}

/// What a recovery counts; memberships are no entity of AWS's and in none of its counts (new-operations §15.1, open).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) users: Count,
    pub(super) groups: Count,
    pub(super) mfas: Count,
    pub(super) passkeys: Count,
    pub(super) memberships: Count,
}

impl Count {
    /// Counts one record, by what it was and what it is.
    pub(super) fn add<T: PartialEq>(&mut self, then: Option<T>, now: Option<T>) {
        match (then, now) {
            (Some(_), None) => self.create += 1,
            (None, Some(_)) => self.delete += 1,
            (Some(then), Some(now)) if then != now => self.update += 1,
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

impl Counts {
    pub(super) fn of(recovery: &Recovery) -> Result<Self, Fault> {
        serde_json::from_str(&recovery.counts).map_err(Fault::internal)
    }

    pub(super) fn to_json(self) -> Result<String, Fault> {
        serde_json::to_string(&self).map_err(Fault::internal)
    }
}

/// When a preview that nobody starts or cancels ends (new-operations §15.2, model).
pub(super) fn expires_at(recovery: &Recovery) -> Timestamp {
    recovery.triggered_at.plus_seconds(DAY_SECONDS)
}

/// The state at `now`, whether or not somebody has written down that the preview expired.
pub(super) fn status(recovery: &Recovery, now: Timestamp) -> RestoreStatusType {
    let status = RestoreStatusType::from(recovery.status.as_str());
    if is_preview(&status) && now >= expires_at(recovery) {
        RestoreStatusType::PreviewExpired
    } else {
        status
    }
}

/// Whether a recovery with this status can still be left without any change.
pub(super) fn is_preview(status: &RestoreStatusType) -> bool {
    matches!(status, RestoreStatusType::PreviewGenerating | RestoreStatusType::PreviewGenerated)
}

/// Puts a recovery into another state.
pub(super) fn set_status(recovery: &mut Recovery, status: &RestoreStatusType) {
    status.as_str().clone_into(&mut recovery.status);
}

/// Ends a recovery; nobody takes it any more.
pub(super) fn end(recovery: &mut Recovery, status: &RestoreStatusType, now: Timestamp) {
    set_status(recovery, status);
    recovery.ended_at = Some(now);
    (recovery.phase, recovery.lease, recovery.due_at) = (None, None, None);
}

/// The recovery as it is shown.
pub(super) fn view(recovery: &Recovery, now: Timestamp) -> Result<RestorationType, Fault> {
    let counts = Counts::of(recovery)?;
    let entry = |entity: &str, count: Count| RestorePreviewType {
        entity: Some(entity.to_owned()),
        create_count: Some(count.create),
        update_count: Some(count.update),
        delete_count: Some(count.delete),
    };
    let preview = vec![
        entry("Users", counts.users),
        entry("Groups", counts.groups),
        entry("User MFAs", counts.mfas),
        entry("Passkeys", counts.passkeys),
    ];
    Ok(RestorationType {
        restore_id: Some(recovery.recovery_id.clone()),
        restore_status: Some(status(recovery, now)),
        restore_timestamp: Some(recovery.restore_at),
        trigger_timestamp: Some(recovery.triggered_at),
        restore_preview: recovery.is_counted.then_some(preview),
    })
}

/// As a list shows it.
pub(super) fn description(recovery: Recovery, now: Timestamp) -> RestorationDescriptionType {
    RestorationDescriptionType {
        restore_status: Some(status(&recovery, now)),
        restore_id: Some(recovery.recovery_id),
        restore_timestamp: Some(recovery.restore_at),
    }
}

/// How many memberships a recovery makes again and takes away.
///
/// # Errors
/// When the record cannot be read.
pub fn memberships(recovery: &Recovery) -> Result<Count, Fault> {
    Ok(Counts::of(recovery)?.memberships)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stored;

    #[test]
    fn stored_counts_can_be_read() {
        stored::check::<Counts>("recovery_counts");
    }

    #[test]
    fn a_record_is_counted_by_what_it_was_and_is() {
        let mut count = Count::default();
        count.add(Some(1), None);
        count.add(None, Some(1));
        count.add(Some(1), Some(2));
        count.add(Some(1), Some(1));
        count.add(None::<i32>, None);
        assert_eq!(count, Count { create: 1, update: 1, delete: 1 });
    }
}
