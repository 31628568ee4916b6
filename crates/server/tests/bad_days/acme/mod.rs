//! Certificates by ACME, from an authority for tests.

mod authority;
mod client;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use poolhouse_store::{Options, Store};
use poolhouse_testkit::Database;
use poolhouse_testkit::tls::pem;
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::common::{BINARY, Folder, Server, command, serve};
use authority::{Authority, Door};
use client::get;

const NAME: &str = "id.poolhouse.test";
const HEALTH: &str = "/_poolhouse/health";
const METRICS: &str = "/_poolhouse/metrics";

const ORDERING: &str = "ordering a certificate";
const GIVEN: &str = "the authority has given a certificate";
const IN_USE: &str = "a certificate of TLS is in use from now on";
const NOT_GIVEN: &str = "no certificate was given; what is in use stays";

fn with_acme(mut command: Command, authority: &Authority) -> Command {
    command.args(["--acme-names", NAME, "--acme-agree-to-terms", "--acme-directory", &authority.directory]);
    command.arg("--acme-roots").arg(&authority.roots);
    command
}

fn serve_acme(folder: &Folder, authority: &Authority) -> Command {
    let mut command = with_acme(serve(&folder.join("data")), authority);
    command.arg("--audit-log").arg(folder.join("audit"));
    command
}

/// What the audit log has of orders that have ended: why they failed.
fn audited(folder: &Folder) -> Vec<Option<String>> {
    let mut ended = Vec::new();
    for file in fs::read_dir(folder.join("audit")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        for record in records.filter(|record| record["eventName"] == "OrderCertificate") {
            assert_eq!(record["requestParameters"]["names"], json!([NAME]));
            ended.push(record["errorMessage"].as_str().map(ToOwned::to_owned));
        }
    }
    ended
}

