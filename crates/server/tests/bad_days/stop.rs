//! Told to stop: requests in flight finish, nobody new comes in, exit code 0.

use std::fs::File;
use std::net::TcpStream;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::common::{Folder, Sender, Server, serve};

#[test]
fn sigterm_lets_a_request_in_flight_finish() {
    drains("TERM");
}

#[test]
fn ctrl_c_does_the_same() {
    drains("INT");
}

fn drains(signal: &str) {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let mut idle = server.connect();
    assert_eq!(idle.get("/_poolhouse/health").unwrap().status, 200);

    let mut busy = server.connect();
    let group = json!({ "UserPoolId": pool, "GroupName": "last" });
    let (head, body) = busy.request(Sender::Root, "CreateGroup", &group);
    let head = String::from_utf8(head).unwrap().replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    busy.send(head.as_bytes()).unwrap();
    assert_eq!(busy.receive().unwrap().status, 100, "the server is reading the body");
    let metrics = idle.get("/_poolhouse/metrics").unwrap().body;
    assert!(metrics.contains("poolhouse_requests_in_flight 1\n"), "{metrics}");
    let (first, rest) = body.split_at(body.len() / 2);
    busy.send(first).unwrap();

    server.signal(signal);
    server.wait_for("stopping: no new connections");
    assert!(idle.is_closed());
    // The log line comes just before the listener is closed: those who still slipped in are closed too.
    while TcpStream::connect(server.address()).is_ok() {}

    busy.send(rest).unwrap();
    assert_eq!(busy.receive().unwrap().ok("CreateGroup")["Group"]["GroupName"], "last");
    let (code, log) = server.wait();
    assert_eq!(code, Some(0));
    assert!(log.contains("all requests finished"), "{log}");

    let server = Server::start(&mut serve(folder.path()));
    server.ok("GetGroup", &group);
}

/// A supervisor may change its mind at once.
#[test]
fn sigterm_right_after_the_start() {
    let folder = Folder::new();
    for _ in 0..5 {
        Server::start(&mut serve(folder.path())).stop();
    }
}

#[test]
fn a_closed_terminal_ends_the_server_that_has_one() {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let keyboard = ptsname(&terminal, Vec::new()).unwrap();
    let keyboard = open(keyboard, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let folder = Folder::new();
    let server = Server::start(serve(folder.path()).stdin(File::from(keyboard)));
    server.signal("HUP");
    let (code, log) = server.wait();
    assert_eq!(code, Some(0), "{log}");
}

/// A supervisor that says "reload" to everything, and a session that ends, do not end it.
#[test]
fn without_a_terminal_a_hang_up_is_nothing() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    for _ in 0..2 {
        server.signal("HUP");
        server.wait_for("there is nothing to read again");
        assert_eq!(server.connect().get("/_poolhouse/health").unwrap().status, 200);
    }
    server.stop();
}
