//! On a read node: finding out how old is what it reads.

use std::time::Duration;

use poolhouse_core::Engine;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often the primary is told that the node is there.
const BEAT: Duration = Duration::from_secs(1);

/// How often the standby is looked at for that. So what is read is found to be no older than this, a beat and the way to the
/// primary and back together, which is less than the three seconds up to which the standby is read.
const LOOK: Duration = Duration::from_millis(200);

/// Follows the primary, for as long as the process lives.
pub(crate) async fn run(engine: Engine) {
    let (store, node_id) = (engine.store(), engine.state().node_id());
    let beat = async {
        let mut every = every(BEAT);
        loop {
            every.tick().await;
            store.beat(node_id, engine.clock().outside()).await;
        }
    };
    let look = async {
        let mut every = every(LOOK);
        loop {
            every.tick().await;
            store.listen(node_id).await;
        }
    };
    tokio::join!(beat, look);
}

/// One that takes a late turn as it comes, and no other to make up for it.
fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
