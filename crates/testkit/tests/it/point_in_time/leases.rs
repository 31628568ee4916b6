//! Recoveries that are left behind and taken over.

use std::cell::Cell;

use poolhouse_core::leased::Work;
use poolhouse_core::point_in_time::{self, Running};
use poolhouse_ports::PoolId;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{initiate, moment, state, status, work};
use crate::contention::another_node;

/// More than one batch of users.
const CROWD: usize = 230;

/// A pool whose users were spoilt, its state before that, and a recovery that was started.
async fn started(server: &TestServer) -> (String, Value, Value) {
    let pool = server.pool(json!({})).await;
    server.group(&pool, "readers", json!({})).await;
    for name in 0..CROWD {
        let input =
            json!({ "UserPoolId": pool, "Username": format!("user{name}"), "MessageAction": "SUPPRESS" });
        server.admin().ok("AdminCreateUser", input).await;
    }
    server.member(&pool, "user0", "readers").await;
    let before = state(server, &pool).await;
    let then = moment(server);
    for name in 0..CROWD {
        let input = json!({ "UserPoolId": pool, "Username": format!("user{name}") });
        server.admin().ok("AdminDeleteUser", input).await;
    }
    let recovery = initiate(server, &pool, then).await;
    work(server).await;
    server.admin().ok("StartPointInTimeRecovery", recovery.clone()).await;
    (pool, before, recovery)
}

/// The id of a recovery, as SQL writes texts.
fn text(recovery: &Value) -> String {
    format!("'{}'", recovery["RestoreId"].as_str().unwrap())
}

on_both! {
    async fn the_one_that_is_asked_for_is_finished(server) {
        let (first, second) = (server.pool(json!({})).await, server.pool(json!({})).await);
        let then = moment(server);
        let wanted = initiate(server, &first, then).await;
        // Another node has it, until it dies.
        let taken = Running::take(server.engine()).await.unwrap();
        server.clock().advance_seconds(1);
        // One of another pool is due before it, and cannot be done.
        let broken = initiate(server, &second, then).await;
        let phase = format!("UPDATE recoveries SET phase = 'none' WHERE recovery_id = {}", text(&broken));
        server.engine().store().run(&phase).await.unwrap();
        let pauses = Cell::new(0);
        let pause = async || {
            pauses.set(pauses.get() + 1);
            server.clock().advance_seconds(30);
        };
        let (pool, id) = (PoolId::from(first.as_str()), wanted["RestoreId"].as_str().unwrap());
        let done = point_in_time::finish(server.engine(), &pool, id, pause).await.unwrap();
        assert_eq!(done.restore_status.unwrap().as_str(), "PREVIEW_GENERATED");
        assert_eq!((pauses.get(), taken.is_some()), (1, true));
        assert_eq!(status(server, &broken).await, "PREVIEW_GENERATING", "it is left to the servers");
        assert!(Running::finish(server.engine()).await.is_err(), "they say what is wrong with it");
        server.admin().ok("CancelPointInTimeRecovery", broken).await;
    }

    async fn what_a_dead_node_began_goes_on_where_it_was(server) {
        let (pool, before, recovery) = started(server).await;
        // One node does three steps and dies; another takes each of the next over from one that dies, too.
        let other = another_node(server).await;
        let other = other.as_ref().unwrap_or(server);
        let mut taken = 0;
        while let Some(running) = Running::take(other.engine()).await.unwrap() {
            taken += 1;
            assert!(Running::take(server.engine()).await.unwrap().is_none());
            drop(running.step(other.engine()).await.unwrap());
            if status(server, &recovery).await == "RESTORE_COMPLETED" {
                break;
            }
            server.clock().advance_seconds(30);
        }
        assert!(taken > 10, "{taken}");
        assert_eq!(status(server, &recovery).await, "RESTORE_COMPLETED");
        assert_eq!(state(server, &pool).await, before);
    }

    async fn who_lost_a_recovery_does_no_more_of_it(server) {
        let (pool, before, recovery) = started(server).await;
        let slow = Running::take(server.engine()).await.unwrap().unwrap();
        server.clock().advance_seconds(30);
        let quick = Running::take(server.engine()).await.unwrap().unwrap();
        assert!(slow.step(server.engine()).await.unwrap().is_none());
        let quick = quick.step(server.engine()).await.unwrap().unwrap();
        quick.release(server.engine()).await.unwrap();
        work(server).await;
        assert_eq!(status(server, &recovery).await, "RESTORE_COMPLETED");
        assert_eq!(state(server, &pool).await, before);
    }
}
