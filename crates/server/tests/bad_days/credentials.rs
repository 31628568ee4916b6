//! The root credentials that a server makes itself: shown to nobody who reads the log, and ended when there are others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{BINARY, Folder, Server, command, serve};

/// `poolhouse serve` without root credentials.
fn serve_alone(folder: &Path) -> Command {
    let mut server = serve(folder);
    server.env_remove("POOLHOUSE_ROOT_ACCESS_KEY_ID").env_remove("POOLHOUSE_ROOT_SECRET_ACCESS_KEY");
    server
}

/// Runs `poolhouse credentials`; returns its exit code and what it printed.
fn credentials(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(BINARY);
    command.arg("credentials").args(arguments).arg("--data-dir").arg(folder).stdout(Stdio::piped());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// The pair in the file that a server wrote: id and secret.
fn written(folder: &Path) -> (String, String) {
    let file = folder.join("root-credentials");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(file).unwrap();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    (value("AWS_ACCESS_KEY_ID="), value("AWS_SECRET_ACCESS_KEY="))
}

#[test]
fn a_pair_that_was_made_is_in_a_file_and_not_in_the_log() {
    let folder = Folder::new();
    let log = Server::start(&mut serve_alone(folder.path())).stop();
    let (id, secret) = written(folder.path());
    assert!(log.contains(&id) && log.contains("root-credentials"), "{log}");
    assert!(!log.contains(&secret), "the secret is in the log");
    let (code, said) = credentials(folder.path(), &["list"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with(&format!("{id}  made ")) && !said.contains(&secret), "{said}");
    // It is made once, and the file may be taken away.
    fs::remove_file(folder.join("root-credentials")).unwrap();
    Server::start(&mut serve_alone(folder.path())).stop();
    assert!(!folder.join("root-credentials").exists());
    assert_eq!(credentials(folder.path(), &["list"]).1, said);
}

#[test]
fn a_pair_that_was_made_ends_when_another_is_given() {
    let folder = Folder::new();
    Server::start(&mut serve_alone(folder.path())).stop();
    let (id, _) = written(folder.path());
    // Development's pair is given by nobody.
    let mut development = serve_alone(folder.path());
    let log = Server::start(development.arg("--dev")).stop();
    assert!(!log.contains("removed root credentials"), "{log}");
    let log = Server::start(&mut serve(folder.path())).stop();
    assert!(log.contains("removed root credentials") && log.contains(&id), "{log}");
    assert_eq!(credentials(folder.path(), &["list"]), (Some(0), "No access key is stored.\n".to_owned()));
}

#[test]
fn a_stored_key_is_removed_and_the_next_start_makes_another() {
    let folder = Folder::new();
    Server::start(&mut serve_alone(folder.path())).stop();
    let (first, _) = written(folder.path());
    let (code, said) = credentials(folder.path(), &["remove", "AKIANOBODY"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("AKIANOBODY is not stored"), "{said}");
    assert_eq!(credentials(folder.path(), &["remove", &first]), (Some(0), format!("Removed {first}.\n")));
    Server::start(&mut serve_alone(folder.path())).stop();
    assert_ne!(written(folder.path()).0, first);
}

#[test]
fn a_pair_that_cannot_be_shown_is_not_kept() {
    let folder = Folder::new();
    // What is in the way of the file, whoever runs this test.
    fs::create_dir(folder.join("root-credentials")).unwrap();
    let (code, said) = Server::try_start(&mut serve_alone(folder.path())).err().unwrap();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot write the root credentials") && said.contains("POOLHOUSE_ROOT_"), "{said}");
    assert_eq!(credentials(folder.path(), &["list"]).1, "No access key is stored.\n");
}
