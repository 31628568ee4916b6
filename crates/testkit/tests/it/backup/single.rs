//! Single pools of a backup, in a database that is in use.

use poolhouse_backup::{BackupError, Existing, Keys, Order, make};
use poolhouse_core::Cx;
use poolhouse_core::deletion::Sweep;
use poolhouse_core::leased::Work;
use poolhouse_core::pools::key_rotation::{self, Before};
use poolhouse_kernel::sealing::MasterSealed;
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_store::tables::{self, pools::Sealed};
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

use super::{Backups, Scene, change, empty, master, serve};

/// Time for a node to notice what another one changed.
fn notice(server: &TestServer) {
    server.clock().advance_seconds(1);
}

on_both! {
    async fn a_pool_comes_back(server) {
        let scene = Scene::new(server).await;
        let other = server.pool(json!({})).await;
        let backups = Backups::new();
        let used = async |mark: &str| {
            let mut tx = server.engine().store().write().await.unwrap();
            let (pool, until) = (scene.pool.as_str().into(), server.now().plus_seconds(600));
            let inserted = tables::spent::insert(&mut tx, &pool, mark, until).await.unwrap();
            assert_eq!(inserted, tables::Insert::Inserted);
            tx.commit().await.unwrap();
        };
        used("before the backup").await;
        let manifest = backups.make(server).await;
        let identities = Keys::of(&master()).identities();
        let key = master();
        let once = backups.with(&manifest, &key, &identities);
        let (store, pool) = (server.engine().store(), PoolId::from(scene.pool.as_str()));
        let pools = [pool.clone()].into();

        let refused = once.restore().pools(store, &pools, Existing::Refuse).await.unwrap_err();
        assert_eq!(refused, BackupError::PoolExists(pool.clone()));
        used("after the backup").await;
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": scene.pool })).await;
        // The rows are still being removed: a backup of now has some of them.
        server.clock().advance_seconds(60);
        let late = backups.make(server).await;
        let too_late = backups.with(&late, &key, &identities);
        let refused = too_late.restore().pools(store, &pools, Existing::Refuse).await.unwrap_err();
        assert_eq!(refused, BackupError::Deleted(pool.clone()));
        let restored = once.restore().pools(store, &pools, Existing::Refuse).await.unwrap();
        assert_eq!(restored.pools, 1);
        assert!(restored.rows < manifest.rows(), "what is of others stays where it is");
        notice(server);
        scene.holds(server).await;
        server.admin().ok("DescribeUserPool", json!({ "UserPoolId": other })).await;

        let nowhere = PoolId::from("us-east-1_nowhere");
        let refused = once.restore().pools(store, &[nowhere.clone()].into(), Existing::Refuse).await.unwrap_err();
        assert_eq!(refused, BackupError::NotIn(nowhere, manifest.name.clone()));
    }

    async fn a_backup_that_is_too_late_says_so(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": scene.pool })).await;
        Sweep::finish(server.engine()).await.unwrap();
        let late = backups.make(server).await;
        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&late, &key, &identities);
        let pools = [PoolId::from(scene.pool.as_str())].into();
        let refused = once.restore().pools(server.engine().store(), &pools, Existing::Refuse).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(&late.name) && said.contains("an older one with --backup"), "{said}");
    }

    // A server was at its rows when it came back.
    async fn a_pool_that_came_back_is_not_emptied(server) {
        let scene = Scene::new(server).await;
        let (backups, pool) = (Backups::new(), PoolId::from(scene.pool.as_str()));
        let manifest = backups.make(server).await;
        let engine = server.engine();
        assert!(Sweep::take(engine).await.unwrap().is_none(), "nobody has deleted it");
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": scene.pool })).await;
        let sweep = Sweep::take(engine).await.unwrap().unwrap().step(engine).await.unwrap().unwrap();
        let users = tables::users::count(&mut engine.store().read().await.unwrap(), &pool, 9).await;
        assert_eq!(users, Ok(0));
        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        once.restore().pools(engine.store(), &[pool].into(), Existing::Refuse).await.unwrap();
        assert!(sweep.step(engine).await.unwrap().is_none(), "nothing is deleted");
        notice(server);
        scene.holds(server).await;
    }

    async fn a_pool_is_replaced(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let pools = [PoolId::from(scene.pool.as_str())].into();
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        assert!(manifest.parts.iter().all(|part| part.table != "settings"), "nothing of the installation");
        server.user(&scene.pool, "later", json!({})).await;
        let alice = json!({ "UserPoolId": scene.pool, "Username": "alice" });
        server.admin().ok("AdminUserGlobalSignOut", alice.clone()).await;
        server.admin().ok("AdminDeleteUser", alice).await;

        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        once.restore().pools(server.engine().store(), &pools, Existing::Replace).await.unwrap();
        notice(server);
        scene.signs_in(server).await;
        // Whoever was signed out since stays so, and with them everybody.
        let refused = server.public().refused("InitiateAuth", scene.refresh()).await;
        assert_eq!(refused.0, "NotAuthorizedException");
        let token = json!({ "AccessToken": scene.device.tokens["AccessToken"] });
        assert_eq!(server.public().refused("GetUser", token).await.0, "NotAuthorizedException");
        let later = json!({ "UserPoolId": scene.pool, "Username": "later" });
        assert_eq!(server.admin().refused("AdminGetUser", later).await.0, "UserNotFoundException");
    }

    async fn keys_that_were_ended_do_not_come_back(server) {
        let scene = Scene::new(server).await;
        let (backups, pool) = (Backups::new(), PoolId::from(scene.pool.as_str()));
        let pools = [pool.clone()].into();
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        key_rotation::rotate(&Cx::job(server.engine()), &pool, Before::Ends).await.unwrap();
        let path = format!("/{pool}/.well-known/jwks.json");
        let (_, new) = server.get(&path).await;
        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        once.restore().pools(server.engine().store(), &pools, Existing::Replace).await.unwrap();
        // Longer than keys are kept in memory.
        server.clock().advance_seconds(120);
        assert_eq!(server.get(&path).await.1, new);
        scene.signs_in(server).await;
    }

    // What was taken from an application must not let it in again.
    async fn secrets_that_were_removed_do_not_come_back(server) {
        let scene = Scene::new(server).await;
        let secret = json!({ "GenerateSecret": true });
        let [changed, removed] =
            [server.client(&scene.pool, secret.clone()).await, server.client(&scene.pool, secret.clone()).await];
        let secrets = async |client: &str| {
            let named = json!({ "UserPoolId": scene.pool, "ClientId": client });
            let listed = server.admin().ok("ListUserPoolClientSecrets", named).await;
            let listed = listed["ClientSecrets"].as_array().unwrap().clone();
            listed.iter().map(|one| one["ClientSecretId"].clone()).collect::<Vec<_>>()
        };
        let (before, of_removed) = (secrets(&changed).await, secrets(&removed).await);
        let backups = Backups::new();
        let pools = [PoolId::from(scene.pool.as_str())].into();
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        let named = json!({ "UserPoolId": scene.pool, "ClientId": changed });
        server.admin().ok("AddUserPoolClientSecret", named).await;
        let old = json!({ "UserPoolId": scene.pool, "ClientId": changed, "ClientSecretId": before[0] });
        server.admin().ok("DeleteUserPoolClientSecret", old).await;
        let now = secrets(&changed).await;
        assert!(now.len() == 1 && now != before, "{now:?}");
        let gone = json!({ "UserPoolId": scene.pool, "ClientId": removed });
        server.admin().ok("DeleteUserPoolClient", gone).await;
        let late = server.client(&scene.pool, secret).await;

        let (identities, key) = (Keys::of(&master()).identities(), master());
        let once = backups.with(&manifest, &key, &identities);
        once.restore().pools(server.engine().store(), &pools, Existing::Replace).await.unwrap();
        notice(server);
        assert_eq!(secrets(&changed).await, now);
        assert_eq!(secrets(&removed).await, of_removed, "it would be open to everybody without");
        let late = json!({ "UserPoolId": scene.pool, "ClientId": late });
        assert_eq!(server.admin().refused("DescribeUserPoolClient", late).await.0, "ResourceNotFoundException");
        scene.signs_in(server).await;
    }

    async fn what_is_wrong_elsewhere_keeps_no_pool_from_coming_back(server) {
        let scene = Scene::new(server).await;
        let other = PoolId::from(server.pool(json!({})).await.as_str());
        let (store, pools) = (server.engine().store(), [PoolId::from(scene.pool.as_str())].into());
        let mut tx = store.write().await.unwrap();
        let sealed = tables::pools::get(&mut tx, &other).await.unwrap().unwrap();
        let sealed = Sealed { id: sealed.id, data_key: sealed.data_key };
        assert!(tables::pools::rewrap(&mut tx, &sealed, b"broken").await.unwrap());
        tx.commit().await.unwrap();
        let (backups, entropy, key) = (Backups::new(), Entropy::system(), master());
        let order =
            Order { store, master: &key, recipients: &[], pools: None, entropy: &entropy, now: server.now() };
        let made = make(&order, &backups.place(), |_| {}).await.unwrap();
        assert_eq!(made.unopened, [MasterSealed::Pool(other)], "a restore would find it too late");
        let part = made.manifest.parts.iter().find(|part| part.table == "settings").unwrap();
        change(&backups.path.join(format!("parts/{}.age", part.sha256)), |bytes| bytes.truncate(3));
        let identities = Keys::of(&key).identities();
        let once = backups.with(&made.manifest, &key, &identities);
        let Some((_, empty)) = empty(false).await else { return };
        assert!(once.whole(&empty).await.is_err());
        server.admin().ok("DeleteUserPool", json!({ "UserPoolId": scene.pool })).await;
        once.restore().pools(store, &pools, Existing::Refuse).await.unwrap();
        notice(server);
        scene.holds(server).await;
    }

    async fn a_pool_moves_to_another_installation(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let pools = [PoolId::from(scene.pool.as_str())].into();
        let (manifest, _) = backups.make_for(server, &[], Some(&pools)).await;
        let identities = Keys::of(&master()).identities();
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
