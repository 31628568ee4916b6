//! DeleteUserPool (operations-and-protection §5).

use poolhouse_core::deletion::Sweep;
use poolhouse_core::leased::Work;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::attempts::{self, Attempts};
use poolhouse_store::tables::{Insert, deleted_pools, import_jobs, spent, users};
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

on_both! {
    async fn a_deleted_pool_is_gone_for_every_operation(server) {
        let pool = server.pool(json!({})).await;
        let jwks = format!("/{pool}/.well-known/jwks.json");
        assert_eq!(server.get(&jwks).await.0, 200);
        let input = json!({ "UserPoolId": pool });
        server.group(&pool, "staff", json!({})).await;

        // recorded: zero bytes
        let (status, _, body) = server.admin().raw("DeleteUserPool", input.to_string().as_bytes()).await;
        assert_eq!((status, body.len()), (200, 0));

        let gone = ("ResourceNotFoundException".to_owned(), format!("User pool {pool} does not exist."));
        for operation in ["DescribeUserPool", "ListGroups", "DeleteUserPool", "UpdateUserPool", "GetUserPoolMfaConfig"] {
            assert_eq!(server.admin().refused(operation, input.clone()).await, gone, "{operation}");
        }
        assert_eq!(server.get(&jwks).await.0, 404);
    }

    async fn its_rows_are_removed_afterwards(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        for name in ["ada", "bob", "cleo"] {
            server.user(&pool, name, json!({})).await;
        }
        server.group(&pool, "staff", json!({})).await;
        let member = json!({ "UserPoolId": pool, "Username": "ada", "GroupName": "staff" });
        server.admin().ok("AdminAddUserToGroup", member).await;
        server.sign_in(&client, "ada").await;
        let other = server.pool(json!({})).await;
        server.user(&other, "ada", json!({})).await;
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
        let listed = server.admin().ok("ListUserPools", json!({ "MaxResults": 60 })).await;
        assert_eq!(listed["UserPools"].as_array().map(Vec::len), Some(1));
        Sweep::finish(server.engine()).await.unwrap();
        let mut tx = server.engine().store().read().await.unwrap();
        for (id, count) in [(&pool, 0), (&other, 1)] {
            assert_eq!(users::count(&mut tx, &id.as_str().into(), 9).await.unwrap(), count);
        }
        assert_eq!(deleted_pools::first(&mut tx).await.unwrap(), None);
    }

    // docs/decisions/0064
    async fn no_step_is_large(server) {
        const MANY: u64 = 60;
        let id = server.pool(json!({})).await;
        for name in ["first", "second"] {
            let job = json!({
                "UserPoolId": id, "JobName": name, "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
            });
            server.admin().ok("CreateUserImportJob", job).await;
        }
        let (pool, now) = (PoolId::from(id.as_str()), server.now());
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..MANY {
            let inserted = spent::insert(&mut tx, &pool, &format!("{number}"), now.plus_seconds(600)).await.unwrap();
            assert_eq!(inserted, Insert::Inserted);
            let attempt = Attempts {
                pool_id: pool.clone(),
                subject: format!("somebody{number}"),
                action: "a".to_owned(),
                count: 1,
                first_at: now,
                last_at: now,
                expires_at: now.plus_seconds(600),
            };
            attempts::put(&mut tx, &attempt).await.unwrap();
        }
        tx.commit().await.unwrap();
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": id })).await;
        // The last in the order of the marks; and the pool goes in a step of its own.
        let left = async || {
            let mut tx = server.engine().store().read().await.unwrap();
            let imports = import_jobs::count(&mut tx, &pool, 9).await.unwrap();
            let is_spent = spent::contains(&mut tx, &pool, "9").await.unwrap();
            (imports, is_spent, deleted_pools::first(&mut tx).await.unwrap().is_some())
        };
        let mut sweep = Sweep::take(server.engine()).await.unwrap();
        let mut seen = Vec::new();
        while let Some(running) = sweep {
            sweep = running.step(server.engine()).await.unwrap();
            seen.push(left().await);
        }
        let steps = [(1, true, true), (0, true, true), (0, true, true), (0, false, true), (0, false, false)];
        assert_eq!(seen[..5], steps);
    }

    // protocol §7.2: who names only a client is told of the client, also while it was used just before
    async fn clients_go_with_their_pool(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        server.sign_in(&client, "ada").await;
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": pool })).await;
        let gone =
            ("ResourceNotFoundException".to_owned(), format!("User pool client {client} does not exist."));
        let sign_in = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "ada", "PASSWORD": TestServer::PASSWORD },
        });
        assert_eq!(server.public().refused("InitiateAuth", sign_in).await, gone);
        let forgot = json!({ "ClientId": client, "Username": "ada" });
        assert_eq!(server.public().refused("ForgotPassword", forgot).await, gone);
    }

    async fn a_protected_pool_stays_until_it_is_not(server) {
        let pool = server.pool(json!({ "DeletionProtection": "ACTIVE" })).await;
        let input = json!({ "UserPoolId": pool });
        let refused = server.admin().refused("DeleteUserPool", input.clone()).await;
        assert_eq!(refused, (
            "InvalidParameterException".to_owned(),
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.".to_owned(),
        ));
        // An update that does not name it keeps the protection.
        server.admin().ok("UpdateUserPool", input.clone()).await;
        server.admin().refused("DeleteUserPool", input.clone()).await;
        let off = json!({ "UserPoolId": pool, "DeletionProtection": "INACTIVE" });
        server.admin().ok("UpdateUserPool", off).await;
        server.admin().ok("DeleteUserPool", input).await;
    }
}