/// The certificate that a server shows to somebody who believes this authority.
fn shown(server: &Server, root: &CertificateDer<'static>) -> CertificateDer<'static> {
    let answer = get(server.address(), root, NAME, HEALTH).unwrap();
    assert!(answer.text.ends_with("ok\n"), "{}", answer.text);
    answer.certificate
}

fn figures(server: &Server, root: &CertificateDer<'static>) -> String {
    get(server.address(), root, NAME, METRICS).unwrap().text
}

/// Has the next certificate ordered at the next start.
fn make_due(folder: &Folder) {
    let database = rusqlite::Connection::open(folder.join("data/poolhouse.db")).unwrap();
    assert_eq!(database.execute("UPDATE acme_certificates SET due_at = 0", []).unwrap(), 1);
}

#[test]
fn a_certificate_is_ordered_kept_and_renewed() {
    let (folder, door) = (Folder::new(), Door::new());
    let Some(authority) = Authority::start(&folder, &door, &json!({})) else { return };
    let server = Server::start(&mut serve_acme(&folder, &authority));
    door.lead_to(server.address());
    let root = authority.root();
    server.wait_for(IN_USE);
    let first = shown(&server, &root);
    let text = figures(&server, &root);
    for figure in [
        "acme_orders_total{outcome=\"issued\"} 1",
        "acme_orders_total{outcome=\"failed\"} 0",
        "acme_failures 0",
    ] {
        assert!(text.contains(figure), "{figure} is missing in: {text}");
    }
    // The test authority looks three times.
    assert!(text.contains("tls_handshakes_total{outcome=\"challenge\"} 3"), "{text}");
    let log = server.stop();
    assert!(log.contains("TLS has no certificate yet"), "{log}");
    assert!(!log.contains("PRIVATE KEY"), "{log}");

    let server = Server::start(&mut serve_acme(&folder, &authority));
    assert_eq!(shown(&server, &root), first);
    let log = server.stop();
    assert!(!log.contains(ORDERING) && !log.contains("no certificate yet"), "{log}");

    make_due(&folder);
    let server = Server::start(&mut serve_acme(&folder, &authority));
    door.lead_to(server.address());
    server.wait_for(GIVEN);
    server.wait_for_more(IN_USE, 1);
    assert_ne!(shown(&server, &root), first);
    drop(server.stop());
    assert_eq!(audited(&folder), [None, None]);
}

#[test]
fn an_authority_that_gives_none_changes_nothing_and_is_left_alone() {
    let (folder, door) = (Folder::new(), Door::new());
    let Some(mut authority) = Authority::start(&folder, &door, &json!({})) else { return };
    let server = Server::start(&mut serve_acme(&folder, &authority));
    door.lead_to(server.address());
    let root = authority.root();
    server.wait_for(IN_USE);
    let first = shown(&server, &root);
    drop(server.stop());

    // It is another one than the operator's file says.
    make_due(&folder);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let right = fs::read(&authority.roots).unwrap();
    fs::write(&authority.roots, pem("CERTIFICATE", made.cert.der())).unwrap();
    let server = Server::start(&mut serve_acme(&folder, &authority));
    server.wait_for(NOT_GIVEN);
    assert_eq!(shown(&server, &root), first);
    let log = server.stop();
    assert!(log.contains("cannot be reached") && log.contains("invalid peer certificate"), "{log}");
    fs::write(&authority.roots, right).unwrap();

    // The pause outlives the server.
    let server = Server::start(&mut serve_acme(&folder, &authority));
    assert_eq!(shown(&server, &root), first);
    assert!(figures(&server, &root).contains("acme_failures 1"));
    let log = server.stop();
    assert!(!log.contains(ORDERING), "{log}");
    let told = doctor(&folder, &authority);
    assert!(told.contains("the last order failed") && told.contains("invalid peer certificate"), "{told}");
    let failures: Vec<_> = audited(&folder).into_iter().flatten().collect();
    assert!(failures.len() == 1 && failures[0].contains("invalid peer certificate"), "{failures:?}");

    // It is down.
    make_due(&folder);
    authority.stop();
    let server = Server::start(&mut serve_acme(&folder, &authority));
    server.wait_for(NOT_GIVEN);
    assert_eq!(shown(&server, &root), first);
    drop(server.stop());

    // It has forgotten the account: another one is made, though not at once.
    authority.begin();
    make_due(&folder);
    let server = Server::start(&mut serve_acme(&folder, &authority));
    server.wait_for(NOT_GIVEN);
    assert_eq!(shown(&server, &root), first);
    let log = server.stop();
    assert!(log.contains("accountDoesNotExist"), "{log}");
    make_due(&folder);
    let server = Server::start(&mut serve_acme(&folder, &authority));
    door.lead_to(server.address());
    server.wait_for_more(IN_USE, 1);
    assert_ne!(shown(&server, &authority.root()), first);
    drop(server.stop());
}

/// What `poolhouse doctor` says.
fn doctor(folder: &Folder, authority: &Authority) -> String {
    let mut doctor = command(BINARY);
    doctor.arg("doctor").arg("--data-dir").arg(folder.join("data"));
    let output = with_acme(doctor, authority).stdout(Stdio::piped()).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn an_order_is_given_back_by_who_is_stopped_and_none_under_way_has_failed() {
    let (folder, door) = (Folder::new(), Door::new());
    let Some(authority) = Authority::start(&folder, &door, &json!({})) else { return };
    let server = Server::start(&mut serve_acme(&folder, &authority));
    server.wait_for(ORDERING);
    let log = server.stop();
    assert!(!log.contains(NOT_GIVEN), "{log}");
    let database = rusqlite::Connection::open(folder.join("data/poolhouse.db")).unwrap();
    let given_back = database.query_row(
        "SELECT failures, failure IS NULL, leased_until FROM acme_certificates",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    );
    assert_eq!(given_back.unwrap(), (1, true, 0));
    drop(database);

    // Nobody opens the door, so that the order goes on.
    make_due(&folder);
    let server = Server::start(&mut serve_acme(&folder, &authority));
    server.wait_for(ORDERING);
    let told = doctor(&folder, &authority);
    assert!(told.contains("an order is under way") && !told.contains("the last order failed"), "{told}");
    drop(server.stop());
}

#[test]
fn an_authority_may_want_an_account_that_one_has() {
    let (folder, door) = (Folder::new(), Door::new());
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let settings =
        json!({ "externalAccountBindingRequired": true, "externalAccountMACKeys": { "kid-1": key } });
    let Some(authority) = Authority::start(&folder, &door, &settings) else { return };
    let server = Server::start(&mut serve_acme(&folder, &authority));
    server.wait_for(NOT_GIVEN);
    let log = server.stop();
    assert!(log.contains("externalAccountRequired"), "{log}");
    make_due(&folder);
    let file = folder.join("eab");
    fs::write(&file, format!("{key}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = serve_acme(&folder, &authority);
    let server =
        Server::start(command.args(["--acme-eab-key-id", "kid-1", "--acme-eab-key-file"]).arg(&file));
    door.lead_to(server.address());
    server.wait_for(IN_USE);
    drop(server.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_one_orders_and_the_other_is_looked_at() {
    let Some(database) = Database::postgres().await else { return };
    let (folder, door) = (Folder::new(), Door::new());
    let Some(authority) = Authority::start(&folder, &door, &json!({})) else { return };
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let start = |name: &str| {
        let mut command = with_acme(serve(&folder.join(name)), &authority);
        Server::start(command.args(["--database", database.url(), "--master-key", key]))
    };
    let store = Store::open(Options::new(database.url())).await.unwrap();
    let servers = [start("one"), start("two")];
    let orders = |server: &Server| server.count(ORDERING);
    let root = authority.root();
    let mut before = [0, 0];
    let mut certificates = Vec::new();
    for _ in 0..2 {
        door.close();
        let ordering = loop {
            if let Some(at) = (0..2).find(|at| orders(&servers[*at]) > before[*at]) {
                break at;
            }
            sleep(Duration::from_millis(10)).await;
        };
        // The authority reaches the one that does not order.
        door.lead_to(servers[1 - ordering].address());
        before[ordering] += 1;
        for server in &servers {
            server.wait_for_more(IN_USE, certificates.len());
        }
        let seen = servers.each_ref().map(|server| shown(server, &root));
        assert_eq!(seen[0], seen[1]);
        assert!(!certificates.contains(&seen[0]));
        certificates.push(seen[0].clone());
        assert_eq!(servers.each_ref().map(orders), before, "one orders, and once");
        // Once more: the next one is due, though the one that is there is new.
        let _ = store.run("UPDATE acme_certificates SET due_at = 0 WHERE version = 1").await;
    }
    drop((servers, store));
    database.drop_database().await;
}
