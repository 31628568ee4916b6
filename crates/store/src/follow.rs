//! How old is what a read node reads from its standby.
//!
//! The node writes to the primary when it was there, and looks for what it wrote at the standby: whatever the way between
//! the two is, the standby then has all that the primary had. Only the node's own clock is asked, and that only once: what it
//! writes goes on from there by a clock that nobody sets.

use std::time::Duration;

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

    /// Finds out how old is what is read from the standby, and whether the primary answers.
    pub async fn follow(&self, node_id: &str, now: Timestamp) {
        self.beat(node_id, now).await;
        self.listen(node_id).await;
    }

    /// Tells the primary that the node of this name is there, and finds out whether it answers; to be called again and again. The
    /// time is that of the first call.
    pub async fn beat(&self, node_id: &str, now: Timestamp) {
        let Some(standby) = self.standby() else { return };
        standby.note_primary(match in_time(self.say(standby, node_id, now)).await {
            // Another node forgets this one, or the other way round: it did answer.
            Err(StoreError::Retry) => Ok(()),
            said => said,
        });
    }

    /// Looks at the standby for what was last told to the primary; to be called more often than that.
    pub async fn listen(&self, node_id: &str) {
        let Some(standby) = self.standby() else { return };
        let heard = in_time(async { nodes::seen_at(&mut self.hear().await?, node_id).await }).await;
        standby.note_standby(heard.map(|stamp| stamp.and_then(|stamp| standby.written_at(stamp))));
    }

    async fn say(&self, standby: &Standby, node_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.say_to_primary().await?;
        let stamp = standby.stamp(now);
        nodes::put(&mut tx, node_id, stamp).await?;
        if standby.age() == Duration::MAX {
            // Once in the life of a node.
            nodes::purge(&mut tx, stamp.plus_seconds(-SILENCE)).await?;
        }
        tx.commit().await
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late =
        || StoreError::Unavailable(format!("it does not answer within {} seconds", PATIENCE.as_secs()));
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()))
}
