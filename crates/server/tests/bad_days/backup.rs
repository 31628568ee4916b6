//! `poolhouse backup` and `restore`, as an administrator types them.

use std::path::Path;
use std::process::Stdio;

use poolhouse_testkit::Database;
use serde_json::json;

use crate::common::{BINARY, Folder, PASSWORD, Sender, Server, command, serve};

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
fn an_older_backup_is_restored_only_when_that_is_meant() {
    let (folder, new, other) = (Folder::new(), Folder::new(), Folder::new());
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let group = |name: &str| json!({ "UserPoolId": pool, "GroupName": name });
    let (first, second) = (group("first"), group("second"));
    let (data, to) = (text(folder.path()).to_owned(), other.join("backups"));
    let back_up = || poolhouse(&["backup", "--data-dir", &data, "--to", text(&to)]);
    server.ok("CreateGroup", &first);
    let (code, said) = back_up();
    assert_eq!(code, Some(0), "{said}");
    let older =
        said.split_once("Made ").and_then(|(_, rest)| rest.split_whitespace().next()).unwrap().to_owned();
    server.ok("CreateGroup", &second);
    // None is made in the second of another.
    assert!((0..100).any(|_| back_up().0 == Some(0)));
    server.stop();
    poolhouse_store::private::write(
        &new.join("master.key"),
        std::fs::read(folder.join("master.key")).unwrap(),
    )
    .unwrap();
    let restore = ["restore", "--data-dir", text(new.path()), "--from", text(&to), "--backup", &older];
    let (code, said) = poolhouse(&restore);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is not the newest backup there") && said.contains("give --yes"), "{said}");
    assert!(!new.join("poolhouse.db").exists(), "nothing was done");
    let (code, said) = poolhouse(&[&restore[..], &["--yes"]].concat());
    assert_eq!(code, Some(0), "{said}");
    let server = Server::start(&mut serve(new.path()));
    server.ok("GetGroup", &first);
    assert_eq!(server.call("GetGroup", &second).json()["__type"], "ResourceNotFoundException");
    server.stop();
}

/// Restores a pool beside itself, and signs in to it.
fn restores_as_new(database: &[&str]) {
    let (folder, other) = (Folder::new(), Folder::new());
    let is_shared = !database.is_empty();
    let mut options = serve(folder.path());
    options.args(database);
    let server = Server::start(&mut options);
    let pool = server.pool();
    let user = json!({ "UserPoolId": pool, "Username": "alice" });
    let password =
        json!({ "UserPoolId": pool, "Username": "alice", "Password": PASSWORD, "Permanent": true });
    server.ok("AdminCreateUser", &user);
    server.ok("AdminSetUserPassword", &password);
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let client = json!({ "UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": flows });
    server.ok("CreateUserPoolClient", &client);
    let to = other.join("backups");
    let place = [&["--data-dir", text(folder.path())], database].concat();
    let (code, said) = poolhouse(&[&["backup", "--to", text(&to)], &place[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    server.ok("AdminDeleteUser", &user);
    // SQLite is for one process.
    let server = if is_shared {
        Some(server)
    } else {
        server.stop();
        None
    };

    let restore =
        [&["restore", "--from", text(&to), "--pool", &pool, "--as-new", "yesterday"], &place[..]].concat();
    let (code, said) = poolhouse(&[&restore[..], &["--replace"]].concat());
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = poolhouse(&[&restore[..], &["--pool", "us-east-1_x"]].concat());
    assert_ne!(code, Some(0), "{said}");
    let (code, said) = poolhouse(&restore);
    assert_eq!(code, Some(0), "{said}");
    let (_, new) = said.split_once(&format!("{pool} of then is ")).unwrap();
    let new = new.split_whitespace().next().unwrap();
    let (_, client) = said.split_once("Its client ").unwrap();
    let client = client.split_whitespace().nth(2).unwrap().trim_end_matches('.');
    let server = server.unwrap_or_else(|| Server::start(&mut serve(folder.path())));
    let described = server.ok("DescribeUserPool", &json!({ "UserPoolId": new }));
    assert_eq!(described["UserPool"]["Name"], "yesterday");
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD });
    let sign_in =
        json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": parameters });
    let signed_in =
        server.connect().call(Sender::Public, "InitiateAuth", &sign_in).unwrap().ok("InitiateAuth");
    assert!(signed_in["AuthenticationResult"]["IdToken"].is_string(), "{signed_in}");
    assert_eq!(server.call("AdminGetUser", &user).json()["__type"], "UserNotFoundException");
    server.stop();
}

#[test]
fn a_pool_is_restored_beside_itself() {
    restores_as_new(&[]);
}

#[tokio::test]
async fn a_pool_is_restored_beside_itself_while_servers_run() {
    let Some(database) = Database::postgres().await else { return };
    restores_as_new(&["--database", database.url()]);
    database.drop_database().await;
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
