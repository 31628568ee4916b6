//! `poolhouse db` and `passwords`: what an administrator types before and after bad days.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::common::{BINARY, Folder, Server, command, refused, serve};

/// Runs `poolhouse db`; returns its exit code and what it printed.
fn db(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(BINARY).arg("db").args(arguments).stdout(Stdio::piped()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// Runs `poolhouse passwords` with this standard input.
fn passwords(arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut command = command(BINARY);
    command.arg("passwords").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn migrate_makes_the_schema_once() {
    let folder = Folder::new();
    let migrate = || db(&["migrate", "--data-dir", text(folder.path())]);
    let (code, said) = migrate();
    assert_eq!(code, Some(0), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        (lines[0], lines[lines.len() - 1]),
        ("Applied migration 0001_init.", "The schema is up to date.")
    );
    assert!(lines[1..lines.len() - 1].iter().all(|line| line.starts_with("Applied migration 0")), "{said}");
    assert_eq!(migrate(), (Some(0), "The schema is up to date.\n".to_owned()));
    Server::start(&mut serve(folder.path())).pool();
}

#[test]
fn verify_finds_what_should_not_be() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let verify = || db(&["verify", "--data-dir", text(folder.path())]);
    let (code, said) = verify();
    assert_eq!(code, Some(0), "also while it is in use: {said}");
    assert!(said.contains("The master key opens its secrets."), "{said}");
    server.stop();
    assert_eq!(verify().0, Some(0));
    let other = folder.join("other.key");
    poolhouse_store::private::write(&other, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    let (code, said) = db(&["verify", "--data-dir", text(folder.path()), "--master-key-file", text(&other)]);
    assert_eq!(code, Some(1));
    assert!(said.contains("does not open the secrets of this database"), "{said}");

    let database = rusqlite::Connection::open(folder.join("poolhouse.db")).unwrap();
    database.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let orphan = "INSERT INTO members (pool_id, sub, group_name) VALUES ($1, 'nobody', 'nothing')";
    database.execute(orphan, [&pool]).unwrap();
    drop(database);
    let (code, said) = verify();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("members: ") && said.contains("nobody"), "{said}");
}

#[test]
fn a_copy_can_be_served() {
    let (folder, other) = (Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    let group = json!({ "UserPoolId": server.pool(), "GroupName": "staff" });
    server.ok("CreateGroup", &group);
    server.stop();
    let url = |folder: &Folder| format!("sqlite:{}", text(&folder.join("poolhouse.db")));
    let (code, said) = db(&["copy", "--from", &url(&folder), "--to", &url(&other)]);
    assert_eq!(code, Some(0), "{said}");
    fs::copy(folder.join("master.key"), other.join("master.key")).unwrap();
    let server = Server::start(&mut serve(other.path()));
    server.ok("GetGroup", &group);
}

#[test]
fn a_backup_is_made_while_the_server_runs_and_can_be_served() {
    let (folder, restored) = (Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    let group = json!({ "UserPoolId": server.pool(), "GroupName": "staff" });
    server.ok("CreateGroup", &group);
    let file = restored.join("poolhouse.db");
    let backup = || db(&["backup", "--data-dir", text(folder.path()), "--to", text(&file)]);
    let (code, said) = backup();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("found it sound"), "{said}");
    let (code, said) = backup();
    assert_eq!(code, Some(1), "nothing is overwritten: {said}");
    assert!(said.contains("is there already"), "{said}");
    server.ok("CreateGroup", &json!({ "UserPoolId": group["UserPoolId"], "GroupName": "later" }));
    server.stop();
    fs::copy(folder.join("master.key"), restored.join("master.key")).unwrap();
    let server = Server::start(&mut serve(restored.path()));
    server.ok("GetGroup", &group);
    server.stop();
    let (code, said) = db(&["backup", "--database", "postgres://db/db", "--to", text(&restored.join("b"))]);
    assert_eq!(code, Some(1));
    assert!(said.contains("pg_dump"), "{said}");
}

#[test]
fn a_copy_by_cp_is_not_served_as_a_new_server() {
    let (folder, copied) = (Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    server.pool();
    for file in ["poolhouse.db", "master.key"] {
        fs::copy(folder.join(file), copied.join(file)).unwrap();
    }
    let said = refused(&mut serve(copied.path()));
    assert!(said.contains("has no tables") && said.contains("poolhouse db backup"), "{said}");
    // A file that is not there at all may be meant: a master key that was made before the first start.
    fs::remove_file(copied.join("poolhouse.db")).unwrap();
    let log = Server::start(&mut serve(copied.path())).stop();
    assert!(log.contains("made a new database, though there was a master key"), "{log}");
    assert!(!server.stop().contains("made a new database"));
}

#[test]
fn the_commands_find_the_database_by_the_servers_configuration() {
    let folder = Folder::new();
    let file = folder.join("poolhouse.toml");
    fs::write(&file, format!("region = 'eu-west-1'\ndata-dir = {:?}\n", folder.path())).unwrap();
    assert_eq!(db(&["migrate", "--config", text(&file)]).0, Some(0));
    assert!(folder.join("poolhouse.db").exists());
    let (code, said) = db(&["verify", "--config", text(&file)]);
    assert_eq!(code, Some(0));
    assert!(said.starts_with("The database is in order.\nNo master key was tried"), "{said}");
}

#[test]
fn a_list_of_passwords_is_made_and_asked() {
    let folder = Folder::new();
    let (plain, list) = (folder.join("plain.txt"), folder.join("list"));
    fs::write(&plain, "zebra-crossing-9\nzebra-crossing-9\n").unwrap();
    // SHA-1 of abc
    let hashes = "A9993E364706816ABA3E25717850C26C9CD0D89D:42\n";
    let build = ["build", text(&plain), "-", "--output", text(&list)];
    assert_eq!(passwords(&build, hashes), (Some(0), "2 passwords are in the list, of 3 lines.\n".to_owned()));
    let check = ["check", "--compromised-passwords", text(&list)];
    let (code, said) = passwords(&check, "abc\nxK9#mQ2$vL7p\nPassword1!\n");
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "line 1: known\nline 2: not known\nline 3: known\npoolhouse: 2 of 3 passwords are known\n"
    );
    assert_eq!(passwords(&check, "xK9#mQ2$vL7p\n"), (Some(0), "line 1: not known\n".to_owned()));
    assert_eq!(passwords(&["check"], "abc\n"), (Some(0), "line 1: not known\n".to_owned()));
    let (code, said) = passwords(&["build", "nowhere", "--output", text(&list)], "");
    assert_eq!(code, Some(2));
    assert!(said.contains("input nowhere cannot be read"), "{said}");
    assert_eq!(passwords(&check, "abc\n").0, Some(1), "the list is as it was");
    // A server that is given something else says so at once.
    let mut command = serve(folder.path());
    let (code, said) = Server::try_start(command.arg("--compromised-passwords").arg(&plain)).err().unwrap();
    assert_eq!(code, Some(2));
    assert!(said.contains("compromised-passwords: ") && said.contains("poolhouse passwords build"), "{said}");
    Server::start(serve(folder.path()).arg("--compromised-passwords").arg(&list));
}

#[test]
fn a_pool_is_filled_and_served() {
    let folder = Folder::new();
    Server::start(&mut serve(folder.path())).stop();
    let mut fill = command(BINARY);
    fill.args(["dev", "fill", "--users", "20", "--groups", "3", "--groups-of-user", "2", "--data-dir"]);
    let output = fill.arg(folder.path()).stdout(Stdio::piped()).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    let pool = said.lines().next().unwrap();
    let server = Server::start(&mut serve(folder.path()));
    let members = server.ok("ListUsersInGroup", &json!({ "UserPoolId": pool, "GroupName": "group-0002" }));
    assert_eq!(members["Users"].as_array().map(Vec::len), Some(13), "{said}");
}
