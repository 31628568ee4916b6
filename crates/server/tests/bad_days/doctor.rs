//! `poolhouse doctor`: what an administrator types before asking anybody.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::common::{BINARY, Folder, Server, command, serve};

/// Runs it on a data folder; returns its exit code and what it said.
fn doctor(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(BINARY);
    command.args(["doctor", "--data-dir"]).arg(folder).args(arguments).stdout(Stdio::piped());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn assert_finds(said: &str, verdict: &str, texts: &[&str]) {
    let found =
        said.lines().any(|line| line.starts_with(verdict) && texts.iter().all(|text| line.contains(text)));
    assert!(found, "no line of {verdict} with {texts:?}: {said}");
}

#[test]
fn an_installation_in_order_is_called_so() {
    let folder = Folder::new();
    let data = folder.join("data");
    let (code, said) = doctor(&data, &["--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(0), "{said}");
    assert_finds(&said, "ok", &["data folder: ", "the first start makes it"]);
    assert!(!data.exists(), "it made something");

    let server = Server::start(&mut serve(&data));
    let url = format!("http://{}", server.address());
    let (code, said) = doctor(&data, &["--public-url", &url, "--listen", &server.address().to_string()]);
    assert_eq!(code, Some(0), "{said}");
    assert_finds(&said, "ok", &["database: SQLite"]);
    assert_finds(&said, "ok", &["master key: it opens the secrets"]);
    assert_finds(&said, "ok", &["address: ", "is in use"]);
    assert_finds(&said, "ok", &["public URL: ", "answers"]);
    assert_finds(&said, "ok", &["clock: it agrees"]);
    assert_finds(&said, "doubt", &["mail: there is no relay"]);
    server.stop();
}

#[test]
fn what_is_wrong_is_told_with_its_cure() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let domain = json!({
        "UserPoolId": pool,
        "Domain": "id.shop.invalid",
        "CustomDomainConfig": {
            "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/5e5e5e5e-0000-4000-8000-000000000000",
        },
    });
    server.ok("CreateUserPoolDomain", &domain);
    server.stop();
    let other = folder.join("other.key");
    poolhouse_store::private::write(&other, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    fs::set_permissions(folder.join("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    // A port that was free a moment ago.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (url, port) = (format!("http://{nobody}"), nobody.port().to_string());
    let mail = ["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--email-from", "id@example.org"];
    let hook = format!("http://{nobody}/sms");
    let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let sms = ["--sms-hook-url", &hook, "--sms-hook-secret", secret];
    let key = ["--master-key-file", other.to_str().unwrap(), "--public-url", &url];
    let (code, said) = doctor(folder.path(), &[&mail[..], &sms, &key].concat());
    assert_eq!(code, Some(1), "{said}");
    assert_finds(&said, "WRONG", &["master key: ", "it is another", "give the one that was in use"]);
    assert_finds(&said, "WRONG", &["mail: ", "check smtp-host and smtp-port"]);
    assert_finds(&said, "WRONG", &["SMS: the gateway at 127.0.0.1 cannot be reached"]);
    assert_finds(&said, "WRONG", &["domain: id.shop.invalid of", &pool, "make a CNAME"]);
    assert_finds(&said, "doubt", &["public URL: ", "does not answer", "start the server"]);
    let (code, said) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_finds(&said, "WRONG", &["files: ", "master.key can be read by others", "chmod 600"]);
    let (code, said) = doctor(folder.path(), &["--smtp-port", "25"]);
    assert_eq!((code, said.contains("smtp-port is given without smtp-host")), (Some(2), true), "{said}");
}

#[test]
fn a_database_without_its_key_and_a_key_without_its_database_are_told_apart() {
    let folder = Folder::new();
    Server::start(&mut serve(folder.path())).stop();
    let key = folder.join("master.key");
    fs::rename(&key, folder.join("elsewhere.key")).unwrap();
    let (code, said) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_finds(&said, "WRONG", &["master key: ", "master.key is missing", "bring it back"]);
    fs::rename(folder.join("elsewhere.key"), &key).unwrap();
    for file in ["poolhouse.db", "poolhouse.db-wal", "poolhouse.db-shm"] {
        let _ = fs::remove_file(folder.join(file));
    }
    let (code, said) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_finds(&said, "WRONG", &["database: ", "is not there, but its master key is", "restore a backup"]);
}
