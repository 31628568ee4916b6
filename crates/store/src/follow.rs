//! How old is what a read node reads from its standby.
//!
//! The node writes to the primary when it was there, and looks for what it wrote at the standby: whatever the way between
//! the two is, the standby then has all that the primary had. Only the node's own clock is asked.

use std::time::{Duration, Instant};

use poolhouse_ports::Timestamp;
use tokio::time::timeout;

use crate::driver::postgres::Standby;
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::nodes;

/// For how long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// For how long a node is remembered that says nothing, in seconds.
const SILENCE: i64 = 60 * 60;

impl Store {
    /// Whether it is read from a standby: the node serves one region of several.
    pub fn is_read_node(&self) -> bool {
        self.standby().is_some()
    }

    /// How old is what is read from the standby; `Duration::MAX` where that is not known, and `None` where there is none.
    pub fn standby_age(&self) -> Option<Duration> {
        self.standby().map(Standby::age)
    }

    /// Whether that is older than it may be.
    pub fn is_behind(&self) -> bool {
        self.standby().is_some_and(Standby::is_too_old)
    }

    /// Finds out how old is what is read from the standby, and whether the primary answers; to be called again and again, by
    /// a node of this name.
    pub async fn follow(&self, node_id: &str, now: Timestamp) {
        let Some(standby) = self.standby() else { return };
        let started = Instant::now();
        let said = timeout(PATIENCE, self.say(node_id, now)).await;
        standby.note_primary(matches!(said, Ok(Ok(()) | Err(StoreError::Retry | StoreError::Busy))));
        let heard = timeout(PATIENCE, self.heard(node_id)).await;
        // Of a stamp from the future, left by a clock that was set back since, nothing is known.
        if let Ok(Ok(Some(then))) = heard
            && let Ok(millis) = u64::try_from(now.millis_since(then))
        {
            standby.note_seen(started.checked_sub(Duration::from_millis(millis)));
        }
    }

    async fn say(&self, node_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write_to_primary().await?;
        nodes::put(&mut tx, node_id, now).await?;
        if self.standby_age() == Some(Duration::MAX) {
            // Once in the life of a node.
            nodes::purge(&mut tx, now.plus_seconds(-SILENCE)).await?;
        }
        tx.commit().await
    }

    async fn heard(&self, node_id: &str) -> Result<Option<Timestamp>, StoreError> {
        nodes::seen_at(&mut self.read_from_standby().await?, node_id).await
    }
}
