//! Whole backups: users sign in as before, on either database.

use std::slice;

use poolhouse_backup::{Keys, prune, verify};
use poolhouse_crypto::age::Identity;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

use super::{Backups, Scene, empty, master, serve};

/// Restores a backup of `server` into each kind of database, where everybody signs in.
async fn restores(server: &TestServer, key: fn() -> MasterKey) {
    let scene = Scene::new(server).await;
    let backups = Backups::new();
    let manifest = backups.make(server).await;
    server.user(&scene.pool, "later", json!({})).await;
    for on_postgres in [false, true] {
        let Some((database, store)) = empty(on_postgres).await else { continue };
        let restored = backups.restore(&store, &key()).await.unwrap();
        assert_eq!((restored.rows, restored.pools), (manifest.rows(), 1));
        let other = serve(database, store, key()).await;
        scene.holds(&other).await;
        let later = json!({ "UserPoolId": scene.pool, "Username": "later" });
        assert_eq!(other.admin().refused("AdminGetUser", later).await.0, "UserNotFoundException");
        other.finish().await;
    }
}

on_both! {
    async fn users_sign_in_after_a_restore(server) {
        restores(server, master).await;
    }

    async fn another_installation_seals_anew(server) {
        restores(server, || MasterKey::new([8; 32])).await;
    }

    async fn a_later_backup_writes_what_is_new(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let (first, progress) = backups.make_for(server, &[], None).await;
        assert_eq!((progress.written, progress.kept), (first.parts.len(), 0));
        let (_, progress) = backups.make_for(server, &[], None).await;
        assert_eq!((progress.written, progress.kept), (0, first.parts.len()));
        server.group(&scene.pool, "new", json!({})).await;
        let (last, progress) = backups.make_for(server, &[], None).await;
        assert_eq!(progress.written, 2, "only the groups have changed, and the journal of them");
        let (keys, place) = (Keys::of(&master()), backups.place());
        assert_eq!(place.names().await.unwrap().len(), 3);
        assert_eq!(backups.parts().len(), first.parts.len() + 2);
        let pruned = prune(&place, &keys, 1).await.unwrap();
        assert_eq!((pruned.backups, pruned.parts), (2, 2));
        assert_eq!(place.names().await.unwrap(), slice::from_ref(&last.name));
        let verified = verify(&place, &last, &master(), &keys.identities()).await.unwrap();
        assert_eq!((verified.parts, verified.rows, verified.locked), (last.parts.len(), last.rows(), 0));
        assert_eq!(verified.keys, 2, "the installation's and the pool's");
    }

    async fn a_recipient_opens_it_and_nobody_else(server) {
        let scene = Scene::new(server).await;
        let backups = Backups::new();
        let theirs = [Identity::new([1; 32])];
        let recipient = theirs[0].recipient().unwrap();
        let (manifest, _) = backups.make_for(server, &[recipient], None).await;
        let Some((database, store)) = empty(false).await else { return };
        let refused = backups.restore(&store, &master()).await.unwrap_err();
        assert!(refused.to_string().contains("--identity"), "{refused}");
        let verified = verify(&backups.place(), &manifest, &master(), &[]).await.unwrap();
        assert_eq!((verified.parts, verified.locked), (manifest.parts.len(), manifest.parts.len()));
        backups.with(&manifest, &master(), &theirs).whole(&store).await.unwrap();
        let other = serve(database, store, master()).await;
        scene.holds(&other).await;
        other.finish().await;
    }
}
