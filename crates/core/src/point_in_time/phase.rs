//! The parts of the work, in their order.

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Cx;
use crate::model::Pool;

/// A step of a phase: where it is, and what it works on.
pub(super) struct Step<'a> {
    pub(super) cx: &'a Cx,
    pub(super) pool: &'a Pool,
    pub(super) moment: Timestamp,
    pub(super) position: Vec<String>,
}

/// One part: a walk through the keys of one table that were changed since the moment.
///
/// What was made since goes first, so that its names are free for what comes back; memberships come back last, so that nobody
/// is in a group before the attributes are right (new-operations §15.7, ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    CountUsers,
    CountGroups,
    CountPasskeys,
    CountMembers,
    TakeMembers,
    TakePasskeys,
    TakeLinks,
    TakeUsers,
    TakeGroups,
    PutGroups,
    PutUsers,
    PutLinks,
    PutPasskeys,
    PutMembers,
}

impl Phase {
    /// Where a preview begins.
    pub(super) const PREVIEW: Self = Self::CountUsers;

    /// Where a restoration begins.
    pub(super) const RESTORATION: Self = Self::TakeMembers;

    /// What follows; none when the preview, or the restoration, is done.
    pub(super) const fn next(self) -> Option<Self> {
        match self {
            Self::CountUsers => Some(Self::CountGroups),
            Self::CountGroups => Some(Self::CountPasskeys),
            Self::CountPasskeys => Some(Self::CountMembers),
            Self::TakeMembers => Some(Self::TakePasskeys),
            Self::TakePasskeys => Some(Self::TakeLinks),
            Self::TakeLinks => Some(Self::TakeUsers),
            Self::TakeUsers => Some(Self::TakeGroups),
            Self::TakeGroups => Some(Self::PutGroups),
            Self::PutGroups => Some(Self::PutUsers),
            Self::PutUsers => Some(Self::PutLinks),
            Self::PutLinks => Some(Self::PutPasskeys),
            Self::PutPasskeys => Some(Self::PutMembers),
            Self::CountMembers | Self::PutMembers => None,
        }
    }

    pub(super) fn from_text(text: &str) -> Result<Self, Fault> {
        serde_json::from_str(text).map_err(Fault::internal)
    }

    pub(super) fn to_text(self) -> Result<String, Fault> {
        serde_json::to_string(&self).map_err(Fault::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stored;

    #[test]
    fn stored_phases_can_be_read() {
        stored::check::<Phase>("recovery_phase");
    }

    #[test]
    fn a_preview_changes_nothing_and_a_restoration_ends() {
        let from =
            |first| std::iter::successors(Some(first), |phase: &Phase| phase.next()).collect::<Vec<_>>();
        let preview = from(Phase::PREVIEW);
        assert!(preview.iter().all(|phase| format!("{phase:?}").starts_with("Count")), "{preview:?}");
        assert_eq!(preview.len() + from(Phase::RESTORATION).len(), 14);
    }
}
