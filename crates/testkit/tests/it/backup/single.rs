//! Single pools of a backup, in a database that is in use.

use poolhouse_backup::{BackupError, Existing, Keys};
use poolhouse_ports::PoolId;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

use super::{Backups, Scene, empty, master, serve};

/// Time for a node to notice what another one changed.
fn notice(server: &TestServer) {
    server.clock().advance_seconds(1);
}

on_both! {
    async fn a_pool_comes_back(server) {
        let scene = Scene::new(server).await;
        let other = server.pool(json!({})).await;
        let backups = Backups::new();
        let manifest = backups.make(server).await;
        let identities = [Keys::of(&master()).identity()];
        let key = master();
        let once = backups.with(&manifest, &key, &identities);
        let (store, pools) = (server.engine().store(), [PoolId::from(scene.pool.as_str())]);

        let refused = once.restore().pools(store, &pools, Existing::Refuse).await.unwrap_err();
        assert_eq!(refused, BackupError::PoolExists(pools[0].clone()));
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": scene.pool })).await;
        let restored = once.restore().pools(store, &pools, Existing::Refuse).await.unwrap();
        assert_eq!(restored.pools, 1);
        assert!(restored.rows < manifest.rows(), "what is of others stays where it is");
        notice(server);
        scene.holds(server).await;
        server.admin().ok("DescribeUserPool", json!({ "UserPoolId": other })).await;

        let nowhere = [PoolId::from("us-east-1_nowhere")];
        let refused = once.restore().pools(store, &nowhere, Existing::Refuse).await.unwrap_err();
        assert_eq!(refused, BackupError::NoPool(nowhere[0].clone()));
    }

    async fn a_pool_is_replaced(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let pools = [PoolId::from(scene.pool.as_str())];
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        assert!(manifest.parts.iter().all(|part| part.table != "settings"), "nothing of the installation");
        server.user(&scene.pool, "later", json!({})).await;
        let gone = json!({ "UserPoolId": scene.pool, "Username": "alice" });
        server.admin().ok("AdminDeleteUser", gone).await;

        let (identities, key) = ([Keys::of(&master()).identity()], master());
        let once = backups.with(&manifest, &key, &identities);
        once.restore().pools(server.engine().store(), &pools, Existing::Replace).await.unwrap();
        notice(server);
        scene.holds(server).await;
        let later = json!({ "UserPoolId": scene.pool, "Username": "later" });
        assert_eq!(server.admin().refused("AdminGetUser", later).await.0, "UserNotFoundException");
    }

    async fn a_pool_moves_to_another_installation(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let pools = [PoolId::from(scene.pool.as_str())];
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        let identities = [Keys::of(&master()).identity()];
        let key = || poolhouse_kernel::sealing::MasterKey::new([8; 32]);
        for on_postgres in [false, true] {
            let Some((database, store)) = empty(on_postgres).await else { continue };
            poolhouse_store::migrate::run(&store).await.unwrap();
            let other = serve(database, store, key()).await;
            let target = key();
            let once = backups.with(&manifest, &target, &identities);
            once.restore().pools(other.engine().store(), &pools, Existing::Refuse).await.unwrap();
            notice(&other);
            scene.holds(&other).await;
            let wrong = master();
            let wrong = backups.with(&manifest, &wrong, &identities);
            let refused = wrong.restore().pools(other.engine().store(), &pools, Existing::Replace).await;
            assert!(matches!(refused, Err(BackupError::MasterKey(_))), "{refused:?}");
            other.finish().await;
        }
    }
}
