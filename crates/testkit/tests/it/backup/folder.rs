//! Folders of many backups: none spoils another one.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use poolhouse_backup::{BackupError, Keys, Order, Wrong, make, prune, verify};
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_testkit::{Database, TestServer};
use serde_json::json;

use super::{Backups, change, empty, master};

/// A server with a pool.
async fn with_pool() -> (TestServer, BTreeSet<PoolId>) {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = PoolId::from(server.pool(json!({})).await.as_str());
    (server, [pool].into())
}

/// Why no backup is made.
async fn refused(backups: &Backups, server: &TestServer) -> BackupError {
    let (store, entropy, key) = (server.engine().store(), Entropy::system(), master());
    let order =
        Order { store, master: &key, recipients: &[], pools: None, entropy: &entropy, now: server.now() };
    make(&order, &backups.place(), |_| {}).await.unwrap_err()
}

#[tokio::test]
async fn no_part_of_an_earlier_backup_is_overwritten() {
    let (server, _) = with_pool().await;
    let (backups, keys) = (Backups::new(), Keys::of(&master()));
    let first = backups.make(&server).await;
    let (place, part) = (backups.place(), backups.parts().remove(0));
    let whole = fs::read(&part).unwrap();
    change(&part, |bytes| bytes.truncate(3));
    let second = backups.make(&server).await;
    fs::write(&part, whole).unwrap();
    for manifest in [&first, &second] {
        verify(&place, manifest, &master(), &keys.identities()).await.unwrap();
    }

    let before: Vec<_> = backups.parts().into_iter().map(|part| fs::read(part).unwrap()).collect();
    let mac = backups.path.join(format!("{}.mac", first.name));
    fs::rename(&mac, mac.with_extension("away")).unwrap();
    server.clock().advance_seconds(1);
    let error = refused(&backups, &server).await;
    assert!(matches!(error, BackupError::Wrong(_, Wrong::NotOurs)), "{error}");
    let after: Vec<_> = backups.parts().into_iter().map(|part| fs::read(part).unwrap()).collect();
    assert_eq!(before, after);
}

#[tokio::test]
async fn backups_of_everything_and_of_pools_stand_side_by_side() {
    let (server, pools) = with_pool().await;
    let (backups, keys) = (Backups::new(), Keys::of(&master()));
    let (of_pools, _) = backups.make_for(&server, &[], Some(&pools)).await;
    let place = backups.place();
    let newest =
        async |pools: &BTreeSet<PoolId>| place.newest(&keys, pools).await.map(|manifest| manifest.name);
    let nothing = BTreeSet::new();
    assert_eq!(newest(&nothing).await, Err(BackupError::Wrong(backups.name(), Wrong::NoWhole)));
    let whole = backups.make(&server).await;
    let (newer, _) = backups.make_for(&server, &[], Some(&pools)).await;
    assert_eq!(newest(&nothing).await, Ok(whole.name.clone()));
    assert_eq!(newest(&pools).await, Ok(newer.name.clone()));
    assert_eq!(newest(&[PoolId::from("us-east-1_other")].into()).await, Ok(whole.name.clone()));

    let Some((_, store)) = empty(false).await else { return };
    let (key, identities) = (master(), keys.identities());
    let error = backups.with(&newer, &key, &identities).whole(&store).await.unwrap_err();
    assert_eq!(error, BackupError::NotWhole(newer.name.clone()));

    // The newest of each kind.
    assert_eq!(prune(&place, &keys, 1).await.unwrap().backups, 1);
    assert_eq!(place.names().await.unwrap(), [whole.name, newer.name.clone()]);
    assert!(!place.names().await.unwrap().contains(&of_pools.name));
    // A clock that was put back would make a backup that is the oldest.
    let error = refused(&backups, &server).await;
    assert_eq!(error, BackupError::Late(newer.name, newer.made_at));
}

#[tokio::test]
async fn a_folder_is_of_one_installation() {
    let (server, _) = with_pool().await;
    let backups = Backups::new();
    backups.make(&server).await;
    let other = TestServer::start_with(Database::Sqlite, |parts| {
        parts.kernel.entropy = Entropy::seeded(99);
    })
    .await;
    other.clock().advance_seconds(60);
    let error = refused(&backups, &other).await;
    assert_eq!(error, BackupError::Wrong(backups.name(), Wrong::OtherInstallation));
}

#[tokio::test]
async fn the_master_key_of_before_reads_its_backups() {
    let (server, _) = with_pool().await;
    let backups = Backups::new();
    let manifest = backups.make(&server).await;
    let both = MasterKey::new([8; 32]).after(master());
    let keys = Keys::of(&both);
    let place = backups.place();
    verify(&place, &manifest, &both, &keys.identities()).await.unwrap();
    assert_eq!(prune(&place, &keys, 1).await.unwrap().backups, 0);
    let Some((_, store)) = empty(false).await else { return };
    assert_eq!(place.newest(&keys, &BTreeSet::new()).await.unwrap(), manifest);
    let identities = keys.identities();
    backups.with(&manifest, &both, &identities).whole(&store).await.unwrap();
}

#[tokio::test]
async fn what_is_not_ours_is_left_alone() {
    let (server, _) = with_pool().await;
    let (backups, keys) = (Backups::new(), Keys::of(&master()));
    backups.make(&server).await;
    let parts = backups.path.join("parts");
    let (precious, link) = (backups.path.join("precious"), parts.join(format!("{}.age", "a".repeat(64))));
    fs::write(&precious, "precious").unwrap();
    symlink(&precious, &link).unwrap();
    fs::write(parts.join("notes.txt"), "mine").unwrap();
    for over in ["age", "unfinished"] {
        fs::write(parts.join(format!("{}.{over}", "b".repeat(64))), "left").unwrap();
    }
    assert_eq!(prune(&backups.place(), &keys, 1).await.unwrap().parts, 2);
    assert!(link.is_symlink() && parts.join("notes.txt").exists());

    let away = backups.path.join("away");
    fs::rename(&parts, &away).unwrap();
    symlink(&away, &parts).unwrap();
    let shared = Err(BackupError::Wrong(parts.display().to_string(), Wrong::Shared));
    assert_eq!(prune(&backups.place(), &keys, 1).await, shared, "a link would lead anywhere");
    fs::remove_file(&parts).unwrap();
    fs::rename(&away, &parts).unwrap();
    fs::set_permissions(&backups.path, Permissions::from_mode(0o777)).unwrap();
    server.clock().advance_seconds(1);
    let error = refused(&backups, &server).await;
    assert_eq!(error, BackupError::Wrong(backups.name(), Wrong::Shared));
}
