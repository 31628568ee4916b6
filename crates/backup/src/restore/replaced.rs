//! What stays of a pool whose place a backup's takes: whatever was ended or used up after the backup must not be good again.

use std::collections::{BTreeMap, HashSet};

use poolhouse_kernel::sealing::MasterSealed;
use poolhouse_ports::PoolId;
use poolhouse_store::portable::{self, Fill, Owner, Row, Shape};
use poolhouse_store::tables::pools::{self, Pool};
use poolhouse_store::tables::signing_keys::{self, SigningKey};

use super::Restore;
use crate::BackupError;

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The backup's come back.
    Returns,
    /// Those that there are stay: the backup has keys and secrets that have been ended since, and lacks what was used up.
    Stays,
    /// Neither is there afterwards: sign-ins and codes.
    Ends,
}

/// The fate of a table; `None` for one that is not a pool's.
fn fate(table: &str) -> Option<Fate> {
    Some(match table {
        // Secrets of clients that are not there return with them.
        "signing_keys" | "client_secrets" | "spent" | "attempts" => Fate::Stays,
        "sessions" | "browser_sessions" | "codes" => Fate::Ends,
        "pools" | "clients" | "published_secrets" | "certificates" | "domains" | "resource_servers"
        | "identity_providers" | "idp_identifiers" | "ui_customizations" | "branding_styles"
        | "branding_assets" | "terms" | "cimd_policies" | "cimd_documents"
        // All sign-ins of users end with their generation.
        | "users" | "user_index" | "aliases" | "user_groups" | "members" | "devices" | "passkeys"
        | "linked_identities" | "auth_events"
        // Work goes on where it was. None is restored of a pool that was deleted then.
        | "import_jobs" | "import_parts" | "deleted_pools" | "journals" | "recoveries" | "past_users"
        | "past_groups" | "past_members" | "past_passkeys" | "past_linked_identities" => Fate::Returns,
        _ => return None,
    })
}

/// What a pool was before.
#[derive(Debug)]
pub(super) struct Replaced {
    pool: Pool,
    keys: Vec<SigningKey>,
    clients: HashSet<String>,
    secrets: Vec<(Shape, Vec<Row>)>,
    /// Those of its clients that the backup has, too.
    returned: HashSet<String>,
}

impl Replaced {
    /// What the pool is now, if it is there.
    pub(super) async fn of(fill: &mut Fill, id: &PoolId) -> Result<Option<Self>, BackupError> {
        let Some(pool) = pools::get(fill.tx(), id).await? else { return Ok(None) };
        let clients = pages(fill, "clients", id).await?;
        let clients = clients.iter().flat_map(|(shape, rows)| rows.iter().map(|row| client(shape, row)));
        Ok(Some(Self {
            pool,
            keys: signing_keys::list(fill.tx(), id).await?,
            clients: clients.map(str::to_owned).collect(),
            secrets: pages(fill, "client_secrets", id).await?,
            returned: HashSet::new(),
        }))
    }

    /// Its keys, under which the tokens are that others hold, and the secrets of its clients, which prove themselves by them.
    pub(super) async fn put_back(mut self, fill: &mut Fill) -> Result<(), BackupError> {
        for key in &self.keys {
            // No row is there: those of the backup were left out.
            let _ = signing_keys::insert(fill.tx(), key).await?;
        }
        for (shape, rows) in &mut self.secrets {
            rows.retain(|row| self.returned.contains(client(shape, row)));
            fill.insert(shape, rows).await?;
        }
        Ok(())
    }

    fn has(&self, client: &str) -> bool {
        self.clients.contains(client)
    }
}

/// The rows of a table that are the pool's.
async fn pages(fill: &mut Fill, table: &str, id: &PoolId) -> Result<Vec<(Shape, Vec<Row>)>, BackupError> {
    let mut pages = Vec::new();
    if let Some(mut walk) = portable::walk(table, Some(id)) {
        loop {
            let page = walk.next(fill.tx()).await?;
            if page.is_empty() {
                break;
            }
            pages.push((walk.shape().clone(), page));
        }
    }
    Ok(pages)
}

/// The client of a row.
fn client<'a>(shape: &Shape, row: &'a Row) -> &'a str {
    shape.position("client_id").and_then(|at| row.text(at)).unwrap_or_default()
}

/// Leaves out and changes rows of pools that were there.
pub(super) fn amend(
    replaced: &mut BTreeMap<PoolId, Replaced>,
    shape: &Shape,
    rows: &mut Vec<Row>,
    restore: &Restore<'_>,
) -> Result<(), BackupError> {
    if replaced.is_empty() {
        return Ok(());
    }
    let pool = |row: &Row| match Owner::of(shape) {
        Owner::Pool(column) => shape.position(column).and_then(|at| row.text(at)).map(PoolId::from),
        _ => None,
    };
    if shape.table() == "clients" {
        for row in rows.iter() {
            if let Some(before) = pool(row).and_then(|id| replaced.get_mut(&id)) {
                before.returned.insert(client(shape, row).to_owned());
            }
        }
    }
    // What is a client's is another matter where only the backup has the client.
    let was_there = |row: &Row| match pool(row) {
        Some(id) => replaced.get(&id),
        None => replaced.values().find(|before| before.has(client(shape, row))),
    };
    if fate(shape.table()) != Some(Fate::Returns) {
        rows.retain(|row| was_there(row).is_none());
    }
    for row in rows.iter_mut() {
        let Some(before) = was_there(row) else { continue };
        match shape.table() {
            "pools" => check_same(&before.pool, shape, row, restore)?,
            "users" => end_generations(shape, row, restore.now.0),
            _ => {}
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_pools_has_a_fate() {
        for table in portable::tables(true) {
            assert!(fate(table).is_some(), "what becomes of {table}, where a pool is replaced?");
        }
    }
}
