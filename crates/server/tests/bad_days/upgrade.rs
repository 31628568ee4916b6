//! Upgrades, as `docs/operating.md` tells them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::json;

use crate::common::{BINARY, Folder, Server, command, serve};

const OPERATING: &str = include_str!("../../../../docs/operating.md");

/// The schema of the first release.
const FIRST: &str = include_str!("../../../store/tests/schemas/0024.sqlite.sql");

/// What made it of the version before: it removed a column.
const UNDO: &str = "ALTER TABLE signing_keys ADD COLUMN retired_at INTEGER; DELETE FROM schema_migrations WHERE version = 24";

/// Gives the folder a database of version 23 of the schema.
fn of_before(folder: &Folder) {
    let file = folder.join("poolhouse.db");
    poolhouse_store::private::write(&file, "").unwrap();
    rusqlite::Connection::open(&file).unwrap().execute_batch(&(FIRST.to_owned() + UNDO)).unwrap();
}

fn version(file: &Path) -> i64 {
    let database = rusqlite::Connection::open(file).unwrap();
    database.query_row("SELECT MAX(version) FROM schema_migrations", [], |row| row.get(0)).unwrap()
}

/// The copies that were made before migrations.
fn copies(folder: &Folder) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.to_str().unwrap().contains("poolhouse.db.schema-")).collect()
}

fn run(program: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(program).args(arguments).stdout(Stdio::piped()).output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn a_database_of_before_is_planned_copied_and_migrated() {
    let folder = Folder::new();
    of_before(&folder);
    let data = folder.path().to_str().unwrap();
    let (code, said) = run(BINARY, &["db", "migrate", "--plan", "--data-dir", data]);
    assert_eq!(code, Some(0), "{said}");
    let begin = "The schema is of version 23, and lacks these migrations:\n\n\
                 0024_signing_keys removes the column signing_keys.retired_at\n    \
                 signing_keys (0 rows): written anew, and nobody uses it meanwhile\n    \
                 not beside servers of before\n";
    assert!(said.starts_with(begin), "{said}");
    assert!(said.contains("The server is stopped meanwhile, and the database is copied first"), "{said}");
    assert_eq!((version(&folder.join("poolhouse.db")), copies(&folder).len()), (23, 0), "nothing was done");
    let log = Server::start(&mut serve(folder.path())).stop();
    let copies = copies(&folder);
    let [copy] = &copies[..] else { panic!("{copies:?}") };
    assert!(log.contains("copied the database") && log.contains(copy.to_str().unwrap()), "{log}");
    assert_eq!(
        (version(&folder.join("poolhouse.db")), version(copy)),
        (poolhouse_store::migrate::newest(), 23)
    );
    let (code, said) = run(BINARY, &["db", "migrate", "--plan", "--data-dir", data]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("The schema is up to date: version "), "{said}");
}

#[test]
fn a_plan_for_no_database_makes_none() {
    let folder = Folder::new();
    let (code, said) =
        run(BINARY, &["db", "migrate", "--plan", "--data-dir", folder.path().to_str().unwrap()]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("poolhouse.db does not exist"), "{said}");
    assert!(!folder.join("poolhouse.db").exists());
}

/// The commands of the section, in their order.
fn commands() -> Vec<&'static str> {
    let (_, rest) = OPERATING.split_once("\n## Upgrade and downgrade\n").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    section.lines().filter_map(|line| line.strip_prefix("    ")).collect()
}

#[test]
fn the_runbook_is_followed_to_its_end() {
    let (folder, backups) = (Folder::new(), Folder::new());
    of_before(&folder);
    // The release before, and what was written with it.
    let mut server = Some(Server::start(&mut serve(folder.path())));
    let pool = server.as_ref().unwrap().pool();
    let copied = copies(&folder).remove(0);
    let mut starts = 0;
    for line in commands() {
        let line = line.replace("/var/lib/poolhouse", folder.path().to_str().unwrap());
        let line = line.replace("/backup", backups.path().to_str().unwrap());
        let line = line.replace("schema-0024-20300101T000000Z", copied_name(&copied));
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["poolhouse" | "./poolhouse", ref arguments @ ..] => {
                let (code, said) = run(BINARY, arguments);
                assert_eq!(code, Some(0), "{line}: {said}");
            }
            ["systemctl", "stop", _] => drop(server.take().unwrap().stop()),
            ["systemctl", "start", _] => {
                let started = server.insert(Server::start(&mut serve(folder.path())));
                starts += 1;
                let pool = started.call("DescribeUserPool", &json!({ "UserPoolId": pool }));
                // The second time it is the state of before.
                assert_eq!(pool.status == 200, starts == 1, "{}", pool.body);
            }
            // Both releases are this one.
            ["install", ..] => {}
            [program @ ("mv" | "rm"), ref arguments @ ..] => {
                let (code, said) = run(program, arguments);
                assert_eq!(code, Some(0), "{line}: {said}");
            }
            _ => panic!("nobody has followed `{line}` yet"),
        }
    }
    assert_eq!(starts, 2);
}

fn copied_name(copy: &Path) -> &str {
    copy.to_str().unwrap().rsplit_once("poolhouse.db.").unwrap().1
}
