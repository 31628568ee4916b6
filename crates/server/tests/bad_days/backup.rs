//! `poolhouse backup` and `restore`, as an administrator types them.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;

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

fn key_file(folder: &Folder) {
    let key = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=\n";
    poolhouse_store::private::write(&folder.join("master.key"), key).unwrap();
}

#[test]
fn a_server_is_backed_up_while_it_runs_and_comes_back_elsewhere() {
    let (folder, new, other) = (Folder::new(), Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    let group = json!({ "UserPoolId": server.pool(), "GroupName": "staff" });
    server.ok("CreateGroup", &group);
    let (data, to) = (text(folder.path()).to_owned(), other.join("backups"));
    let (code, said) = poolhouse(&["backup", "--data-dir", &data, "--to", text(&to)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Keep the master key apart"), "{said}");
    let (code, said) = poolhouse(&["backup", "verify", "--data-dir", &data, text(&to)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 keys opened") && said.ends_with("The backups are in order.\n"), "{said}");
    let (code, said) = poolhouse(&["backup", "list", "--data-dir", &data, text(&to)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("everything"), "{said}");
    server.stop();

    // A new machine with a key of its own.
    key_file(&new);
    let old_key = folder.join("master.key");
    let restore = ["restore", "--data-dir", text(new.path()), "--from", text(&to)];
    let (code, said) = poolhouse(&restore);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("give the key of that server"), "{said}");
    let with_key = [&restore[..], &["--source-master-key-file", text(&old_key)]].concat();
    let (code, said) = poolhouse(&with_key);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 pools among them"), "{said}");
    let (code, said) = poolhouse(&with_key);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("has rows in settings") && said.contains("Nothing was restored"), "{said}");
    let server = Server::start(&mut serve(new.path()));
    server.ok("GetGroup", &group);
    server.stop();
}

#[test]
fn a_pool_is_replaced_only_when_that_is_meant() {
    let (folder, other) = (Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let (data, to) = (text(folder.path()).to_owned(), other.join("backups"));
    let (code, said) = poolhouse(&["backup", "--data-dir", &data, "--to", text(&to), "--pool", &pool]);
    assert_eq!(code, Some(0), "{said}");
    let group = json!({ "UserPoolId": pool, "GroupName": "later" });
    server.ok("CreateGroup", &group);
    let restore = ["restore", "--data-dir", &data, "--from", text(&to), "--pool", &pool];
    let (code, said) = poolhouse(&[&restore[..], &["--replace", "--yes"]].concat());
    assert_eq!(code, Some(2), "not while a server has the file: {said}");
    server.stop();
    let (code, said) = poolhouse(&restore);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is there already"), "{said}");
    let (code, said) = poolhouse(&[&restore[..], &["--replace"]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("would be deleted") && said.contains("--yes"), "{said}");
    let (code, said) = poolhouse(&[&restore[..], &["--replace", "--yes"]].concat());
    assert_eq!(code, Some(0), "{said}");
    let server = Server::start(&mut serve(folder.path()));
    assert_eq!(server.call("GetGroup", &group).json()["__type"], "ResourceNotFoundException");
    server.stop();
}

#[test]
fn what_is_copied_or_backed_up_must_be_there() {
    let folder = Folder::new();
    key_file(&folder);
    let missing = format!("sqlite:{}", text(&folder.join("typo.db")));
    let target = format!("sqlite:{}", text(&folder.join("target.db")));
    let mut copy = command(BINARY);
    copy.args(["db", "copy"]).env("POOLHOUSE_COPY_FROM", &missing).env("POOLHOUSE_COPY_TO", &target);
    let output = copy.stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("does not exist"), "{said}");
    let to = folder.join("backups");
    let (code, said) = poolhouse(&["backup", "--data-dir", text(folder.path()), "--to", text(&to)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("does not exist"), "{said}");
    assert!(!folder.join("typo.db").exists() && !folder.join("poolhouse.db").exists() && !to.exists());
}
