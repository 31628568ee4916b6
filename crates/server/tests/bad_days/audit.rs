//! The audit log, as an administrator meets it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use poolhouse_ports::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

use crate::common::{BINARY, Folder, Server, command, serve};

/// Runs `poolhouse`; returns its exit code and what it printed.
fn poolhouse(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(BINARY).args(arguments).stdout(Stdio::piped()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A server with an audit log.
fn audited(data: &Folder, log: &Path) -> Server {
    Server::start(serve(data.path()).arg("--audit-log").arg(log))
}

fn files(log: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What is told, in no order: each process has a file of its own.
fn told(log: &Path) -> Vec<Value> {
    let lines = files(log).into_iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    });
    lines.collect()
}

#[test]
fn commands_are_told_before_they_begin_and_when_they_have_ended() {
    let (data, other) = (Folder::new(), Folder::new());
    let (log, to) = (other.join("log"), other.join("backups"));
    let server = audited(&data, &log);
    let pool = server.pool();
    let place = ["--data-dir", text(data.path()), "--audit-log", text(&log)];
    let run = |arguments: &[&str]| poolhouse(&[arguments, &place[..]].concat());
    let (code, said) = run(&["backup", "--to", text(&to)]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["backup", "prune", "--keep", "1", text(&to)]);
    assert_eq!(code, Some(0), "{said}");
    server.stop();
    let (code, said) = run(&["restore", "--from", text(&to), "--pool", &pool, "--replace", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["db", "migrate"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["credentials", "remove", "AKIDNOBODY"]);
    assert_eq!(code, Some(1), "{said}");

    let told = told(&log);
    for name in ["MakeBackup", "PruneBackups", "RestoreBackup", "MigrateDatabase", "RemoveRootCredentials"] {
        let begun = |record: &&Value| record["requestParameters"]["command"] == name;
        let ended = |record: &&Value| record["eventName"] == name;
        assert_eq!(told.iter().filter(begun).count(), 1, "{name}");
        let ended: Vec<_> = told.iter().filter(ended).collect();
        assert_eq!(ended.len(), 1, "{name}");
        assert_eq!(ended[0].get("errorCode").is_some(), name == "RemoveRootCredentials", "{name}");
    }
    let (code, said) = poolhouse(&["audit", "verify", "--data-dir", text(data.path()), text(&log)]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_cannot_be_told_is_not_done() {
    let (data, other) = (Folder::new(), Folder::new());
    Server::start(&mut serve(data.path())).stop();
    let to = other.join("backups");
    // Nobody can make a file there, not even root.
    let nowhere = ["--audit-log", "/proc/sys/kernel"];
    let backup = ["backup", "--data-dir", text(data.path()), "--to", text(&to)];
    let (code, said) = poolhouse(&[&backup[..], &nowhere[..]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("audit-log: ") && said.contains("cannot be written"), "{said}");
    assert!(!to.exists(), "it had not begun");
}

#[test]
fn an_end_that_was_cut_off_is_seen_while_a_server_runs() {
    let (data, other) = (Folder::new(), Folder::new());
    let log = other.join("log");
    let server = audited(&data, &log);
    server.pool();
    server.stop();
    let first = files(&log).remove(0);
    let server = audited(&data, &log);
    let verify = ["audit", "verify", "--data-dir", text(data.path()), text(&log)];
    let (code, said) = poolhouse(&verify);
    assert_eq!(code, Some(0), "{said}");
    let whole = fs::read_to_string(&first).unwrap();
    let end = whole.trim_end().rfind('\n').unwrap() + 1;
    fs::write(&first, &whole[..end]).unwrap();
    let (code, said) = poolhouse(&verify);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is missing"), "{said}");
    server.stop();

    let elsewhere = format!("sqlite:{}", text(&other.join("nothing.db")));
    let unasked = [&verify[..], &["--database", &elsewhere]].concat();
    let (code, said) = poolhouse(&unasked);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("does not say where chains end"), "{said}");
    let (code, said) = poolhouse(&[&unasked[..], &["--without-database"]].concat());
    assert_eq!(code, Some(0), "{said}");
}

/// When the database last heard of all chains.
fn noted_at(data: &Folder, day: &str) {
    let at = Timestamp::from_iso8601(&format!("{day}T12:00:00Z")).unwrap();
    let database = Connection::open(data.join("poolhouse.db")).unwrap();
    assert_eq!(database.execute("UPDATE audit_chains SET noted_at = ?1", [at.0]).unwrap(), 1);
}

#[test]
fn chains_that_have_ended_are_moved_away() {
    let (data, other) = (Folder::new(), Folder::new());
    let (log, away) = (other.join("log"), other.join("away"));
    let server = audited(&data, &log);
    server.pool();
    server.stop();
    let archive = |before: &str| {
        poolhouse(&["audit", "archive", "--data-dir", text(data.path()), "--before", before, text(&log)])
    };
    let verify = || poolhouse(&["audit", "verify", "--data-dir", text(data.path()), text(&log)]);
    for (before, words) in [("soon", "is no day such as"), ("2999-01-01", "yesterday or earlier")] {
        let (code, said) = archive(before);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let may_be_moved = |said: &str| said.contains("its files may be moved elsewhere");
    let (code, said) = archive("2020-01-31");
    assert_eq!(code, Some(0), "{said}");
    assert!(!may_be_moved(&said), "it was written to today: {said}");

    noted_at(&data, "2020-01-30");
    let file = files(&log).remove(0);
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replace("CreateUserPool", "CreateUserPoof")).unwrap();
    let (code, said) = archive("2020-01-31");
    assert_eq!(code, Some(1), "{said}");
    assert!(!may_be_moved(&said), "{said}");
    fs::write(&file, &whole).unwrap();
    fs::rename(&file, other.join("kept")).unwrap();
    assert_eq!(verify().0, Some(1), "it is not forgotten yet");
    fs::rename(other.join("kept"), &file).unwrap();

    let (code, said) = archive("2020-01-31");
    assert_eq!(code, Some(0), "{said}");
    assert!(may_be_moved(&said), "{said}");
    fs::rename(&log, &away).unwrap();
    fs::create_dir(&log).unwrap();
    let (code, said) = verify();
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = archive("2020-01-31");
    assert_eq!(code, Some(0), "{said}");
    assert!(!may_be_moved(&said), "{said}");
}
