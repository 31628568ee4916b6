//! Session tracking, as a pool has it set.

use poolhouse_ports::Timestamp;
use serde::{Deserialize, Serialize};

/// Token sessions of a user, where nothing was said (new-operations §2.2, model).
pub(crate) const DEFAULT_MOST: u32 = 20;

/// Whether a pool tracks sessions, and how many a user may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tracking {
    /// Since when; absent: not now. What was tracked before it was switched off
    /// and on again is forgotten (new-operations §2.2, open).
    pub(crate) since: Option<Timestamp>,
    /// Token sessions of a user over all clients.
    pub(crate) most: u32,
}

impl Default for Tracking {
    fn default() -> Self {
        Self { since: None, most: DEFAULT_MOST }
    }
}

impl Tracking {
    /// Since when sessions are tracked, if they are.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Token sessions of a user over all clients, from 1 to 100.
    pub(crate) fn most(&self) -> u32 {
        self.most
    }
}
