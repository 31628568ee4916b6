//! On a read node: finding out every second how old is what it reads.

use std::time::Duration;

use poolhouse_core::Engine;

/// How often. What is younger than three seconds is read from the standby.
const BEAT: Duration = Duration::from_secs(1);

/// Follows the primary, for as long as the process lives.
pub(crate) async fn run(engine: Engine) {
    let node_id = engine.state().node_id();
    loop {
        engine.store().follow(node_id, engine.clock().outside()).await;
        tokio::time::sleep(BEAT).await;
    }
}
