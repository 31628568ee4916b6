//! What is told when a database cannot be opened, and migrations.

use super::folder::Folder;
use crate::backup::{BackupError, backup};
use crate::tables::settings;
use crate::testing::{POSTGRES_VARIABLE, TestDatabase};
use crate::{OpenError, Options, Store, migrate};

async fn open(url: &str) -> Result<Store, OpenError> {
    Store::open(Options::new(url)).await
}

async fn refused(url: &str) -> OpenError {
    open(url).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn what_is_written_is_there_after_closing_and_opening() {
    let folder = Folder::new();
    let store = open(&folder.url("a.db")).await.unwrap();
    let mut tx = store.write().await.unwrap();
    settings::put(&mut tx, "name", b"value").await.unwrap();
    tx.commit().await.unwrap();
    drop(store);
    let store = open(&folder.url("a.db")).await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(settings::get(&mut tx, "name").await.unwrap().as_deref(), Some(b"value".as_slice()));
}

#[tokio::test]
async fn a_file_is_open_once() {
    let folder = Folder::new();
    let first = open(&folder.url("a.db")).await.unwrap();
    let error = refused(&folder.url("a.db")).await;
    assert_eq!(error, OpenError::InUse(folder.0.join("a.db")));
    assert!(error.to_string().contains("in use by another process"));
    drop(first);
    open(&folder.url("a.db")).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let _store = open(&folder.url("a.db")).await.unwrap();
    for name in ["a.db", "a.db-wal", "a.db.lock"] {
        let mode = std::fs::metadata(folder.0.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_bad_place_is_told() {
    let folder = Folder::new();
    let missing = folder.0.join("no");
    assert_eq!(refused(&folder.url("no/a.db")).await, OpenError::FolderMissing(missing));
    std::fs::create_dir(folder.0.join("folder.db")).unwrap();
    let error = refused(&folder.url("folder.db")).await;
    assert!(matches!(error, OpenError::NotWritable(..)), "{error:?}");
    std::fs::write(folder.0.join("text.db"), "no database at all, but long enough to look at").unwrap();
    assert_eq!(refused(&folder.url("text.db")).await, OpenError::NotADatabase(folder.0.join("text.db")));
    assert!(matches!(refused("sqlite:").await, OpenError::Url(_)));
    assert!(matches!(refused("mysql://root@localhost").await, OpenError::Url(_)));
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let folder = Folder::new();
    let path = folder.0.join("a.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(matches!(refused(&folder.url("a.db")).await, OpenError::Foreign(_)));
}

#[tokio::test]
async fn an_unmigrated_database_is_told_when_migrating_is_forbidden() {
    let options = Options { migrate: false, ..Options::new("sqlite::memory:") };
    let error = Store::open(options).await.map(drop).unwrap_err();
    assert!(matches!(&error, OpenError::Pending(names) if names[0] == "0001_init"), "{error:?}");
    let database = TestDatabase::sqlite().await;
    assert_eq!(migrate::run(&database.store).await.unwrap(), 0);
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let mut tx = database.store.write().await.unwrap();
    tx.script("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
    tx.commit().await.unwrap();
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let url = database.url().to_owned();
            tokio::spawn(async move { Store::open(Options::new(url)).await.map(drop) })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn postgres_that_cannot_be_used_is_told() {
    assert!(matches!(refused("postgres://127.0.0.1:1/x").await, OpenError::Unreachable(_)));
    let allow = refused("postgres://127.0.0.1:1/x?sslmode=allow").await;
    assert!(matches!(&allow, OpenError::Url(text) if text.contains("verify-full")), "{allow:?}");
    let Some(database) = TestDatabase::postgres().await else { return };
    let unknown = database.url().replace("/poolhouse_test_", "/no_such_database_");
    assert!(matches!(refused(&unknown).await, OpenError::UnknownDatabase(_)));
    let server = std::env::var(POSTGRES_VARIABLE).unwrap();
    let nobody = server.replace("postgres@", "no_such_role@");
    let error = refused(&nobody).await;
    assert!(matches!(error, OpenError::Refused(_)), "{error:?}");
}

#[test]
fn debug_shows_no_password() {
    let options = Options::new("postgres://user:secret@host/db");
    assert!(!format!("{options:?}").contains("secret"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let store = open(&folder.url("a.db")).await.unwrap();
    let set_mode = |name: &str, mode| {
        std::fs::set_permissions(folder.0.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    drop(store);
    for (name, mode) in [("a.db", 0o644), ("a.db", 0o640), ("a.db-wal", 0o604)] {
        std::fs::write(folder.0.join("a.db-wal"), "no log").unwrap();
        set_mode("a.db-wal", 0o600);
        set_mode(name, mode);
        let error = refused(&folder.url("a.db")).await;
        assert_eq!(error, OpenError::Exposed(folder.0.join(name)));
        assert!(error.to_string().contains("chmod 600"), "{error}");
        set_mode("a.db", 0o600);
    }
    let _ = std::fs::remove_file(folder.0.join("a.db-wal"));
    open(&folder.url("a.db")).await.unwrap();
}

#[tokio::test]
async fn a_file_without_tables_is_refused_where_there_must_be_some() {
    let folder = Folder::new();
    let open = |name: &str| Store::open(Options { refuse_empty: true, ..Options::new(folder.url(name)) });
    open("new.db").await.unwrap();
    open("new.db").await.unwrap();
    // What cp finds of a database whose log was never moved into it.
    rusqlite::Connection::open(folder.0.join("cut.db")).unwrap().execute_batch("VACUUM").unwrap();
    let error = open("cut.db").await.map(drop).unwrap_err();
    assert_eq!(error, OpenError::Empty(folder.0.join("cut.db")));
    assert!(error.to_string().contains("poolhouse db backup"), "{error}");
}

#[tokio::test]
async fn a_backup_has_what_was_committed_and_nothing_else() {
    let folder = Folder::new();
    let store = open(&folder.url("a.db")).await.unwrap();
    let put = async |name: &str| {
        let mut tx = store.write().await.unwrap();
        settings::put(&mut tx, name, b"v").await.unwrap();
        tx
    };
    put("before").await.commit().await.unwrap();
    let open_tx = put("not committed").await;
    let copy = folder.0.join("copy.db");
    let make = || backup(&folder.url("a.db"), &copy);
    make().unwrap();
    open_tx.commit().await.unwrap();
    assert_eq!(make(), Err(BackupError::Exists(copy.clone())));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let restored = open(&folder.url("copy.db")).await.unwrap();
    assert_eq!(crate::verify::verify(&restored).await, Ok(Vec::new()));
    let mut tx = restored.read().await.unwrap();
    assert!(settings::get(&mut tx, "before").await.unwrap().is_some());
    assert!(settings::get(&mut tx, "not committed").await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_no_database_is_not_backed_up() {
    let folder = Folder::new();
    let to = folder.0.join("copy.db");
    let refused = |url: &str| backup(url, &to).unwrap_err();
    assert!(matches!(refused(&folder.url("none.db")), BackupError::Source(..)));
    assert!(!folder.0.join("none.db").exists(), "a name that is mistyped makes no database");
    rusqlite::Connection::open(folder.0.join("theirs.db"))
        .unwrap()
        .execute_batch("CREATE TABLE a (b)")
        .unwrap();
    assert!(matches!(refused(&folder.url("theirs.db")), BackupError::Source(..)));
    assert!(refused("postgres://db/db").to_string().contains("pg_dump"));
    assert_eq!(backup("sqlite::memory:", &to), Err(BackupError::NoFile));
    let elsewhere = folder.0.join("no/copy.db");
    drop(open(&folder.url("own.db")).await.unwrap());
    assert!(matches!(backup(&folder.url("own.db"), &elsewhere), Err(BackupError::NotWritten(..))));
    let names = std::fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name());
    assert!(
        names.into_iter().all(|name| !name.to_string_lossy().contains("copy")),
        "something is left behind"
    );
}
