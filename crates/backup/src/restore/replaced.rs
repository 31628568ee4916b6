//! What stays of a pool whose place a backup's takes: whatever was ended or used up after the backup must not be good again.

use std::collections::BTreeMap;

use poolhouse_kernel::sealing::MasterSealed;
use poolhouse_ports::PoolId;
use poolhouse_store::portable::{Fill, Owner, Row, Shape};
use poolhouse_store::tables::pools::{self, Pool};
use poolhouse_store::tables::signing_keys::{self, SigningKey};

use super::Restore;
use crate::BackupError;

/// Tables of which the pool's own rows stay: the backup has keys that have been ended since, and lacks what was used up.
const STAYS: [&str; 3] = ["signing_keys", "spent", "attempts"];

/// Tables of sign-ins and codes, all of which end.
const ENDS: [&str; 3] = ["sessions", "browser_sessions", "codes"];

/// What a pool was before.
#[derive(Debug)]
pub(super) struct Replaced {
    pool: Pool,
    keys: Vec<SigningKey>,
}

impl Replaced {
    /// What the pool is now, if it is there.
    pub(super) async fn of(fill: &mut Fill, id: &PoolId) -> Result<Option<Self>, BackupError> {
        let Some(pool) = pools::get(fill.tx(), id).await? else { return Ok(None) };
        Ok(Some(Self { pool, keys: signing_keys::list(fill.tx(), id).await? }))
    }

    /// Its keys, under which the tokens are that others hold.
    pub(super) async fn put_back(&self, fill: &mut Fill) -> Result<(), BackupError> {
        for key in &self.keys {
            // No row is there: those of the backup were left out.
            let _ = signing_keys::insert(fill.tx(), key).await?;
        }
        Ok(())
    }
}

/// Leaves out and changes rows of pools that were there.
pub(super) fn amend(
    replaced: &BTreeMap<PoolId, Replaced>,
    shape: &Shape,
    rows: &mut Vec<Row>,
    restore: &Restore<'_>,
) -> Result<(), BackupError> {
    let Owner::Pool(column) = Owner::of(shape) else { return Ok(()) };
    let Some(at) = shape.position(column).filter(|_| !replaced.is_empty()) else { return Ok(()) };
    let before = |row: &Row| replaced.get(&PoolId::from(row.text(at).unwrap_or_default()));
    match shape.table() {
        "pools" => {
            for row in rows.iter() {
                if let Some(before) = before(row) {
                    check_same(&before.pool, shape, row, restore)?;
                }
            }
        }
        "users" => {
            for row in rows.iter_mut().filter(|row| before(row).is_some()) {
                end_generations(shape, row, restore.now.0);
            }
        }
        table if STAYS.contains(&table) || ENDS.contains(&table) => rows.retain(|row| before(row).is_none()),
        _ => {}
    }
    Ok(())
}

/// The keys that stay are sealed under the pool's data key: it must be the one that the backup's pool has.
fn check_same(before: &Pool, shape: &Shape, row: &Row, restore: &Restore<'_>) -> Result<(), BackupError> {
    let data_key = shape.position("data_key").and_then(|at| row.bytes(at)).unwrap_or_default();
    let which = MasterSealed::Pool(before.id.clone());
    // The row is sealed by the target's master key already.
    match restore.to.holds_same(data_key, (restore.to, &before.data_key), &which) {
        Ok(true) => Ok(()),
        Ok(false) => Err(BackupError::OtherPool(before.id.clone())),
        Err(_) => Err(BackupError::MasterKey(which.to_string())),
    }
}

/// Ends all sign-ins of a user (decision 17). How often the user was signed out since the backup is known of none who was
/// deleted, so the time is the number: nobody is signed out so often.
fn end_generations(shape: &Shape, row: &mut Row, now: i64) {
    if let Some(at) = shape.position("sign_outs") {
        let ended = row.int(at).unwrap_or_default() + 1;
        row.set_int(at, ended.max(now));
    }
}
