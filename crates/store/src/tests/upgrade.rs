//! Databases of earlier releases, and of later ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use poolhouse_ports::{PoolId, Timestamp};

use super::folder::Folder;
use super::schema::{columns, indexes, texts};
use crate::migrate::{self, FIRST_RELEASED, Hold};
use crate::portable::{Fill, FillError};
use crate::statement::Statement;
use crate::tables::Insert;
use crate::tables::pools::{self, Pool};
use crate::testing::TestDatabase;
use crate::{Access, Kind, OpenError, Options, Store, Tx};

/// Set by `cargo xtask schema`, which keeps the schema of a release.
const WRITE: &str = "POOLHOUSE_WRITE_SCHEMA";

const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// The statements that made a database of a release.
fn schema_file(version: i64, kind: Kind) -> PathBuf {
    let kind = match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgres",
    };
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas"));
    folder.join(format!("{version:04}.{kind}.sql"))
}

fn schema(version: i64, kind: Kind) -> String {
    fs::read_to_string(schema_file(version, kind)).unwrap()
}

/// The versions of the schema of each release.
fn released() -> BTreeSet<i64> {
    let files = fs::read_dir(schema_file(0, Kind::Sqlite).parent().unwrap()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.map(|name| name.split('.').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn what_was_released_stays_as_it_was() {
    if std::env::var_os(WRITE).is_some() {
        for kind in KINDS {
            fs::write(schema_file(migrate::newest(), kind), migrate::script_of(migrate::newest(), kind))
                .unwrap();
        }
    }
    let versions = released();
    assert_eq!(versions.first(), Some(&FIRST_RELEASED));
    for (version, kind) in versions.into_iter().flat_map(|version| KINDS.map(|kind| (version, kind))) {
        assert_eq!(schema(version, kind), migrate::script_of(version, kind), "{kind:?}, {version}");
    }
}

/// An empty database, to which nothing was done.
struct Bare {
    options: Options,
    /// What goes with it.
    _folder: Folder,
    _database: Option<TestDatabase>,
}

impl Bare {
    async fn new(kind: Kind) -> Option<Self> {
        let folder = Folder::new();
        let (url, database) = match kind {
            Kind::Sqlite => (folder.url("poolhouse.db"), None),
            Kind::Postgres => {
                let database = TestDatabase::postgres().await?;
                database.store.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
                (database.url().to_owned(), Some(database))
            }
        };
        let options = Options { connections: 4, ..Options::new(url) };
        Some(Self { options, _folder: folder, _database: database })
    }

    /// Runs SQL, whatever the schema is.
    async fn run(&self, sql: &str) {
        self.connect().await.run(sql).await.unwrap();
    }

    /// Opens it without a look at its schema.
    async fn connect(&self) -> Store {
        Store::connect(&self.options).await.unwrap()
    }

    async fn open(&self, access: Access) -> Result<Store, OpenError> {
        Store::open(Options { access, ..self.options.clone() }).await
    }
}

/// The columns of each table, with their types.
type Tables = BTreeMap<String, Vec<(String, String)>>;

/// The tables, but for the list of migrations.
async fn tables(store: &Store) -> Tables {
    let mut tables = Tables::new();
    for column in columns(store).await {
        let [table, name, kind] = column.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{column}") };
        tables.entry(table.to_owned()).or_default().push((name.to_owned(), kind.to_owned()));
    }
    tables.remove("schema_migrations");
    tables
}

/// A row for each table. All that is text is the same, so that each points to another.
fn rows_of(tables: &Tables, kind: Kind) -> String {
    let mut sql = match kind {
        Kind::Sqlite => "PRAGMA defer_foreign_keys = ON;".to_owned(),
        Kind::Postgres => "SET LOCAL session_replication_role = replica;".to_owned(),
    };
    for (table, columns) in tables {
        let names: Vec<_> = columns.iter().map(|(name, _)| &**name).collect();
        let value = |kind: &str| match kind.split(' ').next() {
            Some("TEXT") => "'a'",
            Some("INTEGER") => "1",
            Some("BLOB") => "CAST('a' AS {bytes})",
            _ => panic!("a value for {kind}"),
        };
        let values: Vec<_> = columns.iter().map(|(_, kind)| value(kind)).collect();
        writeln!(sql, "INSERT INTO {table} ({}) VALUES ({});", names.join(", "), values.join(", ")).unwrap();
    }
    sql.replace("{bytes}", if kind == Kind::Sqlite { "BLOB" } else { "BYTEA" })
}

/// The tables and columns that a later release still has.
fn what_is_in_both(mut before: Tables, after: &Tables) -> Tables {
    before.retain(|table, columns| {
        let Some(after) = after.get(table) else { return false };
        columns.retain(|(column, _)| after.iter().any(|(name, _)| name == column));
        true
    });
    before
}

/// What is in these columns of these tables.
async fn contents(store: &Store, tables: &Tables) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut contents = BTreeMap::new();
    for (table, columns) in tables {
        let names: Vec<_> = columns.iter().map(|(name, _)| &**name).collect();
        let sql = format!("SELECT {} FROM {table}", names.join(", "));
        contents.insert(table.clone(), texts(store, &sql, &[]).await);
    }
    contents
}

#[tokio::test]
async fn a_database_of_each_release_is_upgraded_with_its_rows() {
    for kind in KINDS {
        let Some(fresh) = TestDatabase::new(kind).await else { continue };
        for version in released() {
            let Some(bare) = Bare::new(kind).await else { continue };
            bare.run(&schema(version, kind)).await;
            let store = bare.connect().await;
            let before = tables(&store).await;
            store.run(&rows_of(&before, kind)).await.unwrap();
            let kept = what_is_in_both(before, &tables(&fresh.store).await);
            let rows = contents(&store, &kept).await;
            assert!(rows.len() > 50 && rows.values().all(|rows| rows.len() == 1), "{rows:?}");
            drop(store);
            let store = bare.open(Access::Use).await.unwrap();
            assert_eq!(columns(&store).await, columns(&fresh.store).await, "{kind:?}, {version}");
            assert_eq!(indexes(&store).await, indexes(&fresh.store).await, "{kind:?}, {version}");
            assert_eq!(contents(&store, &kept).await, rows, "{kind:?}, {version}");
        }
    }
}

#[tokio::test]
async fn a_backup_of_the_schema_before_is_restored_and_upgraded() {
    for kind in KINDS {
        let Some(fresh) = TestDatabase::new(kind).await else { continue };
        let Some(bare) = Bare::new(kind).await else { continue };
        let store = bare.open(Access::Fill).await.unwrap();
        let version = migrate::newest() - 1;
        Fill::whole(&store, version).await.unwrap().finish().await.unwrap();
        assert_eq!(columns(&store).await, columns(&fresh.store).await);
        assert_eq!(indexes(&store).await, indexes(&fresh.store).await);
        let again = Fill::whole(&store, version).await.map(drop);
        assert_eq!(again, Err(FillError::Schema(migrate::newest())), "it is not new any more");
    }
}

#[tokio::test]
async fn a_program_goes_on_with_a_schema_that_only_has_more() {
    for kind in KINDS {
        let Some(bare) = Bare::new(kind).await else { continue };
        drop(bare.open(Access::Use).await.unwrap());
        let newest = migrate::newest();
        let add = |version: i64, name: &str| {
            format!(
                "INSERT INTO schema_migrations (version, name, checksum) VALUES ({version}, '{name}', 'sum');"
            )
        };
        bare.run(&(add(newest + 1, "more") + &add(newest + 2, "still_more"))).await;
        bare.run(
            "ALTER TABLE pools ADD COLUMN later INTEGER NOT NULL DEFAULT 7; CREATE TABLE later ( \
             pool_id TEXT NOT NULL PRIMARY KEY REFERENCES pools (id) ON DELETE CASCADE)",
        )
        .await;
        let store = bare.open(Access::Use).await.unwrap();
        assert_eq!(migrate::run(&store).await, Ok(0));
        goes_through(&store).await;
        drop(store);
        // Whoever reads or fills whole databases would leave out what it does not know.
        let too_new = |found| OpenError::TooNew { found, known: newest };
        for access in [Access::ReadBeside, Access::ReadAlone] {
            assert_eq!(bare.open(access).await.map(drop), Err(too_new(newest + 2)));
        }
        let store = bare.open(Access::Fill).await.unwrap();
        let filled = Fill::whole(&store, newest).await.map(drop);
        assert_eq!(filled, Err(FillError::Open(too_new(newest + 2))));
        drop(store);
        for (version, name) in [(newest + 3, "break_something"), (newest + 17, "much_later")] {
            bare.run(&add(version, name)).await;
            assert_eq!(bare.open(Access::Use).await.map(drop), Err(too_new(version)), "{name}");
            bare.run(&format!("DELETE FROM schema_migrations WHERE version = {version}")).await;
        }
        drop(bare.open(Access::Use).await.unwrap());
        bare.run("UPDATE schema_migrations SET checksum = 'other' WHERE version = 1").await;
        let changed = bare.open(Access::Use).await.map(drop);
        assert!(matches!(changed, Err(OpenError::Changed { version: 1, .. })), "{changed:?}");
    }
}

/// Writes, changes and deletes a pool in a schema that has a table and a column more.
async fn goes_through(store: &Store) {
    let id = PoolId::from("us-east-1_abcdefghi");
    let (now, text) = (Timestamp::from_seconds(0), String::new);
    let (name, region, config, data_key) = (text(), text(), text(), Vec::new());
    let mut pool = Pool { id: id.clone(), name, region, created_at: now, modified_at: now, config, data_key };
    let mut tx = store.write().await.unwrap();
    assert_eq!(pools::insert(&mut tx, &pool).await.unwrap(), Insert::Inserted);
    pool.name = "changed".to_owned();
    assert!(pools::update(&mut tx, &pool).await.unwrap());
    tx.commit().await.unwrap();
    store.run(&format!("INSERT INTO later (pool_id) VALUES ('{id}')")).await.unwrap();
    assert_eq!(texts(store, "SELECT CAST(later AS TEXT) FROM pools", &[]).await, [["7"]]);
    let mut tx = store.write().await.unwrap();
    assert_eq!(pools::get(&mut tx, &id).await.unwrap(), Some(pool));
    assert!(pools::delete(&mut tx, &id).await.unwrap());
    tx.commit().await.unwrap();
    assert!(texts(store, "SELECT pool_id FROM later", &[]).await.is_empty());
}

#[tokio::test]
async fn the_plan_says_what_is_held_and_how_much_it_is() {
    for kind in KINDS {
        let Some(bare) = Bare::new(kind).await else { continue };
        bare.run(&migrate::script_of(19, kind)).await;
        let store = bare.connect().await;
        store.run(&rows_of(&tables(&store).await, kind)).await.unwrap();
        let plan = || migrate::plan(bare.options.clone());
        let before = plan().await.unwrap();
        assert_eq!((before.kind, before.version), (kind, 19));
        if kind == Kind::Postgres {
            let said = before.to_string();
            assert!(said.contains("browser_sessions (rows that PostgreSQL has not estimated"), "{said}");
            store.run("ANALYZE").await.unwrap();
        }
        let plan = plan().await.unwrap();
        let step = |name: &str| plan.steps.iter().find(|step| step.name == name).unwrap();
        let held = |name: &str| {
            let held = step(name).holds.iter().map(|(table, held)| (&**table, held.hold, held.rows));
            held.collect::<Vec<_>>()
        };
        assert_eq!(step("0020_deleted_pools").does, ["makes the table deleted_pools"]);
        assert_eq!(held("0020_deleted_pools"), [("pools", Hold::Moment, Some(1))]);
        let sessions = [
            "adds the column browser_sessions.provider_user",
            "makes the index browser_sessions_by_provider_user",
        ];
        assert_eq!(step("0021_provider_sessions").does, sessions);
        assert_eq!(held("0021_provider_sessions"), [("browser_sessions", Hold::Scan, Some(1))]);
        assert_eq!(held("0022_recovery"), [("pools", Hold::Moment, Some(1))]);
        let hold = if kind == Kind::Sqlite { Hold::Rewrite } else { Hold::Moment };
        assert_eq!(held("0024_signing_keys"), [("signing_keys", hold, Some(1))]);
        let breaks: Vec<_> = plan.steps.iter().filter(|step| step.breaks).map(|step| &*step.name).collect();
        assert_eq!(breaks, ["0024_signing_keys"]);
        let said = plan.to_string();
        assert!(
            said.contains("of version 19") && said.contains("browser_sessions (1 rows): read as a whole"),
            "{said}"
        );
        drop(store);
        drop(bare.open(Access::Use).await.unwrap());
        let after = migrate::plan(bare.options.clone()).await.unwrap();
        assert_eq!(after.to_string(), format!("The schema is up to date: version {}.\n", migrate::newest()));
        bare.run(&format!(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ({}, 'x', 'y')",
            migrate::newest() + 1
        ))
        .await;
        assert!(matches!(migrate::plan(bare.options.clone()).await, Err(OpenError::TooNew { .. })));
    }
    let nothing = migrate::plan(Options::new(Folder::new().url("none.db"))).await;
    assert!(matches!(nothing, Err(OpenError::Missing(_))), "{nothing:?}");
}

#[tokio::test]
async fn a_migration_that_waits_makes_way_for_who_waits_behind() {
    let Some(bare) = Bare::new(Kind::Postgres).await else { return };
    bare.run(&migrate::script_of(23, Kind::Postgres)).await;
    let beside = bare.connect().await;
    // As a backup holds what it reads.
    let mut reader = beside.read().await.unwrap();
    assert_eq!(count(&mut reader, "signing_keys").await, 0);
    let everybody = async {
        until_it_waits(&beside, "signing_keys").await;
        assert_eq!(count(&mut beside.read().await.unwrap(), "signing_keys").await, 0);
        drop(reader);
    };
    let (store, ()) = tokio::join!(bare.open(Access::Use), everybody);
    assert_eq!(migrate::run(&store.unwrap()).await, Ok(0));
}

#[tokio::test]
async fn a_migration_that_a_request_waits_for_in_turn_is_tried_again() {
    let Some(mut bare) = Bare::new(Kind::Postgres).await else { return };
    bare.run(&migrate::script_of(20, Kind::Postgres)).await;
    let beside = bare.connect().await;
    // The migration is the one that finds out, before it has waited too long.
    bare.options.url += if bare.options.url.contains('?') { "&" } else { "?" };
    bare.options.url += "options=-c%20deadlock_timeout%3D300ms";
    let mut reader = beside.read().await.unwrap();
    assert_eq!(count(&mut reader, "signing_keys").await, 0);
    let request = async {
        until_it_waits(&beside, "signing_keys").await;
        assert_eq!(count(&mut reader, "browser_sessions").await, 0, "the migration made way");
        drop(reader);
    };
    let (store, ()) = tokio::join!(bare.open(Access::Use), request);
    assert_eq!(migrate::run(&store.unwrap()).await, Ok(0));
}

/// Reads a table, which is held until the transaction ends.
async fn count(tx: &mut Tx, table: &str) -> i64 {
    let count = Statement::new("test", format!("SELECT COUNT(*) FROM {table}"));
    tx.query_opt(&count, &[], |row| row.get(0)).await.unwrap().unwrap()
}

/// Returns when somebody waits for a table of PostgreSQL.
async fn until_it_waits(store: &Store, table: &str) {
    let waits = format!("SELECT 'waits' FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted");
    while texts(store, &waits, &[]).await.is_empty() {}
}

/// The files of copies in a folder.
fn copies(folder: &Folder) -> Vec<String> {
    let names = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains(".schema-")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_sqlite_database_is_copied_before_it_is_migrated() {
    let folder = Folder::new();
    let options = Options::new(folder.url("poolhouse.db"));
    drop(Store::open(options.clone()).await.unwrap());
    assert_eq!(copies(&folder), Vec::<String>::new(), "a new one needs none");
    fs::remove_file(folder.0.join("poolhouse.db")).unwrap();
    Store::connect(&options).await.unwrap().run(&migrate::script_of(23, Kind::Sqlite)).await.unwrap();
    for time in ["20190101T000000Z", "20180101T000000Z", "long-ago"] {
        fs::write(folder.0.join(format!("poolhouse.db.schema-0020-{time}")), "").unwrap();
    }
    drop(Store::open(Options { migrate: false, ..options.clone() }).await.unwrap_err());
    assert_eq!(copies(&folder).len(), 3, "nothing is migrated");
    drop(Store::open(options.clone()).await.unwrap());
    drop(Store::open(options).await.unwrap());
    let copies = copies(&folder);
    let [before, foreign, copy] = &copies[..] else { panic!("{copies:?}") };
    assert_eq!(before, "poolhouse.db.schema-0020-20190101T000000Z", "the newest of before");
    assert_eq!(foreign, "poolhouse.db.schema-0020-long-ago", "not one of ours");
    assert!(copy.starts_with("poolhouse.db.schema-0023-20") && copy.ends_with('Z'), "{copy}");
    // It is the way back.
    let back = Store::open(Options { migrate: false, ..Options::new(folder.url(copy)) })
        .await
        .map(drop)
        .unwrap_err();
    let pending = ["0024_signing_keys", "0025_acme", "0026_leases"].map(ToOwned::to_owned);
    assert_eq!(back, OpenError::Pending(pending.to_vec()));
}
