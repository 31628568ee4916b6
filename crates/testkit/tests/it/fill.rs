//! Made-up users in numbers, and what becomes of their pool and groups when these are deleted.

use poolhouse_core::deletion::Sweep;
use poolhouse_core::fill::{EVERYBODY, Filling, fill};
use poolhouse_core::leased::Work;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::{past, users};
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

/// More than a group loses in one step.
const CROWD: u32 = 1203;

fn filling(users: u32) -> Filling {
    Filling { users, groups: 7, groups_of_user: 3, everybody: true, password: None }
}

async fn filled(server: &TestServer, filling: &Filling) -> String {
    let pool = server.pool(json!({})).await;
    fill(server.engine(), &pool.as_str().into(), filling, |_| ()).await.unwrap();
    pool
}

on_both! {
    async fn made_up_users_are_users(server) {
        let filling = Filling { password: Some(TestServer::PASSWORD.to_owned()), ..filling(5) };
        let pool = filled(server, &filling).await;
        let named = json!({ "UserPoolId": pool, "Username": "user-000003" });
        let shown = server.admin().ok("AdminGetUser", named.clone()).await;
        assert_eq!(shown["UserStatus"], "CONFIRMED");
        let groups = server.admin().ok("AdminListGroupsForUser", named).await;
        let names: Vec<_> = groups["Groups"].as_array().unwrap().iter().map(|group| &group["GroupName"]).collect();
        assert_eq!(names, ["everybody", "group-0003", "group-0004", "group-0005"]);
        let filter = json!({ "UserPoolId": pool, "Filter": "email = \"user-000004@example.com\"" });
        assert_eq!(server.admin().ok("ListUsers", filter).await["Users"][0]["Username"], "user-000004");
        let client = server.client(&pool, json!({})).await;
        server.sign_in(&client, "user-000001").await;
    }

    async fn made_up_users_were_not_there_before(server) {
        // More memberships than one statement inserts.
        let pool = filled(server, &filling(30)).await;
        let mut tx = server.engine().store().read().await.unwrap();
        let moment = Timestamp(server.now().millis() - 1);
        let (pool, first) = (pool.as_str().into(), [String::new(), String::new()]);
        let members = past::members::first_after(&mut tx, &pool, moment, &first, 1000).await.unwrap();
        assert_eq!((members.len(), members.iter().filter(|past| past.row.is_none()).count()), (120, 120));
        let users = past::users::first_after(&mut tx, &pool, moment, &[String::new()], 1000).await.unwrap();
        assert_eq!((users.len(), users.iter().filter(|past| past.row.is_none()).count()), (30, 30));
    }

    async fn a_filling_goes_on_where_it_was_broken_off(server) {
        let pool = filled(server, &filling(3)).await;
        fill(server.engine(), &pool.as_str().into(), &filling(6), |_| ()).await.unwrap();
        let members = json!({ "UserPoolId": pool, "GroupName": EVERYBODY });
        let members = server.admin().ok("ListUsersInGroup", members).await;
        assert_eq!(members["Users"].as_array().map(Vec::len), Some(6));
    }

    async fn a_large_group_is_deleted_with_all_its_members(server) {
        let pool = filled(server, &filling(CROWD)).await;
        let everybody = json!({ "UserPoolId": pool, "GroupName": EVERYBODY });
        server.admin().ok("DeleteGroup", everybody.clone()).await;
        assert_eq!(server.admin().refused("GetGroup", everybody.clone()).await.0, "ResourceNotFoundException");
        server.admin().ok("CreateGroup", everybody.clone()).await;
        assert_eq!(server.admin().ok("ListUsersInGroup", everybody).await["Users"], json!([]));
        let named = json!({ "UserPoolId": pool, "Username": "user-001202" });
        let groups = server.admin().ok("AdminListGroupsForUser", named).await;
        assert_eq!(groups["Groups"].as_array().map(Vec::len), Some(3), "the others stay");
    }

    async fn a_large_pool_is_removed_in_steps(server) {
        let pool = filled(server, &filling(CROWD)).await;
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
        let before = server.engine().store().transactions();
        Sweep::finish(server.engine()).await.unwrap();
        assert!(server.engine().store().transactions() - before > 20, "not in steps");
        let mut tx = server.engine().store().read().await.unwrap();
        assert_eq!(users::count(&mut tx, &pool.as_str().into(), 1).await.unwrap(), 0);
    }
}
