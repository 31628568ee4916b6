//! Backups that were changed, are of others, or come to the wrong place: refused, and nothing is left of them.

use std::fs;
use std::path::Path;

use poolhouse_backup::{BackupError, Keys, Order, Pruned, Wrong, make, prune, verify};
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_store::tables::{pools, settings};
use poolhouse_store::{Store, StoreError};
use poolhouse_testkit::{TestServer, on_both};

use super::{Backups, Scene, change, empty, master, serve};

/// Nothing was written: not even a schema on a new database.
async fn assert_untouched(store: &Store) {
    let read = settings::get(&mut store.read().await.unwrap(), "installation_key").await;
    assert!(matches!(read, Ok(None) | Err(StoreError::Other(_))), "{read:?}");
}

/// What a restore says after the backup was changed so; then it is as it was again.
async fn said_after(backups: &Backups, path: &Path, how: impl FnOnce(&mut Vec<u8>)) -> String {
    let before = fs::read(path).unwrap();
    change(path, how);
    let said = restored(backups).await;
    fs::write(path, before).unwrap();
    said
}

async fn restored(backups: &Backups) -> String {
    let Some((_, store)) = empty(false).await else { return String::new() };
    let refused = backups.restore(&store, &master()).await.unwrap_err();
    assert_untouched(&store).await;
    refused.to_string()
}

on_both! {
    async fn what_was_changed_is_refused(server) {
        Scene::new(server).await;
        let backups = Backups::new();
        let manifest = backups.make(server).await;
        let parts = backups.parts();
        for part in &parts {
            let said = said_after(&backups, part, |bytes| bytes.truncate(bytes.len() - 1)).await;
            assert!(said.contains("is shorter") && said.contains("take another copy"), "{said}");
        }
        let said = said_after(&backups, &parts[0], |bytes| *bytes.last_mut().unwrap() ^= 1).await;
        assert!(said.contains("is not what was written"), "{said}");
        let other = fs::read(&parts[1]).unwrap();
        let said = said_after(&backups, &parts[0], |bytes| *bytes = other).await;
        assert!(said.contains("take another copy"), "{said}");
        let away = parts[0].with_extension("away");
        fs::rename(&parts[0], &away).unwrap();
        let said = restored(&backups).await;
        assert!(said.contains("is not there"), "{said}");
        fs::rename(&away, &parts[0]).unwrap();

        let path = backups.path.join(format!("{}.json", manifest.name));
        let text = |from: &str, to: &str| {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{text}");
            text.replace(from, to).into_bytes()
        };
        let rows = text(&manifest.parts[0].sha256, &manifest.parts[1].sha256);
        let said = said_after(&backups, &path, |bytes| *bytes = rows).await;
        assert!(said.contains("was changed, or made by a server with another master key"), "{said}");
        let elsewhere = text(&manifest.parts[0].sha256, "../../../etc/passwd");
        let said = said_after(&backups, &path, |bytes| *bytes = elsewhere).await;
        assert!(said.contains("was changed"), "{said}");
        let newer = text("\"format\": 1", "\"format\": 2");
        let said = said_after(&backups, &path, |bytes| *bytes = newer).await;
        assert!(said.contains("a newer release made this backup"), "{said}");
        fs::remove_file(path.with_extension("mac")).unwrap();
        let said = restored(&backups).await;
        assert!(said.contains("was changed"), "{said}");
        fs::remove_file(&path).unwrap();
        let said = restored(&backups).await;
        assert!(said.contains("no finished backup"), "{said}");
    }

    async fn a_database_in_use_is_not_filled(server) {
        Scene::new(server).await;
        let backups = Backups::new();
        backups.make(server).await;
        let said = backups.restore(server.engine().store(), &master()).await.unwrap_err().to_string();
        assert!(said.contains("has rows in settings"), "{said}");
    }

    async fn another_master_key_makes_and_opens_nothing(server) {
        let scene = Scene::new(server).await;
        let (backups, other, entropy) = (Backups::new(), MasterKey::new([9; 32]), Entropy::system());
        let store = server.engine().store();
        let order = Order { store, master: &other, recipients: &[], pools: None, entropy: &entropy, now: server.now() };
        let refused = make(&order, &backups.place(), |_| {}).await.unwrap_err();
        assert!(matches!(refused, BackupError::MasterKey(_)), "{refused}");
        let manifest = backups.make(server).await;
        let refused = backups.place().manifest(&Keys::of(&other), &manifest.name).await.unwrap_err();
        assert!(matches!(refused, BackupError::Wrong(_, Wrong::NotOurs)), "{refused}");
        let identities = Keys::of(&master()).identities();
        let refused = verify(&backups.place(), &manifest, &other, &identities).await.unwrap_err();
        assert!(matches!(refused, BackupError::Damaged(..) | BackupError::MasterKey(_)), "{refused}");
        let nothing = PoolId::from("us-east-1_nothing");
        let pools = [nothing.clone()].into();
        server.clock().advance_seconds(1);
        let order = Order { master: &master(), pools: Some(&pools), now: server.now(), ..order };
        let refused = make(&order, &backups.place(), |_| {}).await.unwrap_err();
        assert_eq!(refused, BackupError::NoPool(nothing));
        let mut tx = store.read().await.unwrap();
        assert!(pools::get(&mut tx, &PoolId::from(scene.pool.as_str())).await.unwrap().is_some());
    }

    async fn what_a_killed_backup_left_is_no_backup(server) {
        Scene::new(server).await;
        let backups = Backups::new();
        let manifest = backups.make(server).await;
        // It wrote the code that authenticates its manifest, and was at the manifest.
        let manifest_file = |end: &str| backups.path.join(format!("{}.{end}", manifest.name));
        fs::rename(manifest_file("json"), manifest_file("unfinished")).unwrap();
        // Somebody exchanged one meanwhile: what no manifest names is written anew.
        change(&backups.parts()[0], |bytes| bytes.truncate(3));
        let (again, progress) = backups.make_for(server, &[], None).await;
        assert_eq!((progress.written, progress.kept), (again.parts.len(), 0));
        fs::write(backups.path.join("notes.txt"), b"not ours").unwrap();
        let pruned = prune(&backups.place(), &Keys::of(&master()), 1).await.unwrap();
        assert_eq!(pruned, Pruned { backups: 0, parts: manifest.parts.len() + 2 });
        let left = fs::read_dir(&backups.path).unwrap();
        let mut left: Vec<_> = left.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        let [json, mac] = ["json", "mac"].map(|end| format!("{}.{end}", again.name));
        assert_eq!(left, [&json, &mac, "notes.txt", "parts"]);
        let Some((database, store)) = empty(false).await else { return };
        backups.restore(&store, &master()).await.unwrap();
        serve(database, store, master()).await.finish().await;
    }
}

#[tokio::test]
async fn two_backups_do_not_write_into_one_folder() {
    let server = TestServer::start(poolhouse_testkit::Database::Sqlite).await;
    let backups = Backups::new();
    backups.make(&server).await;
    let held = fs::File::open(backups.path.join("parts")).unwrap();
    held.try_lock().unwrap();
    let (store, entropy) = (server.engine().store(), Entropy::system());
    let order = Order {
        store,
        master: &master(),
        recipients: &[],
        pools: None,
        entropy: &entropy,
        now: server.now(),
    };
    let refused = make(&order, &backups.place(), |_| {}).await.unwrap_err();
    assert_eq!(refused, BackupError::Wrong(backups.name(), Wrong::InUse));
}
