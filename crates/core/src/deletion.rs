//! What deleted pools leave behind is removed in small steps, so that nobody has to wait for it, by one node at a time
//! (docs/decisions/0064).

use poolhouse_kernel::Fault;
use poolhouse_ports::{IdentityPoolId, PoolId, Timestamp};
use poolhouse_store::tables::{deleted_pools, identities, identity_pools, leases, pools};
use poolhouse_store::{StoreError, Tx};

use crate::leased::Work;
use crate::{Cx, Engine};

/// Names the work among those that have leases.
const WORK: &str = "deletion";

/// How long the work that was taken is nobody else's, in seconds: longer than a step takes.
const LEASE: i64 = 30;

/// Users removed in one transaction, each with a dozen rows in other tables: few enough that writers in line hardly notice.
const USERS: u32 = 50;

/// Identities removed in one transaction, which have nothing but their logins.
const IDENTITIES: u32 = 500;

/// The removal of whatever is deleted, which this node has taken.
#[must_use]
pub struct Sweep {
    lease: String,
    /// How many rows of the pool are gone that is next.
    removed: u64,
}

impl Work for Sweep {
    const INTERRUPTED: &str = "the removal of deleted pools was interrupted; it goes on in a while";

    async fn take(engine: &Engine) -> Result<Option<Self>, Fault> {
        let cx = Cx::job(engine);
        // Mostly there is nothing, or another node is at it, and no writer has to wait for that.
        if !is_due(&cx).await? {
            return Ok(None);
        }
        let lease = cx.entropy().uuid().to_string();
        let taken = cx
            .repeat(async || {
                let mut tx = cx.write().await?;
                let taken = leases::take(&mut tx, WORK, &lease, (cx.now, lease_end(&cx))).await?;
                tx.commit().await?;
                Ok(taken)
            })
            .await?;
        Ok(taken.then_some(Self { lease, removed: 0 }))
    }

    async fn step(mut self, engine: &Engine) -> Result<Option<Self>, Fault> {
        let cx = Cx::job(engine);
        let Some((pool, count)) = cx.repeat(|| self.write(&cx)).await? else { return Ok(None) };
        self.removed += count;
        if count == 0 {
            tracing::info!(pool = pool.id(), count = self.removed, "the rows of a deleted pool were removed");
            self.removed = 0;
        }
        Ok(Some(self))
    }

    async fn release(self, engine: &Engine) -> Result<(), Fault> {
        let cx = Cx::job(engine);
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            leases::end(&mut tx, WORK, &self.lease).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

impl Sweep {
    /// Does the next step at a pool, if the work is still this node's; tells how many rows went. With the last step, which tells
    /// of none, goes the pool.
    async fn write(&self, cx: &Cx) -> Result<Option<(Deleted, u64)>, Fault> {
        let mut tx = cx.write().await?;
        if !leases::renew(&mut tx, WORK, &self.lease, lease_end(cx)).await? {
            return Ok(None);
        }
        // Each step looks anew: a restore may have put a pool back since the last one, or an older server removed it.
        let Some(pool) = Deleted::first(&mut tx).await? else {
            leases::end(&mut tx, WORK, &self.lease).await?;
            tx.commit().await?;
            return Ok(None);
        };
        let count = pool.empty(&mut tx).await?;
        if count == 0 {
            pool.delete(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(Some((pool, count)))
    }
}

async fn is_due(cx: &Cx) -> Result<bool, Fault> {
    let mut tx = cx.read().await?;
    Ok(Deleted::first(&mut tx).await?.is_some() && !leases::is_held(&mut tx, WORK, cx.now).await?)
}

fn lease_end(cx: &Cx) -> Timestamp {
    cx.now.plus_seconds(LEASE)
}

/// A pool of users or of identities that is deleted for everybody, and is there still.
enum Deleted {
    Users(PoolId),
    Identities(IdentityPoolId),
}

impl Deleted {
    async fn first(tx: &mut Tx) -> Result<Option<Self>, StoreError> {
        if let Some(id) = deleted_pools::first(tx).await? {
            return Ok(Some(Self::Users(id)));
        }
        Ok(identity_pools::next_deleted(tx).await?.map(Self::Identities))
    }

    /// Removes some of what is in it; tells how many rows.
    async fn empty(&self, tx: &mut Tx) -> Result<u64, StoreError> {
        match self {
            Self::Users(id) => deleted_pools::empty(tx, id, USERS).await,
            Self::Identities(id) => identities::purge(tx, id, IDENTITIES).await,
        }
    }

    /// Removes the pool itself. What nodes made in it that did not know yet goes with it.
    async fn delete(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        match self {
            Self::Users(id) => pools::delete(tx, id).await,
            Self::Identities(id) => identity_pools::delete(tx, id).await,
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Users(id) => id.as_str(),
            Self::Identities(id) => id.as_str(),
        }
    }
}
