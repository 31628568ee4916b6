//! How many of a thing a pool may have, counted so that two inserts do not conflict.
//!
//! To count in the transaction of an insert makes it conflict with every other insert in the pool, and takes time for
//! each row. So a pool's rows are counted once a second, with every insert of this node added; below a quarter of the
//! quota nothing else is looked at. From there on inserts take turns and count in their transaction, which is exact.
//! More than that quota there could only be if other nodes inserted three quarters of it within that second.

use std::sync::atomic::{AtomicU32, Ordering};

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::{
    cimd_policies, clients, groups, identity_providers, import_jobs, resource_servers,
};

use crate::Cx;

/// What a pool has a bounded number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Quota {
    CimdPolicies,
    Clients,
    Groups,
    ImportJobs,
    Providers,
    /// Clients of all kinds, as far as they may be ones that registered themselves.
    Registrations,
    ResourceServers,
}

impl Quota {
    /// Groups (protocol §9) and import jobs (operations-and-protection §11) as AWS documents it; the others as many as AWS grants on request, for there is nobody to
    /// ask here.
    const fn limit(self) -> u32 {
        match self {
            // new-operations §16.1, open
            Self::CimdPolicies => 100,
            Self::Clients | Self::Groups => 10_000,
            Self::ImportJobs | Self::Providers => 1000,
            // Ours: half of what a pool has.
            Self::Registrations => 5000,
            Self::ResourceServers => 300,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::CimdPolicies => "CIMD policy",
            Self::Clients | Self::Registrations => "Client",
            Self::Groups => "Group",
            Self::ImportJobs => "User import job",
            Self::Providers => "Identity provider",
            Self::ResourceServers => "Resource server",
        }
    }

    async fn count(self, tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, Fault> {
        Ok(match self {
            Self::CimdPolicies => cimd_policies::count(tx, pool_id, bound).await,
            Self::Clients | Self::Registrations => clients::count(tx, pool_id, bound).await,
            Self::Groups => groups::count(tx, pool_id, bound).await,
            Self::ImportJobs => import_jobs::count(tx, pool_id, bound).await,
            Self::Providers => identity_providers::count(tx, pool_id, bound).await,
            Self::ResourceServers => resource_servers::count(tx, pool_id, bound).await,
        }?)
    }
}

/// Whether a `count` leaves so much room under a `limit` that a few inserts at once cannot fill it.
pub(crate) const fn is_ample(count: u32, limit: u32) -> bool {
    count < limit / 4
}

/// What is known of the room for one more, before the transaction that inserts it.
#[must_use]
pub(crate) struct Room<'a> {
    quota: Quota,
    pool_id: &'a PoolId,
    ample: bool,
}

/// Looks for room for one more; where it may become narrow, takes the turn at it.
///
/// # Errors
/// As [`Cx::take_turn`].
pub(crate) async fn room<'a>(cx: &Cx, quota: Quota, pool_id: &'a PoolId) -> Result<Room<'a>, Fault> {
    let load = async || {
        let count = quota.count(&mut cx.read().await?, pool_id, quota.limit() / 4).await?;
        Ok(Some(AtomicU32::new(count)))
    };
    let known = cx.state().quotas.get(&format!("{quota:?}/{pool_id}"), cx.now, load).await?;
    let before = known.map_or(u32::MAX, |count| count.fetch_add(1, Ordering::Relaxed));
    let ample = is_ample(before, quota.limit());
    if !ample {
        cx.take_turn((pool_id, quota)).await?;
    }
    Ok(Room { quota, pool_id, ample })
}

impl Room<'_> {
    /// The pool in which there is room.
    pub(crate) fn pool_id(&self) -> &PoolId {
        self.pool_id
    }

    /// Holds the quota, in the transaction that has inserted one more.
    ///
    /// # Errors
    /// `LimitExceededException`.
    pub(crate) async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let limit = self.quota.limit();
        if self.ample || self.quota.count(tx, self.pool_id, limit + 1).await? <= limit {
            return Ok(());
        }
        let noun = self.quota.noun();
        Err(Fault::limit_exceeded(format!("{noun} limit exceeded for user pool {}.", self.pool_id)))
    }
}
