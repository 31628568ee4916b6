//! Work beside the requests: removing what has expired, rotating published secrets, and telling other servers that this one is
//! there.

use std::time::Duration;

use poolhouse_api::audit::Command;
use poolhouse_core::clients::rotation;
use poolhouse_core::pools::key_rotation;
use poolhouse_core::{Engine, maintenance, provisioned};
use poolhouse_identity::keys;
use poolhouse_kernel::Fault;
use serde_json::json;

use crate::audit::Log;
use crate::metrics::Metrics;

/// How often expired rows are removed.
const INTERVAL: Duration = Duration::from_secs(60);

/// Every how many minutes signing keys are looked at: they live for days.
const KEYS_MINUTES: u64 = 60;

/// How often this node says that it is there.
const BEAT: Duration = Duration::from_secs(provisioned::BEAT);

/// Says that this node is there, for as long as the process lives.
pub(crate) async fn beat(engine: Engine) {
    loop {
        if let Err(fault) = provisioned::beat(&engine).await {
            tracing::warn!(
                cause = fault.cause().map(tracing::field::display),
                "cannot tell other servers that this one is there"
            );
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Does what is due every minute, for as long as the process lives.
pub(crate) async fn run(engine: Engine, metrics: Metrics, log: Log) {
    for minute in 0_u64.. {
        if minute % KEYS_MINUTES == 0 {
            let changed = key_rotation::look_after(&engine).await;
            record(&log, "RotateSigningKeys", "userPools", &changed).await;
            tell("signing keys were made or removed", changed);
            let changed = keys::look_after(&engine).await;
            record(&log, "RotateSigningKeys", "identityPools", &changed).await;
            tell("signing keys of identity pools were made or removed", changed);
        }
        let purged = maintenance::purge(&engine).await;
        if purged.is_ok() {
            metrics.purged_at.set(engine.clock().outside().seconds());
        }
        tell("expired rows were removed", purged);
        count_jobs(&engine, &metrics).await;
        let rotated = rotation::rotate_due(&engine).await;
        record(&log, "RotateClientSecrets", "clients", &rotated).await;
        tell("secrets of clients were rotated", rotated);
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Counts what waits to be done beside requests.
async fn count_jobs(engine: &Engine, metrics: &Metrics) {
    match maintenance::waiting(engine).await {
        Ok(jobs) => jobs.into_iter().for_each(|(kind, count)| metrics.set_jobs(kind, count)),
        Err(fault) => {
            let cause = fault.cause().map(tracing::field::display);
            tracing::warn!(cause, "cannot count the jobs that wait; trying again");
        }
    }
}

/// Tells the audit of what was changed because it was due.
async fn record(log: &Log, name: &str, of: &str, changed: &Result<u64, Fault>) {
    if let Ok(count @ 1..) = changed {
        // The log says itself when it cannot be written.
        let _ = log.told(Command { name, parameters: json!({ "due": true, of: count }), error: None }).await;
    }
}

fn tell(work: &'static str, done: Result<u64, Fault>) {
    match done {
        Ok(0) => {}
        Ok(count) => tracing::debug!(count, "{work}"),
        Err(fault) => {
            let cause = fault.cause().map(tracing::field::display);
            tracing::warn!(cause, "not all {work}; trying again");
        }
    }
}
