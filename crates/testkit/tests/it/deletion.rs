//! What deleted pools leave is removed by one node at a time (docs/decisions/0064).

use poolhouse_core::deletion::Sweep;
use poolhouse_core::fill::{Filling, fill};
use poolhouse_core::leased::Work;
use poolhouse_core::{Cx, maintenance};
use poolhouse_kernel::Fault;
use poolhouse_ports::{IdentityPoolId, PoolId};
use poolhouse_store::tables::identities::{self, Identity};
use poolhouse_store::tables::{deleted_pools, identity_pools, pools, users};
use poolhouse_testkit::{TestServer, on_both};
use poolhouse_wire::identity_pools::SERVICE;
use serde_json::json;

use crate::contention::another_node;

/// More than one step removes.
const USERS: u32 = 60;
const IDENTITIES: usize = 600;

/// A user pool and an identity pool that are deleted.
struct Deleted {
    users: PoolId,
    identities: IdentityPoolId,
}

impl Deleted {
    async fn make(server: &TestServer) -> Self {
        let users = PoolId::from(server.pool(json!({})).await.as_str());
        let filling =
            Filling { users: USERS, groups: 1, groups_of_user: 1, everybody: false, password: None };
        fill(server.engine(), &users, &filling, |_| ()).await.unwrap();
        let input = json!({ "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": true });
        let made = server.admin().of(&SERVICE).ok("CreateIdentityPool", input).await;
        let identities = IdentityPoolId::from(made["IdentityPoolId"].as_str().unwrap());
        let now = server.now();
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..IDENTITIES {
            let row = Identity {
                id: format!("us-east-1:{number}").into(),
                pool_id: identities.clone(),
                created_at: now,
                modified_at: now,
                authenticated: false,
                enabled: true,
            };
            let _ = identities::insert(&mut tx, &row).await.unwrap();
        }
        // As servers do that know of no lease.
        deleted_pools::insert(&mut tx, &users, now).await.unwrap();
        assert!(identity_pools::mark_deleted(&mut tx, &identities, now).await.unwrap());
        tx.commit().await.unwrap();
        Self { users, identities }
    }

    /// How many users and identities are there still.
    async fn left(&self, server: &TestServer) -> (u32, usize) {
        let mut tx = server.engine().store().read().await.unwrap();
        let users = users::count(&mut tx, &self.users, USERS).await.unwrap();
        let listed = identities::list_after(&mut tx, &self.identities, &"".into(), false, 1000).await;
        (users, listed.unwrap().len())
    }
}

/// How many pools are deleted and there still.
async fn waiting(server: &TestServer) -> u32 {
    let jobs = maintenance::waiting(server.engine()).await.unwrap();
    jobs.into_iter().find(|(kind, _)| *kind == "deletion").unwrap().1
}

/// What servers did before there were leases; false when there is nothing to do.
async fn old_step(cx: &Cx) -> Result<bool, Fault> {
    let mut tx = cx.write().await?;
    if let Some(pool) = deleted_pools::first(&mut tx).await? {
        if deleted_pools::empty(&mut tx, &pool, 50).await? == 0 {
            pools::delete(&mut tx, &pool).await?;
        }
    } else if let Some(pool) = identity_pools::next_deleted(&mut tx).await? {
        if identities::purge(&mut tx, &pool, 500).await? < 500 {
            identity_pools::delete(&mut tx, &pool).await?;
        }
    } else {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

on_both! {
    async fn what_a_dead_node_began_goes_on_where_it_was(server) {
        let pools = Deleted::make(server).await;
        let other = another_node(server).await;
        let mut nodes = [server, other.as_ref().unwrap_or(server)];
        let mut left = Vec::new();
        assert_eq!(waiting(server).await, 2);
        while let Some(sweep) = Sweep::take(nodes[0].engine()).await.unwrap() {
            assert!(Sweep::take(nodes[1].engine()).await.unwrap().is_none());
            drop(sweep.step(nodes[0].engine()).await.unwrap());
            left.push(pools.left(server).await);
            server.clock().advance_seconds(29);
            assert!(Sweep::take(nodes[1].engine()).await.unwrap().is_none());
            server.clock().advance_seconds(1);
            nodes.reverse();
        }
        left.dedup();
        assert_eq!(left, [(10, IDENTITIES), (0, IDENTITIES), (0, 100), (0, 0)]);
        assert_eq!(waiting(server).await, 0);
    }

    async fn who_lost_the_work_does_no_more_of_it(server) {
        let (pools, engine) = (Deleted::make(server).await, server.engine());
        let slow = Sweep::take(engine).await.unwrap().unwrap();
        server.clock().advance_seconds(30);
        let quick = Sweep::take(engine).await.unwrap().unwrap();
        assert!(slow.step(engine).await.unwrap().is_none());
        assert_eq!(pools.left(server).await, (USERS, IDENTITIES));
        // Who stops has nobody wait for the end of the lease, and neither has who is done.
        let quick = quick.step(engine).await.unwrap().unwrap();
        quick.release(engine).await.unwrap();
        Sweep::finish(engine).await.unwrap();
        assert_eq!(pools.left(server).await, (0, 0));
        let more = PoolId::from(server.pool(json!({})).await.as_str());
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": more })).await;
        Sweep::finish(engine).await.unwrap();
        assert_eq!(waiting(server).await, 0);
    }

    async fn servers_that_know_no_lease_may_be_at_the_same_pools(server) {
        let pools = Deleted::make(server).await;
        let other = another_node(server).await;
        let old = Cx::job(other.as_ref().unwrap_or(server).engine());
        let old = async { while old.repeat(|| old_step(&old)).await.unwrap() {} };
        let (done, ()) = tokio::join!(Sweep::finish(server.engine()), old);
        done.unwrap();
        assert_eq!((pools.left(server).await, waiting(server).await), ((0, 0), 0));
    }
}
