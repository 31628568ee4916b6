//! What is told when a database cannot be opened, and migrations.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::tables::settings;
use crate::testing::{POSTGRES_VARIABLE, TestDatabase};
use crate::{Kind, OpenError, Options, Store, migrate};

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("poolhouse-open-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn url(&self, name: &str) -> String {
        format!("sqlite:{}", self.0.join(name).display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
async fn a_newer_or_changed_schema_stops_the_start() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(database) = TestDatabase::new(kind).await else { continue };
        let store = &database.store;
        let change = async |sql: &str| {
            let mut tx = store.write().await.unwrap();
            tx.script(sql).await.unwrap();
            tx.commit().await.unwrap();
            migrate::status(store).await.unwrap_err()
        };
        let newer = "INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'x', 'y')";
        assert!(matches!(change(newer).await, OpenError::TooNew { found: 999, .. }));
        let changed = "DELETE FROM schema_migrations WHERE version = 999; \
                       UPDATE schema_migrations SET checksum = 'other' WHERE version = 1";
        assert!(matches!(change(changed).await, OpenError::Changed { version: 1, .. }));
    }
}

#[tokio::test]
async fn an_unmigrated_database_is_told_when_migrating_is_forbidden() {
    let options = Options { migrate: false, ..Options::new("sqlite::memory:") };
    let error = Store::open(options).await.map(drop).unwrap_err();
    assert!(matches!(&error, OpenError::Pending(names) if names[0] == "0001_init"), "{error:?}");
    let database = TestDatabase::sqlite().await;
    assert!(migrate::status(&database.store).await.unwrap().iter().all(|m| m.applied));
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
