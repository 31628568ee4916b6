//! What of a backup is wanted: all of it, or single pools.

use std::collections::{BTreeSet, HashSet};

use poolhouse_ports::PoolId;
use poolhouse_store::portable::{self, Owner, Row, Shape};

use crate::manifest::Part;

/// Which parts and rows to look at. It sees all rows of those parts, each after those it points to.
pub(crate) trait Choice {
    fn wants_part(&self, part: &Part) -> bool;
    fn wants(&mut self, shape: &Shape, row: &Row) -> bool;
}

pub(crate) struct Everything;

impl Choice for Everything {
    fn wants_part(&self, _: &Part) -> bool {
        true
    }

    fn wants(&mut self, _: &Shape, _: &Row) -> bool {
        true
    }
}

/// The rows of pools, and of their clients.
pub(crate) struct Pools<'a> {
    wanted: &'a BTreeSet<PoolId>,
    found: HashSet<PoolId>,
    deleted: HashSet<PoolId>,
    clients: HashSet<String>,
}

impl<'a> Pools<'a> {
    pub(crate) fn new(wanted: &'a BTreeSet<PoolId>) -> Self {
        Self { wanted, found: HashSet::new(), deleted: HashSet::new(), clients: HashSet::new() }
    }

    /// A pool that was deleted when the backup was made, and of which it may have some rows and not all.
    pub(crate) fn deleted(&self) -> Option<&'a PoolId> {
        self.wanted.iter().find(|pool| self.deleted.contains(*pool))
    }

    /// A pool that no row was of.
    pub(crate) fn missing(&self) -> Option<&'a PoolId> {
        self.wanted.iter().find(|pool| !self.found.contains(*pool))
    }
}

impl Choice for Pools<'_> {
    fn wants_part(&self, part: &Part) -> bool {
        match &part.pools {
            Some(pools) => self.wanted.iter().any(|pool| pools.first <= *pool && *pool <= pools.last),
            // Rows of clients.
            None => portable::is_of_pools(&part.table),
        }
    }

    fn wants(&mut self, shape: &Shape, row: &Row) -> bool {
        let text = |column| shape.position(column).and_then(|at| row.text(at)).unwrap_or_default();
        match Owner::of(shape) {
            Owner::Nobody => false,
            Owner::Client => self.clients.contains(text("client_id")),
            Owner::Pool(column) => {
                let pool = PoolId::from(text(column));
                let is_wanted = self.wanted.contains(&pool);
                match shape.table() {
                    "pools" if is_wanted => drop(self.found.insert(pool)),
                    "deleted_pools" if is_wanted => drop(self.deleted.insert(pool)),
                    "clients" if is_wanted => drop(self.clients.insert(text("client_id").to_owned())),
                    _ => {}
                }
                is_wanted
            }
        }
    }
}
